from django.urls import path

from participation.recognition import jury_views, views
from participation.recognition.appeals import views as appeals
from participation.recognition.shown import views as shown

app_name = "recognition"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("board/", shown.board, name="board"),
    path("people/", shown.people, name="people"),
    path("mine/", shown.mine, name="mine"),
    path("cases/<uuid:row_id>/draft/", shown.draft_case, name="draft_case"),
    path("commendations/<uuid:row_id>/", appeals.commendation, name="commendation"),
    path("commendations/<uuid:row_id>/appeal/", appeals.lodge, name="appeal"),
    path("appeals/<uuid:row_id>/decide/", appeals.decide, name="decide_appeal"),
    path("nominations/<uuid:row_id>/look/", views.look, name="look"),
    path("nominations/<uuid:row_id>/judge/", jury_views.judge, name="judge"),
    path("<uuid:row_id>/", views.award, name="award"),
    path("<uuid:row_id>/nominate/", views.nominate, name="nominate"),
    path("<uuid:row_id>/vote/", views.vote, name="vote"),
    path("<uuid:row_id>/jurors/", views.name_juror, name="name_juror"),
    path("<uuid:row_id>/jury/", jury_views.jury, name="jury"),
    path("<uuid:row_id>/jury/declare/", jury_views.declare, name="declare"),
    path("<uuid:row_id>/decide/", views.decide, name="decide"),
]
