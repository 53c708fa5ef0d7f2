"""Whether ballots came from one place, without keeping from which.

An address and a browser become hashes under a random key that is made every day, is held by the cache alone, and is
forgotten with it: nobody can find the address again, neither by trying all of them nor with the other secrets of the
portal. Ballots of different days cannot be compared. Where every process has a cache of its own, ballots that came by
different processes cannot either.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from portal.rates import client_address

KEY_BYTES = 32
SECONDS_KEPT = 24 * 60 * 60
# Half of a hash is enough to tell places apart.
DIGITS = 32


@dataclass(frozen=True)
class Origin:
    """Hashes of the network that a ballot came from, and of the network with the browser; "" for not known."""

    network: str = ""
    device: str = ""


def origin_of(request: HttpRequest) -> Origin:
    address = client_address(request)
    key = _key_of_today()
    return Origin(_hash(key, "network", address), _hash(key, "device", address, request.headers.get("User-Agent", "")))


def _key_of_today() -> bytes:
    name = f"ballot-origins-{timezone.localdate().isoformat()}"
    key = cache.get_or_set(name, lambda: secrets.token_bytes(KEY_BYTES), SECONDS_KEPT)
    if not isinstance(key, bytes):
        raise TypeError(name)
    return key


def _hash(key: bytes, *parts: str) -> str:
    return hmac.digest(key, "\0".join(parts).encode(), hashlib.sha256).hex()[:DIGITS]
