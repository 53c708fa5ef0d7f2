"""Reads of consultations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Phase, Release
from participation.consultations.models import Consultation, Contribution, Stage, WayIn
from participation.consultations.stages import current_stage, is_forgotten, next_stage
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import Invalid, NotFound
from portal.ui.furniture import Step

# What a reader wants to know of a consultation, coarser than its stages, in the order of the index.
OPEN, COMING, WEIGHING, FOLLOW_UP, CLOSED = "open", "coming", "weighing", "follow_up", "closed"
PHASES = (OPEN, COMING, WEIGHING, FOLLOW_UP, CLOSED)
PHASE_OF_STAGE = {
    Stage.Kind.ANNOUNCED: COMING,
    Stage.Kind.OPEN: OPEN,
    Stage.Kind.BALANCE: WEIGHING,
    Stage.Kind.ANSWERED: WEIGHING,
    Stage.Kind.FOLLOW_UP: FOLLOW_UP,
    Stage.Kind.CLOSED: CLOSED,
}


def consultations_for(user: User | AnonymousUser) -> QuerySet[Consultation]:
    """What ``user`` may see, with stages, ways in and counts of public input, in a fixed number of queries."""
    return (
        Consultation.objects.visible_to(user)
        .select_related("release__government", "department", "programme")
        .prefetch_related("stages", "ways_in")
        .annotate(
            feedback_count=_number_of("feedback_set", status=Contribution.Status.VISIBLE),
            evaluation_count=_number_of("evaluation_set", status=Contribution.Status.VISIBLE),
            answer_count=_number_of("answers"),
        )
    )


def _number_of(relation: str, **conditions: Any) -> Coalesce:
    """How many rows of a later room belong to each consultation. A subquery for each: joined, they would multiply."""
    model: Any = Consultation._meta.get_field(relation).related_model
    counted = (
        model._default_manager.filter(consultation=OuterRef("pk"), **conditions)
        .order_by()
        .values("consultation")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted), 0)


def consultation_for(user: User | AnonymousUser, row_id: UUID) -> Consultation:
    """One consultation. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return consultations_for(user).get(row_id=row_id)
    except Consultation.DoesNotExist:
        raise NotFound from None


def open_consultations(user: User | AnonymousUser) -> QuerySet[Consultation]:
    """Consultations that take input now, the one that closes first on top."""
    now = timezone.now()
    return (
        consultations_for(user)
        .filter(
            Q(stages__ends_at__isnull=True) | Q(stages__ends_at__gt=now),
            stages__kind=Stage.Kind.OPEN,
            stages__starts_at__lte=now,
        )
        .order_by("stages__ends_at", "pk")
    )


@dataclass(frozen=True)
class Moment:
    """Where a consultation stands now."""

    consultation: Consultation
    stage: Stage | None
    coming: Stage | None

    @property
    def phase(self) -> str:
        if self.stage is not None:
            return PHASE_OF_STAGE[Stage.Kind(self.stage.kind)]
        return COMING if self.coming is not None else CLOSED

    @property
    def is_forgotten(self) -> bool:
        """Whether it should have closed, and its outcome is missing."""
        return is_forgotten(self.consultation)


def moment_of(consultation: Consultation) -> Moment:
    return Moment(consultation, current_stage(consultation), next_stage(consultation))


def moments_for(user: User | AnonymousUser) -> list[Moment]:
    """Every consultation that ``user`` may see, in the order of ``PHASES``; what ends or starts first stands first."""
    return _in_order(consultations_for(user))


def _in_order(found: Iterable[Consultation]) -> list[Moment]:
    return sorted(
        (moment_of(consultation) for consultation in found),
        key=lambda moment: (PHASES.index(moment.phase), _urgency(moment)),
    )


def _urgency(moment: Moment) -> float:
    if moment.phase == COMING and moment.coming is not None:
        return moment.coming.starts_at.timestamp()
    if moment.phase == CLOSED:
        return -moment.consultation.created.timestamp()
    return moment.stage.ends_at.timestamp() if moment.stage and moment.stage.ends_at else float("inf")


def stage_steps(consultation: Consultation) -> list[Step]:
    """The stages with their dates, as steps of a chain."""
    now, present = timezone.now(), current_stage(consultation)
    steps = []
    for stage in consultation.stages.all():
        is_over = stage.starts_at <= now and not (stage.kind == Stage.Kind.CLOSED and is_forgotten(consultation, now))
        state = "now" if stage == present else "ok" if is_over else "todo"
        days = [timezone.localdate(stage.starts_at), stage.last_day]
        detail = " – ".join(date_format(day, "DATE_FORMAT") for day in dict.fromkeys(days) if day)
        steps.append(Step(stage.kind, stage.get_kind_display(), state, detail))  # type: ignore[arg-type]
    return steps


@dataclass(frozen=True)
class Access:
    """One way of taking part and the sides that it is open to."""

    way: str
    label: str
    groups: list[str]

    @property
    def is_open_to_all(self) -> bool:
        return set(self.groups) == set(StakeholderGroup.values)


def ways_in_of(consultation: Consultation) -> list[Access]:
    """The ways of taking part that are open to any side, in the order of ``WayIn.Way``."""
    groups: dict[str, list[str]] = {way: [] for way in WayIn.Way}
    for row in consultation.ways_in.all():
        groups[row.way].append(row.group)
    return [Access(way, str(WayIn.Way(way).label), sides) for way, sides in groups.items() if sides]


def scope_lines(consultation: Consultation) -> QuerySet[Line]:
    """The lines that the consultation is about: of its release, and of its department or programme where it has one."""
    lines = Line.objects.facts().filter(release=consultation.release_id)
    if consultation.department_id is not None:
        lines = lines.filter(department=consultation.department_id)
    if consultation.programme_id is not None:
        lines = lines.filter(programme=consultation.programme_id)
    return lines


def check_line_in_scope(consultation: Consultation, line: Line) -> None:
    """Raise ``Invalid`` unless the consultation is about ``line``."""
    if not scope_lines(consultation).filter(pk=line.pk).exists():
        raise Invalid(_("This consultation is not about that line. Please choose a line of its budget."), field="line")


def scope_amounts(consultation: Consultation) -> list[tuple[str, int]]:
    """(name of the phase, sum in minor units) of what the consultation is about, phases without amounts left out."""
    if consultation.release is None:
        return []
    phases = [phase for phase in Phase if phase in consultation.release.phases]
    sums = scope_lines(consultation).aggregate(**{phase.value: Sum(phase.value) for phase in phases})
    return [(str(phase.label), sums[phase.value]) for phase in phases if sums[phase.value] is not None]


def consultations_about(user: User | AnonymousUser, release: Release, *, with_ways_in: bool = True) -> list[Moment]:
    """The consultations on a release, in the order of ``moments_for``; without the ways in where none is shown."""
    found = consultations_for(user).filter(release=release)
    return _in_order(found if with_ways_in else found.prefetch_related(None).prefetch_related("stages"))


def consultations_covering(user: User | AnonymousUser, line: Line) -> list[Moment]:
    """The consultations that ``line`` is within the scope of, the newest first."""
    found = consultations_for(user).filter(
        Q(department__isnull=True) | Q(department=line.department_id),
        Q(programme__isnull=True) | Q(programme=line.programme_id),
        release=line.release_id,
    )
    return [moment_of(consultation) for consultation in found.order_by("-created")]
