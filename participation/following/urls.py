from django.urls import path

from participation.following import views

app_name = "following"
urlpatterns = [
    path("", views.index, name="index"),
    path("read/", views.read, name="read"),
    path("following/", views.follows, name="follows"),
    path("preferences/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("follow/<slug:subject>/<uuid:row_id>/", views.follow, name="follow"),
    path("<uuid:row_id>/", views.open_one, name="open"),
]
