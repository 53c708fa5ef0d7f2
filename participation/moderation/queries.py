"""Reads of moderation: what waits for moderators, what an author may know, and what the public reads of it all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from participation.consultations.models import Contribution
from participation.discussion.models import Event
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.moderation.flags import Flag, flags_of
from participation.moderation.items import (
    LATER,
    address_of,
    author_of,
    consultation_of,
    kind_of,
    organisation_of,
    place_name_of,
    place_of,
    public_name_of,
    reference_of,
    text_of,
)
from participation.moderation.models import (
    IN_ROOM,
    KINDS,
    WITH_ITEM,
    Appeal,
    Decision,
    HouseRule,
    Item,
    Report,
    authored_by,
)
from participation.small_cells import LEAST, Published, parts_of_one_total, without_small_cells
from participation.stakeholders.models import Mandate, StakeholderGroup, User
from portal.errors import NotFound

Reader = User | AnonymousUser
# The queue shows so many of each kind of work; the rest comes up as these are done.
SHOWN = 30


@dataclass
class Task:
    """One thing on a moderator's table, told for a page."""

    item: Item
    flags: list[Flag] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    decision: Decision | None = None
    appeal: Appeal | None = None
    due_at: datetime | None = None
    is_own: bool = False

    @property
    def kind(self) -> str:
        return kind_of(self.item)

    @property
    def row_id(self) -> UUID:
        return self.item.row_id

    @property
    def reference(self) -> str:
        return reference_of(self.item)

    @property
    def address(self) -> str:
        return address_of(self.item)

    def get_absolute_url(self) -> str:
        """Its page for moderators."""
        return reverse("participation:moderation:item", args=[self.kind, self.row_id])

    @property
    def text(self) -> str:
        return text_of(self.item)

    @property
    def author(self) -> str:
        return public_name_of(self.item)

    @property
    def group(self) -> str:
        return self.item.stakeholder_group

    @property
    def place(self) -> Any:
        return place_of(self.item)

    @property
    def place_name(self) -> str:
        return place_name_of(self.item)

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at < timezone.now()


@dataclass(frozen=True)
class Queue:
    """What waits: held items first, because nobody can read them until somebody has looked."""

    held: list[Task]
    reported: list[Task]
    unreviewed: list[Task]
    appeals: list[Task]

    @property
    def total(self) -> int:
        return sum(len(part) for part in (self.held, self.reported, self.unreviewed, self.appeals))


def queue_of(user: User) -> Queue:
    """The work of moderators, oldest first. The own words and those of the own organisations are marked, not offered.

    At most 16 queries, whatever waits.
    """
    own = frozenset(Mandate.objects.current().filter(person=user).values_list("organisation", flat=True))
    held = [Task(item, due_at=_due(item)) for item in _held()]
    by_item: dict[UUID, Task] = {}
    for report in Report.objects.visible_to(user).waiting().select_related(*WITH_ITEM, "reporter")[: SHOWN * 10]:
        by_item.setdefault(report.item.row_id, Task(report.item)).reports.append(report)
    reported = list(by_item.values())[:SHOWN]
    decisions = Decision.objects.visible_to(user).with_item().order_by("decided_at", "pk")
    unreviewed = [
        Task(decision.item, decision=decision)
        for decision in decisions.filter(deed=Decision.Deed.HIDE, review="")[:SHOWN]
    ]
    waiting = Appeal.objects.visible_to(user).waiting().select_related("decision__rule", "decision__decided_by")
    appeals = [
        Task(appeal.decision.item, decision=appeal.decision, appeal=appeal)
        for appeal in waiting.select_related(*(f"decision__{path}" for path in WITH_ITEM))[:SHOWN]
    ]
    everything = [*held, *reported, *unreviewed, *appeals]
    flags = flags_of([task.item for task in everything])
    for task in everything:
        task.flags = flags[task.row_id]
        organisation = organisation_of(task.item)
        task.is_own = author_of(task.item).pk == user.pk or (organisation is not None and organisation.pk in own)
    return Queue(held, reported, unreviewed, appeals)


def _held() -> list[Item]:
    found: list[Item] = []
    held = {"status": Contribution.Status.HELD}
    found += Feedback.objects.filter(**held).select_related("author", "organisation", "consultation")[:SHOWN]
    found += Evaluation.objects.filter(**held).select_related("author", "organisation", "consultation")[:SHOWN]
    messages = Event.objects.filter(is_held=True, kind=Event.Kind.MESSAGE)
    found += messages.select_related("actor", "organisation", *(path.removeprefix("message__") for path in IN_ROOM))[
        :SHOWN
    ]
    for kind in LATER.values():
        found += kind.model.objects.filter(**held).select_related(*kind.related)[:SHOWN]
    return sorted(found, key=lambda item: item.created)[:SHOWN]


def _due(item: Item) -> datetime | None:
    consultation = consultation_of(item)
    hours = consultation.look_within_hours if consultation else None
    return None if hours is None else item.created + timedelta(hours=hours)


def task_of(user: User, item: Item) -> Task:
    """One item with what is known about it, for a moderator's page."""
    reports = Report.objects.visible_to(user).filter(**{kind_of(item): item}).select_related("reporter", "settled_by")
    return Task(
        item,
        flags=flags_of([item])[item.row_id],
        reports=list(reports),
        due_at=_due(item) if item.is_held else None,
    )


def decisions_on(user: Reader, item: Item) -> QuerySet[Decision]:
    """What was decided about it, the latest first."""
    found = Decision.objects.visible_to(user).filter(**{kind_of(item): item})
    return found.select_related("rule", "decided_by", "reviewed_by", "appeal__decided_by")


def latest_hiding(item: Item) -> Decision | None:
    """The decision by which something is hidden now."""
    found = Decision.objects.filter(**{kind_of(item): item}, deed=Decision.Deed.HIDE)
    return found.order_by("-pk").first()


def decision_found(user: Reader, row_id: UUID) -> Decision:
    try:
        return Decision.objects.visible_to(user).with_item().get(row_id=row_id)
    except Decision.DoesNotExist:
        raise NotFound from None


def appeal_found(user: Reader, row_id: UUID) -> Appeal:
    try:
        found = Appeal.objects.visible_to(user).select_related(*(f"decision__{path}" for path in WITH_ITEM))
        return found.get(row_id=row_id)
    except Appeal.DoesNotExist:
        raise NotFound from None


def own_report(user: Reader, item: Item) -> Report | None:
    if not isinstance(user, User):
        return None
    return Report.objects.filter(**{kind_of(item): item}, reporter=user).select_related("settled_by").first()


def decisions_about(person: User) -> QuerySet[Decision]:
    """What moderators decided about a person's words, for that person's own page."""
    hidden = Decision.objects.filter(authored_by(person), deed=Decision.Deed.HIDE)
    return hidden.with_item()


def house_rules(day: Any = None) -> QuerySet[HouseRule]:
    return HouseRule.objects.in_force(day)


def has_rules() -> bool:
    """Whether there is or was a rule, or one is to come. A new installation has none, and nothing can be hidden."""
    return HouseRule.objects.exists()


def coming_rules() -> QuerySet[HouseRule]:
    return HouseRule.objects.filter(valid_from__gt=timezone.localdate())


def earlier_rules() -> QuerySet[HouseRule]:
    return HouseRule.objects.filter(valid_until__lt=timezone.localdate())


# What the public reads ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicLog:
    """How moderation went in one period: counts only, of which none tells of fewer than five."""

    by_rule: Published[Any]
    by_kind: Published[Any]
    by_group: Published[Any]
    by_review: Published[Any]
    by_appeal: Published[Any]
    shown_again: Published[Any]
    reports: Published[Any]
    # Hours from a decision to the second opinion, and from an appeal to its decision; None for fewer than five.
    review_hours: float | None
    appeal_hours: float | None


def public_log(year: int | None = None) -> PublicLog:
    """All decisions, or those of one year, in local time. Four queries."""
    decisions = Decision.objects.filter(**_in("decided_at", year))
    hidden = list(decisions.filter(deed=Decision.Deed.HIDE).select_related("rule", *KINDS))
    others = Counter(decisions.exclude(deed=Decision.Deed.HIDE).order_by().values_list("deed", flat=True))
    appeals = list(Appeal.objects.filter(**_in("created", year)))
    reports = Counter(Report.objects.filter(**_in("created", year)).order_by().values_list("reason", flat=True))
    by_rule, by_kind, by_group, by_review = parts_of_one_total(
        _counted((decision.rule for decision in hidden), house_rules()),
        _counted((kind_of(decision.item) for decision in hidden), KINDS),
        _counted((decision.item.stakeholder_group for decision in hidden), StakeholderGroup.values),
        _counted((decision.review for decision in hidden), ["", *Decision.Review.values]),
    )
    return PublicLog(
        by_rule=by_rule,
        by_kind=by_kind,
        by_group=by_group,
        by_review=by_review,
        by_appeal=without_small_cells(_counted((appeal.outcome for appeal in appeals), ["", *Appeal.Outcome.values])),
        shown_again=without_small_cells(
            _counted(others.elements(), [deed for deed in Decision.Deed.values if deed != Decision.Deed.HIDE])
        ),
        reports=without_small_cells(_counted(reports.elements(), Report.Reason.values)),
        review_hours=_hours([(one.decided_at, one.reviewed_at) for one in hidden if one.reviewed_at]),
        appeal_hours=_hours([(one.created, one.decided_at) for one in appeals if one.decided_at]),
    )


def _in(name: str, year: int | None) -> dict[str, int]:
    return {} if year is None else {f"{name}__year": year}


def _counted(found: Any, expected: Any) -> dict[Any, int]:
    """In the order of what is expected, zeros included; what is found beyond it follows."""
    counts = Counter(found)
    return {**{key: counts[key] for key in expected}, **counts}


def _hours(spans: list[tuple[datetime, datetime]]) -> float | None:
    if len(spans) < LEAST:
        return None
    return median((end - start).total_seconds() / 3600 for start, end in spans)


def years_of_log() -> list[int]:
    found = Decision.objects.order_by().values_list("decided_at__year", flat=True).distinct()
    return sorted(set(found), reverse=True)
