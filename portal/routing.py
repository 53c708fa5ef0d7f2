"""Socket addresses."""

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from participation.discussion.consumers import CLOSE_NOT_FOUND, ConsultationConsumer


class NobodyHere(AsyncWebsocketConsumer):
    """Refuses every address that no room serves; without it the router raises, and the visitor reads of a fault."""

    async def connect(self) -> None:
        await self.close(code=CLOSE_NOT_FOUND)


websocket_urlpatterns = [
    path("ws/consultations/<uuid:row_id>/", ConsultationConsumer.as_asgi()),
    re_path("", NobodyHere.as_asgi()),
]
