"""The embedded default: one process, SQLite, in-process channel layer, mail on the console.

Error pages look as they do in production; set DEBUG=1 to see tracebacks in the browser.
"""

from pathlib import Path

from portal.settings.base import *
from portal.settings.base import (
    GONGZHI_KEK_FILE,
    GONGZHI_VAULT_KEY,
    PUBLISHED_KEK,
    PUBLISHED_SECRET_KEY,
    STATIC_ROOT,
    STORAGES,
    VAR_DIR,
    env,
)

VAR_DIR.mkdir(exist_ok=True)
# Nothing is collected here, but WhiteNoise remarks on a folder that is missing.
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

SECRET_KEY = env("SECRET_KEY", default=PUBLISHED_SECRET_KEY)
GONGZHI_KEK = env("GONGZHI_KEK", default="" if GONGZHI_KEK_FILE or GONGZHI_VAULT_KEY else PUBLISHED_KEK)

EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", default=str(VAR_DIR / "mail"))

# The published passwords of the demonstration city protect nobody; every page that offers an office says so.
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=False)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
SMS_BACKEND = env("SMS_BACKEND", default="participation.stakeholders.levels.sms.ConsoleBackend")

# Static files are served from where they are written: nothing has to be collected first.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
