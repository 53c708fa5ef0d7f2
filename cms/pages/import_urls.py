"""Addresses within the editors' administration."""

from django.urls import path, re_path

from cms.budget.drafts import views
from cms.pages import sign_off

app_name = "budget_imports"
urlpatterns = [
    path("", views.index, name="index"),
    path("<uuid:row_id>/", views.draft, name="draft"),
    path("<uuid:row_id>/settings/", views.settings, name="settings"),
    path("<uuid:row_id>/columns/", views.columns, name="columns"),
    path("<uuid:row_id>/check/", views.check, name="check"),
    path("<uuid:row_id>/progress/", views.progress, name="progress"),
    re_path(
        r"^(?P<row_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/start/(?P<work>check|import)/$",
        views.start,
        name="start",
    ),
    path("<uuid:row_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:row_id>/remove/", views.remove, name="remove"),
    path("<uuid:row_id>/problems.csv", views.problems, name="problems"),
    path("mappings/<uuid:row_id>/remove/", views.remove_profile, name="remove_profile"),
    path("<uuid:row_id>/sign-off/", sign_off.sign_off, name="sign_off"),
]
