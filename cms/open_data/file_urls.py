"""Permanent addresses of files: without a language, because what is published is the same in all of them."""

from django.urls import path

from cms.open_data import views

app_name = "data"
urlpatterns = [
    path("releases/<uuid:row_id>/<str:file>", views.release_file, name="release"),
    path("governments/<int:pk>/<str:file>", views.government_file, name="government"),
]
