"""What ``cms`` publishes, told to those who follow it: corrected disclosures and new editions of pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from cms.budget.models import Line, Release
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.following.models import Follow
from participation.following.subjects import Subject


def announce_correction(release: Release) -> None:
    """Called with every release that becomes public. Told are those who follow an earlier version or a line of it."""
    earlier = Release.objects.published().filter(
        government=release.government_id, fiscal_year=release.fiscal_year, version__lt=release.version
    )
    if not earlier:
        return
    followed = Follow.objects.filter(subject=Subject.LINE).values("row_id")
    lines = Line.objects.filter(release__in=earlier, row_id__in=followed)
    announce(Kind.CORRECTION, release, of=[*earlier, *lines])


def announce_page(instance: Any, **_details: Any) -> None:
    """Receiver of Wagtail's ``page_published``: once a day for a page in all its languages, and for its section."""
    announce(Kind.PAGE, instance, of=[instance.get_parent()], key=timezone.localdate().isoformat())
