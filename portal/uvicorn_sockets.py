"""Sockets for uvicorn: ``uvicorn portal.asgi:application --ws portal.uvicorn_sockets:Sockets``.

The application may write frames that it has made once to each connection itself.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from participation.discussion.closing import RESTART


class Sockets(WebSocketsSansIOProtocol):
    def __init__(self, config: Any, *args: Any, **kwargs: Any) -> None:
        # Frames that are made once cannot be compressed for each connection apart, and none of ours is large.
        config.ws_per_message_deflate = False
        config.ws_max_size = 4 * settings.SOCKET_FRAME_MAX_BYTES
        super().__init__(config, *args, **kwargs)

    def shutdown(self) -> None:
        """When the server ends: as it does itself, with the code from which a page comes back."""
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": RESTART})
        self.conn.send_close(RESTART)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["gongzhi.connection"] = self  # type: ignore[typeddict-unknown-key, assignment]
