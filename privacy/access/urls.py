from django.urls import path

from privacy.access import views

app_name = "access"
urlpatterns = [
    path("my-data/readings/", views.mine, name="mine"),
    path("readings/", views.index, name="index"),
    path("readings/alerts/", views.alert_list, name="alerts"),
    path("readings/alerts/<uuid:row_id>/", views.alert, name="alert"),
]
