from django.urls import path

from portal.operations import views

app_name = "operations"
urlpatterns = [
    path("alive/", views.alive, name="alive"),
    path("ready/", views.ready, name="ready"),
    path("metrics/", views.metrics, name="metrics"),
]
