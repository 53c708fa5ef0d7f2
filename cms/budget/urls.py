"""Addresses of the room. ``cms/urls.py`` adds those that need the pages of editors."""

from django.urls import path

from cms.budget import views

urlpatterns = [
    path("releases/<uuid:row_id>/", views.release, name="release"),
    path("releases/<uuid:row_id>/lines.csv", views.lines_csv, name="lines_csv"),
    path("departments/<uuid:row_id>/", views.department, name="department"),
    path("programmes/<uuid:row_id>/", views.programme, name="programme"),
    path("lines/<uuid:row_id>/", views.line, name="line"),
]
