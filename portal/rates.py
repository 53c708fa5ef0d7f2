"""Rate limits on everything that writes, counted in memory or in Redis by the `limits` library."""

import math
import time
from functools import cache

from django.conf import settings
from limits import parse_many
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from portal.errors import TooManyRequests


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage_from_string(settings.REDIS_URL or "memory://"))


def spend(kind: str, who: str) -> None:
    """Count one write of ``kind`` (a key of ``settings.WRITE_RATES``) by ``who``.

    Raises ``TooManyRequests`` with ``retry_after`` in whole seconds.
    """
    for rate in parse_many(settings.WRITE_RATES[kind]):
        if not _limiter().hit(rate, kind, who):
            reset_at = _limiter().get_window_stats(rate, kind, who).reset_time
            raise TooManyRequests(retry_after=max(1, math.ceil(reset_at - time.time())))
