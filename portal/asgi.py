"""The application that Daphne, or any other ASGI server, runs."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
django_application = get_asgi_application()

# These import models, so they wait until Django is set up.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from portal.body_limit import BodyLimit  # noqa: E402
from portal.routing import websocket_urlpatterns  # noqa: E402
from portal.security import from_this_site  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(django_application),
        "websocket": from_this_site(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
