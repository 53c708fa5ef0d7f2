"""The line on every page that says that the city of Yunchuan is made up: other data beside it may be real."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cms.models import Government

CACHE_KEY = "fictitious-city"
# A newly loaded city has its notice within this time, and other pages are not asked for it again.
SECONDS = 60


def is_fictitious() -> bool:
    return bool(cache.get_or_set(CACHE_KEY, lambda: Government.objects.filter(is_fictitious=True).exists(), SECONDS))


def fictitious_city(request: HttpRequest) -> dict[str, Any]:
    """Context processor: whether any government here is made up. The database is asked at most once a minute."""
    return {"fictitious_city": SimpleLazyObject(is_fictitious)}
