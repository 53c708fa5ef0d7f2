"""Addresses of opinion maps."""

from django.urls import path

from participation.deliberation import keeping, views

app_name = "deliberation"
urlpatterns = [
    path("", views.index, name="index"),
    path("method/", views.method, name="method"),
    path("new/", keeping.new, name="new"),
    path("statements/<uuid:row_id>/", views.statement, name="statement"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/vote/", views.vote, name="vote"),
    path("<uuid:row_id>/mine/", views.mine, name="mine"),
    path("<uuid:row_id>/statements/new/", views.new_statement, name="new_statement"),
    path("<uuid:row_id>/result/", views.result, name="result"),
    path("<uuid:row_id>/files/<str:name>", views.file, name="file"),
    path("<uuid:row_id>/keep/", keeping.keep, name="keep"),
    path("<uuid:row_id>/keep/<slug:act>/", keeping.act, name="act"),
]
