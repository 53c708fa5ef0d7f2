"""What somebody has agreed to, now and before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from privacy.rights.consent.models import Consent, NoticeVersion


def latest_of(person_ref: UUID, purpose: str) -> Consent | None:
    """What somebody said last about a purpose; None where they were never asked."""
    found: Consent | None = (
        Consent.objects.of(person_ref)
        .filter(purpose=purpose)
        .select_related("notice")
        .order_by("-created", "-pk")
        .first()
    )
    return found


def has_agreed(person: Any, purpose: str) -> bool:
    """Whether ``person`` agrees now. Whoever was never asked has not agreed."""
    latest = latest_of(person.row_id, purpose)
    return latest is not None and latest.state == Consent.State.GIVEN


def history_of_consents(person: Any) -> QuerySet[Consent]:
    """Every act of one person, the newest first."""
    found: QuerySet[Consent] = Consent.objects.of(person.row_id).select_related("notice")
    return found


@dataclass(frozen=True)
class Standing:
    """One purpose as it stands for a person: the notice of today, and what was said last."""

    notice: NoticeVersion
    latest: Consent | None

    @property
    def is_given(self) -> bool:
        return self.latest is not None and self.latest.state == Consent.State.GIVEN

    @property
    def has_changed(self) -> bool:
        """Whether another text was published since they agreed."""
        return self.latest is not None and self.is_given and self.latest.notice_sha256 != self.notice.sha256

    @property
    def said(self) -> dict[str, str]:
        return self.notice.said()


def standings_of(person: Any) -> list[Standing]:
    """Every purpose that has a notice; two queries."""
    latest: dict[str, Consent] = {}
    for consent in history_of_consents(person):
        latest.setdefault(consent.purpose, consent)
    return [Standing(notice, latest.get(notice.purpose)) for notice in NoticeVersion.objects.all_current()]
