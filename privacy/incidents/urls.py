from django.urls import path

from privacy.incidents import desk_views, views

app_name = "incidents"
urlpatterns = [
    path("", views.index, name="index"),
    path("desk/", desk_views.desk, name="desk"),
    path("desk/new/", desk_views.new, name="new"),
    path("desk/run-books/<slug:kind>/", desk_views.runbook_page, name="runbook"),
    path("desk/templates/", desk_views.templates, name="templates"),
    path("desk/templates/<slug:kind>/", desk_views.template, name="template"),
    path("desk/planted/", desk_views.planted, name="planted"),
    path("desk/reports/<uuid:row_id>/", desk_views.report, name="report"),
    path("desk/reports/<uuid:row_id>.json", desk_views.report_json, name="report_json"),
    path("desk/<uuid:row_id>/", desk_views.detail, name="detail"),
    path("desk/<uuid:row_id>/progress/", desk_views.progress, name="progress"),
    path("desk/<uuid:row_id>/notice/", desk_views.notice, name="notice"),
    path("desk/<uuid:row_id>/<slug:act>/", desk_views.act, name="act"),
    path("<uuid:row_id>/", views.public, name="public"),
]
