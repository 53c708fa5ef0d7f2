"""Socket addresses."""

from typing import Any

from django.urls import path, re_path

from participation.discussion.consumers import nobody_here, open_page

# What is routed to are ASGI applications, where Django's types know only views.
page: Any = open_page
refusal: Any = nobody_here

websocket_urlpatterns = [
    path("ws/consultations/<uuid:row_id>/", page, {"kind": "consultation"}),
    path("ws/rooms/<slug:kind>/<uuid:row_id>/", page),
    path("ws/live/", page),
    re_path("", refusal),
]
