"""Addresses of the room. ``cms/urls.py`` adds those that need the pages of editors."""

from django.urls import path

from cms.budget import corrections_views, views
from cms.budget.checks import hand_in_views as hand_in
from cms.budget.checks import views as checks

urlpatterns = [
    path("releases/<uuid:row_id>/", views.release, name="release"),
    path("releases/<uuid:row_id>/checks/", checks.checks, name="checks"),
    path("releases/<uuid:row_id>/approval/", checks.approval, name="approval"),
    path("releases/<uuid:row_id>/tables/", checks.tables, name="tables"),
    path("releases/<uuid:row_id>/tables/hand-in/", hand_in.hand_in, name="hand_in_tables"),
    path("tables-layout.csv", hand_in.layout, name="tables_layout"),
    path("releases/<uuid:row_id>/difference/", corrections_views.difference, name="difference"),
    path("findings/<uuid:row_id>/override/", checks.override, name="override_check"),
    path("programmes/<uuid:row_id>/", views.programme, name="programme"),
    path("lines/<uuid:row_id>/", views.line, name="line"),
]
