"""Rate limits on all that writes and on programs that read, counted in memory or in Redis by the `limits` library."""

import ipaddress
import math
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from limits import parse_many
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from portal.errors import TooManyRequests

_parsed = cache(parse_many)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage_from_string(settings.REDIS_URL or "memory://"))


def spend(kind: str, who: str) -> None:
    """Count one act of ``kind`` (a key of ``settings.WRITE_RATES``) by ``who``.

    Raises ``TooManyRequests`` with ``retry_after`` in whole seconds.
    """
    for rate in _parsed(settings.WRITE_RATES[kind]):
        if not _limiter().hit(rate, kind, who):
            reset_at = _limiter().get_window_stats(rate, kind, who).reset_time
            raise TooManyRequests(retry_after=max(1, math.ceil(reset_at - time.time())))


@dataclass(frozen=True)
class Budget:
    """What is left of a rate. ``window`` and ``reset`` in seconds; the rate that is nearest to its end counts."""

    quota: int
    window: int
    remaining: int
    reset: int


def budget_of(kind: str, who: str) -> Budget:
    """What ``who`` has left of ``kind`` now, without counting anything."""
    budgets = []
    for rate in _parsed(settings.WRITE_RATES[kind]):
        stats = _limiter().get_window_stats(rate, kind, who)
        reset = max(0, math.ceil(stats.reset_time - time.time()))
        budgets.append(Budget(rate.amount, rate.get_expiry(), max(0, stats.remaining), reset))
    return min(budgets, key=lambda budget: budget.remaining / budget.quota)


def client_address(request: HttpRequest) -> str:
    """The network address of whoever sent a request, as far as the proxies in front of us can be believed.

    Of IPv6 the network (/64) that one household or server is given: each has 2**64 addresses to choose from.
    """
    return _believed(request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR"))


def client_address_of_scope(scope: Any) -> str:
    """The same for a socket, from its ASGI scope."""
    forwarded = b",".join(value for name, value in scope.get("headers", []) if name.lower() == b"x-forwarded-for")
    return _believed(forwarded.decode("latin1"), (scope.get("client") or [None])[0])


def _believed(forwarded: str, peer: str | None) -> str:
    # Each proxy adds who spoke to it at the end; whatever stands further left may be invented.
    addresses = [address.strip() for address in forwarded.split(",")]
    count: int = settings.TRUSTED_PROXY_COUNT
    if 0 < count <= len(addresses) and addresses[-count]:
        return _counted(addresses[-count])
    return _counted(peer or "unknown")


def _counted(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found), 64), strict=False))
