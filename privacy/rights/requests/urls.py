from django.urls import path

from privacy.rights.requests import desk_views, views

app_name = "requests"
urlpatterns = [
    path("my-data/requests/", views.index, name="index"),
    path("my-data/requests/<uuid:row_id>/", views.mine, name="mine"),
    path("my-data/requests/<uuid:row_id>/prove/", views.prove, name="prove"),
    path("my-data/requests/<uuid:row_id>/withdraw/", views.withdraw, name="withdraw"),
    path("data-requests/", views.new, name="new"),
    path("data-requests/sent/", views.sent, name="sent"),
    path("data-requests/periods/", desk_views.periods, name="periods"),
    path("data-requests/at/<str:token>/", views.by_link, name="by_link"),
    path("privacy-desk/", desk_views.desk, name="desk"),
    path("privacy-desk/requests/", desk_views.queue_page, name="queue"),
    path("privacy-desk/requests/<uuid:row_id>/", desk_views.handle, name="handle"),
]
