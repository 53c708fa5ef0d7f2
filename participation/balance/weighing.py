"""The balance of a consultation: who said how much and in what tone, who was not heard, what is still open.

The tone is what people say themselves that they bring (question, problem, suggestion, praise); nothing is guessed from
their words. Every number is of public input, and has an address that shows the input behind it. Twelve queries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from cms.analysis.queries import population_for
from cms.performance.models import ProgrammeYear
from participation.balance.queries import SOON_DAYS, Reader, objections, overdue, soon
from participation.balance.themes import Theme, ThemeTag
from participation.consultations.models import Consultation, Contribution
from participation.discussion.models import Event
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.stakeholders.models import Organisation, StakeholderGroup

TONES = tuple(Feedback.Kind.values)
PUBLIC = Q(status=Contribution.Status.VISIBLE)
# A public score of a programme is told from so many voices on.
VOICES_FOR_A_SCORE = 5


@dataclass
class SideWeighed:
    """One stakeholder group in a consultation. ``speakers``: people for citizens, organisations for the others."""

    group: str
    feedback: int = 0
    evaluations: int = 0
    messages: int = 0
    speakers: int = 0
    # How many could have spoken: the population, or the verified organisations of the group; None: not known.
    known: int | None = None
    waiting: int = 0
    late: int = 0
    objections: int = 0
    average_score: Decimal | None = None
    tone: Counter[str] = field(default_factory=Counter)

    @property
    def label(self) -> str:
        return str(StakeholderGroup(self.group).label)

    @property
    def total(self) -> int:
        return self.feedback + self.evaluations + self.messages

    @property
    def is_heard(self) -> bool:
        return self.total > 0

    @property
    def reached(self) -> float | None:
        """The share of those who could have spoken that did, from 0 to 1."""
        return min(1.0, self.speakers / self.known) if self.known else None

    @property
    def tones(self) -> list[tuple[str, str, int]]:
        return [(kind, str(Feedback.Kind(kind).label), self.tone[kind]) for kind in TONES]


@dataclass(frozen=True)
class ToneWeighed:
    """One tone in both views, from 0 to 1: every voice the same, and every group that was heard the same."""

    kind: str
    count: int
    by_heads: float
    by_groups: float

    @property
    def label(self) -> str:
        return str(Feedback.Kind(self.kind).label)

    @property
    def heads_percent(self) -> int:
        return round(100 * self.by_heads)

    @property
    def groups_percent(self) -> int:
        return round(100 * self.by_groups)


@dataclass(frozen=True)
class ThemeWeighed:
    theme: Theme
    total: int
    by_group: Mapping[str, int]

    @property
    def sides(self) -> list[tuple[str, int]]:
        return [(group, self.by_group.get(group, 0)) for group in StakeholderGroup.values]


@dataclass(frozen=True)
class ProgrammeScored:
    """A programme as it scores itself, as others score it, and as the public speaks of it; each out of 100 or None.

    ``public`` is the share of praise among praise and problems that were said about its lines.
    """

    programme: Any
    by_itself: Decimal | None
    by_others: Decimal | None
    evaluations: int
    public: float | None
    voices: int

    @property
    def gap(self) -> Decimal | None:
        """How much better it finds itself than others do."""
        if self.by_itself is None or self.by_others is None:
            return None
        return self.by_itself - self.by_others


@dataclass(frozen=True)
class Clock:
    """Input that waits for an answer. ``oldest`` is the first day on which one was due."""

    late: int
    soon: int
    later: int
    oldest: date | None

    @property
    def total(self) -> int:
        return self.late + self.soon + self.later


@dataclass(frozen=True)
class Balance:
    sides: list[SideWeighed]
    tones: list[ToneWeighed]
    themes: list[ThemeWeighed]
    untagged: int
    programmes: list[ProgrammeScored]
    objections: int
    clock: Clock

    @property
    def unheard(self) -> list[SideWeighed]:
        return [side for side in self.sides if not side.is_heard]

    @property
    def total(self) -> int:
        return sum(side.total for side in self.sides)

    @property
    def soon_days(self) -> int:
        return SOON_DAYS


def balance_of(user: Reader, consultation: Consultation) -> Balance:
    """What was said in a consultation, weighed for whoever answers it."""
    feedback = Feedback.objects.visible_to(user).filter(PUBLIC, consultation=consultation).order_by()
    evaluations = Evaluation.objects.visible_to(user).filter(PUBLIC, consultation=consultation).order_by()
    messages = Event.objects.filter(
        room__consultation=consultation, kind=Event.Kind.MESSAGE, is_hidden=False
    ).order_by()
    sides = {group: SideWeighed(group) for group in StakeholderGroup.values}
    late, near = overdue(), soon()
    clock = Counter[str]()
    dues: list[date] = []
    for group, kind, number, waiting, too_late, due_soon, oldest, open_problems in feedback.values_list(
        "stakeholder_group", "kind"
    ).annotate(**_waiting(late, near), open_problems=Count("pk", filter=objections())):
        side = sides[group]
        side.feedback += number
        side.objections += open_problems
        side.tone[kind] += number
        _wait(side, clock, dues, waiting, too_late, due_soon, oldest)
    for group, number, waiting, too_late, due_soon, oldest, score in evaluations.values_list(
        "stakeholder_group"
    ).annotate(**_waiting(late, near), score_of_group=Avg("score")):
        side = sides[group]
        side.evaluations, side.average_score = number, score
        _wait(side, clock, dues, waiting, too_late, due_soon, oldest)
    for group, number in messages.values_list("stakeholder_group").annotate(number=Count("pk")):
        sides[group].messages = number
    _speakers(
        sides,
        feedback.values_list("stakeholder_group", "organisation", "author").union(
            evaluations.values_list("stakeholder_group", "organisation", "author"),
            messages.values_list("stakeholder_group", "organisation", "actor"),
        ),
    )
    _known(sides, user, consultation)
    themes, untagged = _themes(consultation, feedback)
    return Balance(
        sides=list(sides.values()),
        tones=_tones(sides.values()),
        themes=themes,
        untagged=untagged,
        programmes=_programmes(user, consultation, feedback, evaluations),
        objections=sum(side.objections for side in sides.values()),
        clock=Clock(
            late=clock["late"],
            soon=clock["soon"],
            later=clock["waiting"] - clock["late"] - clock["soon"],
            oldest=min(dues, default=None),
        ),
    )


def _waiting(late: Q, near: Q) -> dict[str, Any]:
    unanswered = Q(answered__isnull=True)
    return {
        "number": Count("pk"),
        "waiting": Count("pk", filter=unanswered),
        "late": Count("pk", filter=unanswered & late),
        "near": Count("pk", filter=unanswered & near),
        "oldest": Min("due_on", filter=unanswered),
    }


def _wait(
    side: SideWeighed, clock: Counter[str], dues: list[date], waiting: int, late: int, near: int, oldest: date | None
) -> None:
    side.waiting += waiting
    side.late += late
    clock.update(waiting=waiting, late=late, soon=near)
    if oldest is not None:
        dues.append(oldest)


def _speakers(sides: dict[str, SideWeighed], found: Iterable[tuple[str, int | None, int]]) -> None:
    """Whoever speaks for an organisation is that organisation, and in several ways is one."""
    heard: dict[str, set[tuple[bool, int]]] = defaultdict(set)
    for group, organisation, person in found:
        heard[group].add((organisation is not None, organisation or person))
    for group, speakers in heard.items():
        sides[group].speakers = len(speakers)


def _known(sides: dict[str, SideWeighed], user: Reader, consultation: Consultation) -> None:
    people = population_for(user).filter(government=consultation.government_id, year__lte=consultation.fiscal_year)
    latest = people.order_by("-year").values_list("persons", flat=True).first()
    sides[StakeholderGroup.CITIZEN].known = latest
    verified = Organisation.objects.filter(status=Organisation.Status.VERIFIED).order_by()
    counts = dict(verified.values_list("group").annotate(number=Count("pk")))
    for group, side in sides.items():
        if group != StakeholderGroup.CITIZEN:
            side.known = counts.get(group, 0)


def _tones(sides: Iterable[SideWeighed]) -> list[ToneWeighed]:
    heard = [side for side in sides if side.tone]
    whole = sum(side.tone.total() for side in heard)
    return [
        ToneWeighed(
            kind,
            count := sum(side.tone[kind] for side in heard),
            by_heads=count / whole if whole else 0.0,
            by_groups=sum(side.tone[kind] / side.tone.total() for side in heard) / len(heard) if heard else 0.0,
        )
        for kind in TONES
    ]


def _themes(consultation: Consultation, feedback: QuerySet[Feedback]) -> tuple[list[ThemeWeighed], int]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    public = Q(feedback__status=Contribution.Status.VISIBLE) | Q(evaluation__status=Contribution.Status.VISIBLE)
    group_of = Coalesce("feedback__stakeholder_group", "evaluation__stakeholder_group")
    tags = ThemeTag.objects.filter(public, theme__consultation=consultation).order_by().values_list("theme")
    for theme, group, number in tags.annotate(group=group_of, number=Count("pk")):
        counts[theme][group] += number
    untagged = feedback.filter(theme_tags__isnull=True).count()
    themes = [
        ThemeWeighed(theme, counts[theme.pk].total(), counts[theme.pk])
        for theme in Theme.objects.filter(consultation=consultation)
    ]
    return sorted(themes, key=lambda each: (-each.total, each.theme.name)), untagged


def _programmes(
    user: Reader, consultation: Consultation, feedback: QuerySet[Feedback], evaluations: QuerySet[Evaluation]
) -> list[ProgrammeScored]:
    """Those that somebody evaluated; two queries and one for what they say of themselves."""
    scored = {
        row["programme"]: row
        for row in evaluations.values("programme").annotate(average=Avg("score"), number=Count("pk"))
    }
    if not scored:
        return []
    voices: dict[int, Counter[str]] = defaultdict(Counter)
    spoken = feedback.filter(line__programme__in=scored).values_list("line__programme", "kind")
    for programme, kind, number in spoken.annotate(number=Count("pk")):
        voices[programme][kind] += number
    own = {
        year.programme_id: year.self_score
        for year in ProgrammeYear.objects.visible_to(user).filter(
            programme__in=scored, fiscal_year=consultation.fiscal_year
        )
    }
    programmes = {
        evaluation.programme_id: evaluation.programme
        for evaluation in evaluations.select_related("programme").order_by("programme__name")
    }
    found = []
    for pk, programme in programmes.items():
        praise, problems = voices[pk][Feedback.Kind.PRAISE], voices[pk][Feedback.Kind.PROBLEM]
        number = praise + problems
        found.append(
            ProgrammeScored(
                programme,
                by_itself=own.get(pk),
                by_others=scored[pk]["average"],
                evaluations=scored[pk]["number"],
                public=100 * praise / number if number >= VOICES_FOR_A_SCORE else None,
                voices=number,
            )
        )
    return sorted(found, key=lambda each: -(each.gap or 0))
