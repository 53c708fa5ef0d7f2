"""Socket addresses that nobody serves."""

from __future__ import annotations

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from portal.routing import websocket_urlpatterns


@pytest.mark.parametrize("address", ["/ws/nope/", "/", "/ws/consultations/not-a-uuid/"])
async def test_an_unknown_socket_address_is_refused(address: str) -> None:
    socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), address)
    assert await socket.connect() == (False, 4404)
