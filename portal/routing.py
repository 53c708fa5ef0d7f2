"""Socket addresses."""

from django.urls import path

from participation.discussion.consumers import ConsultationConsumer

websocket_urlpatterns = [path("ws/consultations/<uuid:row_id>/", ConsultationConsumer.as_asgi())]
