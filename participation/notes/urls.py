from django.urls import path

from participation.notes import views

app_name = "notes"
urlpatterns = [
    path("<uuid:row_id>/remove/", views.remove, name="remove"),
    path("<slug:kind>/<uuid:row_id>/", views.page, name="page"),
]
