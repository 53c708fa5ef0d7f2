"""The portal as in service, without rate limits: what is measured is the server, not the patience of its readers."""

import os

from portal.settings.development import *
from portal.settings.development import CHANNEL_LAYERS, WRITE_RATES

DEBUG = False
ALLOWED_HOSTS = ["*"]
WRITE_RATES = dict.fromkeys(WRITE_RATES, "100000/second")
LOGGING_CONFIG = None
if "CHAOS" in os.environ:
    CHANNEL_LAYERS = {"default": {**CHANNEL_LAYERS["default"], "BACKEND": "tests.bench.realtime.layers.Forgetful"}}
