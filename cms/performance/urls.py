"""Addresses of the room, all of them below open budgets."""

from django.urls import path

from cms.performance import views
from cms.performance.approval import views as approval

urlpatterns = [
    path("performance/", views.monitoring, name="monitoring"),
    path("performance/schemes/", views.schemes, name="schemes"),
    path("releases/<uuid:row_id>/goals/", views.follow_up, name="follow_up"),
    path("performance/sheets/", views.sheets, name="sheets"),
    path("performance/sheets/<uuid:row_id>/", views.sheet, name="sheet"),
    path("programmes/<uuid:row_id>/<int:fiscal_year>/sheet/", views.upload_sheet, name="upload_sheet"),
    path("programmes/<uuid:row_id>/<int:fiscal_year>/sheet.xlsx", views.sheet_file, name="sheet_file"),
    path("programmes/<uuid:row_id>/<int:fiscal_year>/monitoring/", views.report, name="report"),
    path("programmes/<uuid:row_id>/<int:fiscal_year>/goals/", approval.goals, name="goals"),
    path("performance/goal-changes/<uuid:row_id>/", approval.goal_change, name="goal_change"),
]
