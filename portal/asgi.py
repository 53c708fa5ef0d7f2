"""The application that Daphne, or any other ASGI server, runs."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
django_application = get_asgi_application()

# These import models, so they wait until Django is set up.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from participation.discussion.streams import Streams  # noqa: E402
from portal.body_limit import BodyLimit  # noqa: E402
from portal.front import KeptPages  # noqa: E402
from portal.operations.measuring import Measured  # noqa: E402
from portal.routing import websocket_urlpatterns  # noqa: E402
from portal.security import from_this_site  # noqa: E402
from privacy.log import shown_key  # noqa: E402
from privacy.log.background import Background  # noqa: E402
from privacy.sealing.checks import refuse_wrong_key  # noqa: E402

refuse_wrong_key()
shown_key.load()
if settings.LOG_SEQUENCER_IN_PROCESS:
    Background().start()

application = ProtocolTypeRouter(
    {
        "http": Measured(KeptPages(Streams(BodyLimit(django_application)))),
        "websocket": from_this_site(URLRouter(websocket_urlpatterns)),
    }
)

# What was loaded until now stays for good: the collector need not look through it again and again.
gc.collect()
gc.freeze()
