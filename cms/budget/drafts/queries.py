"""What the pages of the import show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.budget.drafts.models import DraftQuerySet, ImportDraft, MappingProfile
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.models import Government, Phase, Release
from cms.budget.permissions import require_may_import
from portal.errors import NotFound

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

State = ImportDraft.State


def drafts_of(user: User | AnonymousUser) -> DraftQuerySet:
    require_may_import(user)
    return ImportDraft.objects.visible_to(user).select_related("owner", "release__government").defer("report")


def profiles_of(user: User | AnonymousUser) -> Any:
    require_may_import(user)
    return MappingProfile.objects.visible_to(user)


def draft_found(row_id: UUID, user: User | AnonymousUser) -> ImportDraft:
    require_may_import(user)
    found = ImportDraft.objects.visible_to(user).select_related("owner", "release__government").filter(row_id=row_id)
    if draft := found.first():
        return draft
    raise NotFound


def government_names() -> list[str]:
    """A file of a government that is here already has to write its name as it stands here."""
    return list(Government.objects.order_by("name").values_list("name", flat=True))


def profile_found(row_id: UUID, user: User | AnonymousUser) -> MappingProfile:
    require_may_import(user)
    if profile := MappingProfile.objects.visible_to(user).filter(row_id=row_id).first():
        return profile
    raise NotFound


def stored_file(draft: ImportDraft) -> BudgetFile:
    """The file of a draft for a short look at its beginning."""
    try:
        return BudgetFile(draft.name, Path(draft.file.path))
    except NotImplementedError:
        with draft.file.open("rb") as stored:
            return BudgetFile(draft.name, stored.read())


@dataclass(frozen=True)
class Step:
    number: int
    label: Promise
    is_done: bool
    is_here: bool


LABELS = (
    _("Upload"),
    _("How it is written"),
    _("What its columns mean"),
    _("Check"),
    _("Import"),
    _("Sign off"),
)
DONE = {
    State.UPLOADED: 1,
    State.MAPPED: 3,
    State.REJECTED: 3,
    State.CHECKED: 4,
    State.IMPORTED: 5,
    State.SIGNED_OFF: 6,
}


def steps(draft: ImportDraft | None, here: int) -> list[Step]:
    done = DONE[State(draft.state)] if draft else 0
    return [Step(number, label, number <= done, number == here) for number, label in enumerate(LABELS, start=1)]


@dataclass(frozen=True)
class Total:
    phase: str
    now: int
    before: int | None

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.now - self.before


@dataclass(frozen=True)
class Change:
    department: str
    before: int | None
    now: int | None

    @property
    def change(self) -> int:
        return (self.now or 0) - (self.before or 0)


def totals_told(report: dict[str, Any]) -> list[Total]:
    labels = dict(Phase.choices)
    told = report.get("preview", {}).get("totals", [])
    return [Total(str(labels.get(phase, phase)), now, before) for phase, now, before in told]


def changes_told(report: dict[str, Any]) -> list[Change]:
    return [Change(*change) for change in report.get("preview", {}).get("departments", [])]


def previous_told(report: dict[str, Any], user: User | AnonymousUser) -> Release | None:
    row_id = report.get("preview", {}).get("previous")
    return Release.objects.visible_to(user).filter(row_id=row_id).first() if row_id else None
