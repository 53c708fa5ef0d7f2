"""What a page about a published release shows of other rooms, and what does not change any more: read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.core.cache import cache
from django.db import transaction

from cms.budget.checks.models import CheckOverride
from cms.budget.checks.queries import Summary, summary_of
from cms.budget.models import Release
from cms.budget.reading import KEPT_SECONDS, keep_reading

FORMAT = 1


@dataclass(frozen=True)
class KeptChecks:
    """The outcome of the checks, and every reason for which an error was published."""

    summary: Summary
    overrides: tuple[CheckOverride, ...]


def checks_kept(release: Release) -> KeptChecks:
    """No query once they were read: only a later edition of its page changes those of a published release."""
    if release.published_at is None:
        return _checks(release)
    found = cache.get(_key(release))
    return _kept(release) if found is None else cast(KeptChecks, found)


def _kept(release: Release) -> KeptChecks:
    found = _checks(release)
    cache.set(_key(release), found, KEPT_SECONDS)
    return found


def _key(release: Release) -> str:
    return f"checks:{FORMAT}:{release.row_id}"


def _checks(release: Release) -> KeptChecks:
    summary = summary_of(release)
    overrides = CheckOverride.objects.filter(finding__release=release, finding__is_current=True)
    found = overrides.select_related("finding").order_by("pk") if summary.overridden else ()
    return KeptChecks(summary, tuple(found))


def keep(release: Release) -> None:
    """What everybody will ask for is ready when they do; what was kept of the checks before is replaced."""
    keep_reading(release)
    _kept(release)


def keep_after_commit(release: Release) -> None:
    """Follows publication, and every later edition of the page. Of what is taken back nothing is kept."""
    transaction.on_commit(lambda: keep(release), robust=True)
