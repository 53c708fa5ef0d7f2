"""Addresses of the room, all of them below open budgets."""

from django.urls import path

from cms.performance import views

urlpatterns = [
    path("performance/", views.monitoring, name="monitoring"),
    path("performance/schemes/", views.schemes, name="schemes"),
    path("performance/sheets/", views.sheets, name="sheets"),
    path("performance/sheets/<uuid:row_id>/", views.sheet, name="sheet"),
    path("programmes/<uuid:row_id>/<int:fiscal_year>/sheet/", views.upload_sheet, name="upload_sheet"),
    path("programmes/<uuid:row_id>/<int:fiscal_year>/sheet.xlsx", views.sheet_file, name="sheet_file"),
]
