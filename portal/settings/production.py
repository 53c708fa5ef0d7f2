"""Production: refuses to start on a known secret, in debug mode, or without HTTPS."""

import base64
import binascii
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *
from portal.settings.base import (
    GONGZHI_KEK,
    GONGZHI_KEK_FILE,
    GONGZHI_VAULT_ADDR,
    GONGZHI_VAULT_KEY,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    OIDC_SERVER_URL,
    PUBLISHED_KEK,
    PUBLISHED_SECRET_KEY,
    REQUIRE_MFA,
    SECRET_KEY,
    SMS_BACKEND,
    TRUSTED_PROXY_COUNT,
    WAGTAILADMIN_BASE_URL,
    env,
)

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# What watches over a process asks it directly, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^-/"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Channels writes "any subdomain" without the star that Django wants.
SOCKET_ORIGINS = [origin.replace("://*.", "://.") for origin in (WAGTAILADMIN_BASE_URL, *CSRF_TRUSTED_ORIGINS)]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)


def key_refusal() -> str | None:
    """What is wrong with the key-encryption key, if anything. The value itself must not end up in a log."""
    if GONGZHI_VAULT_KEY:
        others = [name for name in ("GONGZHI_KEK", "GONGZHI_KEK_FILE") if globals()[name]]
        if others:
            return f"{' and '.join([*others, 'GONGZHI_VAULT_KEY'])} are both set; keep one"
        is_safe = GONGZHI_VAULT_ADDR.startswith("https://")
        return None if is_safe else "GONGZHI_VAULT_ADDR is not an https address; set that of the Vault with the key"
    origin, text = "GONGZHI_KEK", GONGZHI_KEK
    if GONGZHI_KEK_FILE:
        if GONGZHI_KEK:
            return "GONGZHI_KEK and GONGZHI_KEK_FILE are both set; keep one"
        origin = "GONGZHI_KEK_FILE"
        try:
            text = Path(GONGZHI_KEK_FILE).read_text(encoding="ascii")
        except UnicodeDecodeError:
            text = "not base64"
        except OSError as error:
            return f"GONGZHI_KEK_FILE cannot be read ({error.strerror}); name a file that this service may read"
    if text.strip() in ("", PUBLISHED_KEK):
        return "GONGZHI_KEK or GONGZHI_KEK_FILE is missing or a published default; set 32 random bytes in base64"
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    return None if len(key) == 32 else f"{origin} does not hold 32 bytes in base64; set 32 random ones"


def refusals() -> list[str]:
    """Name every setting that makes it unsafe to serve people."""
    found = []
    if DEBUG:
        found.append("DEBUG is on; unset it")
    if len(SECRET_KEY) < 50 or SECRET_KEY == PUBLISHED_SECRET_KEY:
        found.append("SECRET_KEY is missing, short or a published default; set 50 or more random characters")
    if wrong := key_refusal():
        found.append(wrong)
    if not ALLOWED_HOSTS:
        found.append("ALLOWED_HOSTS is empty; list the names this site answers to")
    if not WAGTAILADMIN_BASE_URL.startswith("https://"):
        found.append("BASE_URL is not an https address; set the one that people type, live discussion depends on it")
    if BEHIND_PROXY and TRUSTED_PROXY_COUNT < 1:
        found.append("BEHIND_PROXY is on without TRUSTED_PROXY_COUNT; say how many proxies add to X-Forwarded-For")
    if not REQUIRE_MFA:
        found.append("REQUIRE_MFA is off; offices need a second factor for signing in, so leave it on")
    oidc = (OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
    if any(oidc) and not (all(oidc) and OIDC_SERVER_URL.startswith("https://")):
        found.append("OIDC_SERVER_URL (https), OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together; set all or none")
    if SMS_BACKEND.endswith(".ConsoleBackend"):
        found.append("SMS_BACKEND prints codes instead of sending them; name the gateway, or unset it")
    if not SECURE_SSL_REDIRECT or not SECURE_HSTS_SECONDS:
        found.append("HTTPS is off; leave SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS on")
    return found


if _refused := refusals():
    raise ImproperlyConfigured("Refusing to start: " + "; ".join(_refused) + ".")
