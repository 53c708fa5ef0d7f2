from django.urls import path

from participation.rectification import desk_views, tracker_views, views
from participation.rectification.feeds import Tasks

app_name = "rectification"
urlpatterns = [
    path("", tracker_views.index, name="index"),
    path("departments/", tracker_views.departments, name="departments"),
    path("rules/", tracker_views.rules, name="rules"),
    path("inbox/", tracker_views.inbox, name="inbox"),
    path("import/", desk_views.import_table, name="import"),
    path("tasks.csv", tracker_views.table_file, {"ending": "csv"}, name="csv"),
    path("tasks.xlsx", tracker_views.table_file, {"ending": "xlsx"}, name="xlsx"),
    path("feed/", Tasks(), name="feed"),
    path("open/<uuid:row_id>/", views.open_new, name="open"),
    path("open-from/<uuid:row_id>/", views.open_from_evaluation, name="open_from"),
    path("evidence/<uuid:row_id>/", views.evidence, name="evidence"),
    path("photo/<uuid:row_id>/", tracker_views.photo, name="photo"),
    path("finding/<uuid:row_id>/", tracker_views.finding, name="finding"),
    path("consequence/<uuid:row_id>/", desk_views.consequence, name="consequence"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/embed/", tracker_views.embed, name="embed"),
    path("<uuid:row_id>/add/", views.add, name="add"),
    path("<uuid:row_id>/accept/", views.accept, name="accept"),
    path("<uuid:row_id>/progress/", views.progress, name="progress"),
    path("<uuid:row_id>/submit/", views.submit, name="submit"),
    path("<uuid:row_id>/verify/", views.verify, name="verify"),
    path("<uuid:row_id>/budget/", views.link, name="link_budget"),
    path("<uuid:row_id>/do/<slug:deed>/", views.act, name="act"),
]
