"""What an erasure would do, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.rights.deadlines import deadline
from privacy.rights.erasing.hooks import Obstacle, Wait, obstacles, waits
from privacy.rights.erasing.models import Erasure, LegalHold
from privacy.rights.registry import Delete, Empty, Keep, PersonalData, Shred, Way, personal_data_of
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey

COOLING_OFF = "erasure/cooling-off"
# Where no rule is on record.
DAYS_TO_THINK = 14


@dataclass(frozen=True)
class Fate:
    """What becomes of so many rows of one kind. ``reason``: why they stay."""

    title: str
    rows: int
    reason: str = ""


@dataclass(frozen=True)
class Preview:
    """``deleted`` rows go, ``emptied`` ones lose what is personal, ``sealed`` ones read as erased, ``kept`` stay."""

    deleted: list[Fate] = field(default_factory=list)
    emptied: list[Fate] = field(default_factory=list)
    sealed: list[Fate] = field(default_factory=list)
    kept: list[Fate] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    holds: list[LegalHold] = field(default_factory=list)

    @property
    def can_be_asked(self) -> bool:
        return not self.obstacles


def due_after(asked_at: datetime) -> datetime:
    """Until when an erasure that was asked for then can be taken back."""
    return deadline(COOLING_OFF, asked_at) or asked_at + timedelta(days=DAYS_TO_THINK)


def preview_erasure(subject: Subject) -> Preview:
    """What would become of everything that is held about ``subject``. Opens nothing that is sealed."""
    found = Preview(obstacles=obstacles(subject), waits=waits(subject), holds=holds_on(subject))
    # The rows of one kind may be declared several times, each for some of their fields.
    for declared, way, rows in fates(subject):
        if not (number := rows.count()):
            continue
        if isinstance(way, Keep):
            found.kept.append(Fate(str(declared.title), number, str(way.reason)))
        else:
            part = {Delete: found.deleted, Empty: found.emptied, Shred: found.sealed}[type(way)]
            part.append(Fate(str(declared.title), number))
    return found


def fates(subject: Subject) -> Iterator[tuple[PersonalData, Way, QuerySet[Any]]]:
    """Each kind of data with a way and the rows that it is for."""
    for declared, rows in personal_data_of(subject):
        for way, some in declared.ways_for(rows):
            yield declared, way, some


def holds_on(subject: Subject) -> list[LegalHold]:
    """The legal holds in force on a subject, or on a record that is about it."""
    in_force = LegalHold.objects.in_force()
    named = in_force.filter(scope_type=subject.scope_type, scope_ref=subject.ref)
    on_records = in_force.filter(record_ref__isnull=False)
    return [*named, *(hold for hold in on_records if is_about(hold, subject))]


def is_about(hold: LegalHold, subject: Subject) -> bool:
    """Whether the record under a hold is about ``subject``, by what the rooms declare."""
    return any(
        rows.filter(row_id=hold.record_ref).exists()
        for declared, rows in personal_data_of(subject)
        if declared.model_class._meta.label_lower == hold.record_label
    )


def record_named(label: str, ref: Any) -> Any | None:
    """The record that somebody names by its address in the log: "app.model" and row id."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    if not any(one.name == "row_id" for one in model._meta.concrete_fields):
        return None
    return model._base_manager.filter(row_id=ref).first()


def is_erased(subject: Subject) -> bool:
    """Whether the keys of ``subject`` were destroyed, and none was made since."""
    states = set(
        DataKey.objects.filter(scope_type=subject.scope_type, scope_ref=subject.ref).values_list("state", flat=True)
    )
    return Erasure.objects.about(subject).filter(state=Erasure.State.DONE).exists() and states <= {"shredded"}


def open_erasure(subject: Subject) -> Erasure | None:
    return Erasure.objects.open().about(subject).first()


def why_not_yet(erasure: Erasure) -> str:
    """In words, what a due erasure waits for; nothing where it waits for its day only."""
    if holds := holds_on(erasure.subject):
        return _("A legal hold: %(basis)s") % {"basis": "; ".join(hold.basis for hold in holds)}
    first = [obstacle.words for obstacle in obstacles(erasure.subject)]
    return " ".join([*first, *(wait.words for wait in waits(erasure.subject))])


def due_now() -> QuerySet[Erasure]:
    return Erasure.objects.open().filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
