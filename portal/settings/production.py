"""Production: refuses to start on a known secret, in debug mode, or without HTTPS."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *
from portal.settings.base import GONGZHI_KEK, GONGZHI_KEK_FILE, PUBLISHED_KEK, PUBLISHED_SECRET_KEY, SECRET_KEY, env

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)


def refusals() -> list[str]:
    """Name every setting that makes it unsafe to serve people."""
    found = []
    if DEBUG:
        found.append("DEBUG is on; unset it")
    if len(SECRET_KEY) < 50 or SECRET_KEY == PUBLISHED_SECRET_KEY:
        found.append("SECRET_KEY is missing, short or a published default; set 50 or more random characters")
    if not (GONGZHI_KEK or GONGZHI_KEK_FILE) or GONGZHI_KEK == PUBLISHED_KEK:
        found.append("GONGZHI_KEK or GONGZHI_KEK_FILE is missing or a published default; set 32 random bytes in base64")
    if not ALLOWED_HOSTS:
        found.append("ALLOWED_HOSTS is empty; list the names this site answers to")
    if not SECURE_SSL_REDIRECT or not SECURE_HSTS_SECONDS:
        found.append("HTTPS is off; leave SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS on")
    return found


if _refused := refusals():
    raise ImproperlyConfigured("Refusing to start: " + "; ".join(_refused) + ".")
