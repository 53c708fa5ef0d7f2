from django.urls import path

from participation.meetings import keeping, views
from participation.meetings.session import views as session

app_name = "meetings"
urlpatterns = [
    path("", views.index, name="index"),
    path("meetings.ics", views.feed, name="feed"),
    path("new/", keeping.new, name="new"),
    path("series/new/", keeping.new_series, name="new_series"),
    path("series/<uuid:row_id>/", views.series, name="series"),
    path("material/<uuid:row_id>/", views.material, name="material"),
    path("recording/<uuid:row_id>/", views.recording, name="recording"),
    path("action/<uuid:row_id>/task/", keeping.open_task, name="open_task"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/register/", views.register, name="register"),
    path("<uuid:row_id>/registration/", views.registration, name="registration"),
    path("<uuid:row_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:row_id>/invitation.ics", views.invitation, name="invitation"),
    path("<uuid:row_id>/minutes/", views.judge, name="judge"),
    path("<uuid:row_id>/lot/", views.lot, name="lot"),
    path("<uuid:row_id>/lot.txt", views.lot_list, name="lot_list"),
    path("<uuid:row_id>/keep/", keeping.keep, name="keep"),
    path("<uuid:row_id>/keep/<slug:act>/", keeping.act, name="act"),
    path("<uuid:row_id>/live/", session.room, name="room"),
    path("<uuid:row_id>/live/state/", session.state, name="state"),
    path("<uuid:row_id>/live/<slug:act>/", session.act, name="session_act"),
]
