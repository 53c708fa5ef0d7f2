from django.urls import path

from participation.discussion import keeping_views, views
from participation.discussion.asyncapi import document

app_name = "discussion"
urlpatterns = [
    path("asyncapi.json", document, name="asyncapi"),
    path("<uuid:row_id>/events/", views.events, name="events"),
    path("<uuid:row_id>/post/", views.post, name="post"),
    path("message/<uuid:row_id>/edit/", views.edit, name="edit"),
    path("message/<uuid:row_id>/opinion/", views.opinion, name="opinion"),
    path("message/<uuid:row_id>/pin/", keeping_views.pin, name="pin"),
    path("message/<uuid:row_id>/mute/", keeping_views.mute, name="mute"),
    path("mute/<uuid:row_id>/lift/", keeping_views.lift, name="lift"),
    path("<slug:kind>/<uuid:row_id>/", views.room, name="room"),
    path("<slug:kind>/<uuid:row_id>/events/", views.events, name="events"),
    path("<slug:kind>/<uuid:row_id>/post/", views.post, name="post"),
    path("<slug:kind>/<uuid:row_id>/keep/", keeping_views.keep, name="keep"),
    path("<slug:kind>/<uuid:row_id>/unpin/", keeping_views.unpin, name="unpin"),
    path("<slug:kind>/<uuid:row_id>/transcript/", keeping_views.transcript, name="transcript"),
    path(
        "<slug:kind>/<uuid:row_id>/transcript.csv",
        keeping_views.transcript_file,
        {"ending": "csv"},
        name="transcript_csv",
    ),
    path(
        "<slug:kind>/<uuid:row_id>/transcript.json",
        keeping_views.transcript_file,
        {"ending": "json"},
        name="transcript_json",
    ),
]
