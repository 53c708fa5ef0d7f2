"""The second opinion on a programme: what it says of itself beside what everybody else says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Avg, Count, QuerySet
from django.utils.formats import number_format
from django.utils.translation import pgettext

from cms.budget.models import Programme
from cms.performance.assessments import Divergence, divergence, grade_in, scheme_for
from cms.performance.models import ProgrammeYear
from cms.performance.schemes import SchemeGrade, ScoringScheme
from cms.performance.scoring import in_cents
from participation.consultations.models import Contribution
from participation.evaluations.models import Evaluation
from participation.evaluations.opinions.models import OfficialScore, PublicScore, Reevaluation
from participation.evaluations.queries import evaluations_for
from participation.small_cells import LEAST
from participation.stakeholders.models import User
from portal.errors import NotFound
from portal.ui.charts import Bar, Bars

Reader = User | AnonymousUser
OUTLIER_POINTS = Decimal(10)
# Of two scores neither can be called the outlier.
LEAST_FOR_OUTLIERS = 3


@dataclass(frozen=True)
class PanelScore:
    evaluation: Evaluation
    is_outlier: bool


@dataclass(frozen=True)
class Panel:
    """Several evaluators of one programme's year: the middle score, how far they lie apart, and who lies outside."""

    median: Decimal
    spread: Decimal
    scores: tuple[PanelScore, ...]

    @property
    def has_outlier(self) -> bool:
        return any(score.is_outlier for score in self.scores)


def panel_of(evaluations: Iterable[Evaluation]) -> Panel | None:
    """Exact; the middle of an even number lies between the two in the middle. None without any."""
    given = list(evaluations)
    if not given:
        return None
    scores = [evaluation.score for evaluation in given]
    middle = in_cents(Decimal(median(scores)))
    many = len(given) >= LEAST_FOR_OUTLIERS
    return Panel(
        median=middle,
        spread=max(scores) - min(scores),
        scores=tuple(PanelScore(e, many and abs(e.score - middle) > _outlier_points(e)) for e in given),
    )


def _outlier_points(evaluation: Evaluation) -> Decimal:
    report = getattr(evaluation, "report", None)
    return report.seat.call.outlier_points if report is not None else OUTLIER_POINTS


@dataclass(frozen=True)
class PublicOpinion:
    """The mean of the sides, each weighing the same. None where it would tell of fewer than five people."""

    score: Decimal | None
    sides: dict[str, Decimal | None]


def public_opinion(programme: Programme, fiscal_year: int) -> PublicOpinion:
    """One query. A side of fewer than five is named without its number, and is not in the mean."""
    rows = (
        PublicScore.objects.filter(programme=programme, consultation__release__fiscal_year=fiscal_year)
        .values_list("stakeholder_group")
        .annotate(Count("person", distinct=True), Avg("points"))
    )
    sides = {
        group: in_cents(Decimal(str(mean))) if people >= LEAST else None for group, people, mean in rows.order_by()
    }
    known = [score for score in sides.values() if score is not None]
    return PublicOpinion(in_cents(sum(known, Decimal(0)) / len(known)) if known else None, sides)


@dataclass
class Opinion:
    """One programme's year. ``divergence``: the self-evaluation less the third parties."""

    fiscal_year: int
    own: Decimal | None = None
    panel: Panel | None = None
    official: list[OfficialScore] = field(default_factory=list)
    public: PublicOpinion | None = None
    scheme: ScoringScheme | None = None
    is_all_excellent: bool = False

    @property
    def is_empty(self) -> bool:
        """Nobody has said anything of this year yet."""
        return self.own is None and self.panel is None and not self.official and not (self.public and self.public.sides)

    @property
    def finance(self) -> Decimal | None:
        return next((row.score for row in self.official if row.kind == OfficialScore.Kind.FINANCE), None)

    @property
    def divergence(self) -> Divergence | None:
        if self.own is None or self.panel is None or self.scheme is None:
            return None
        return divergence(self.own, self.panel.median, self.scheme)

    def grade(self, score: Decimal | None) -> SchemeGrade | None:
        return None if score is None or self.scheme is None else grade_in(self.scheme, score)

    @property
    def grades(self) -> dict[str, SchemeGrade | None]:
        return {
            "own": self.grade(self.own),
            "third": self.grade(self.panel.median if self.panel else None),
            "finance": self.grade(self.finance),
            "public": self.grade(self.public.score if self.public else None),
        }

    @property
    def picture(self) -> Bars | None:
        """A bar for everybody who gave a score, with a mark where the own one lies; None for fewer than two."""
        kinds = {
            OfficialScore.Kind.DEPARTMENT: pgettext("score", "Department"),
            OfficialScore.Kind.FINANCE: pgettext("score", "Finance"),
            OfficialScore.Kind.AGAIN: pgettext("score", "Again"),
        }
        given = [
            (pgettext("score", "Own"), self.own),
            (pgettext("score", "Third"), self.panel.median if self.panel else None),
            *((kinds[OfficialScore.Kind(row.kind)], row.score) for row in self.official),
            (pgettext("score", "Public"), self.public.score if self.public else None),
        ]
        own = None if self.own is None else float(self.own)
        bars = [
            Bar(who, float(score), mark=own, words=number_format(score)) for who, score in given if score is not None
        ]
        return Bars(tuple(bars), scale=100) if len(bars) > 1 else None


def opinions_on(programme: Programme, user: Reader) -> list[Opinion]:
    """Year by year, the newest first; one query for each year beside a fixed number."""
    found: dict[int, Opinion] = {}

    def of(year: int) -> Opinion:
        return found.setdefault(year, Opinion(year))

    for year in ProgrammeYear.objects.visible_to(user).filter(programme=programme):
        of(year.fiscal_year).own = year.self_score
    given: dict[int, list[Evaluation]] = {}
    public = evaluations_for(user).filter(programme=programme, status=Contribution.Status.VISIBLE)
    for evaluation in public.select_related("report__seat__call"):
        given.setdefault(evaluation.consultation.fiscal_year, []).append(evaluation)
    for fiscal_year, evaluations in given.items():
        of(fiscal_year).panel = panel_of(evaluations)
    for score in OfficialScore.objects.visible_to(user).filter(programme=programme).order_by("kind"):
        of(score.fiscal_year).official.append(score)
    schemes = list(ScoringScheme.objects.with_rules())
    excellent = all_excellent_years(programme, user, schemes)
    for fiscal_year, opinion in found.items():
        opinion.public = public_opinion(programme, fiscal_year)
        opinion.scheme = scheme_for(schemes, fiscal_year, programme.department.government.name)
        opinion.is_all_excellent = fiscal_year in excellent
    return [found[year] for year in sorted(found, reverse=True) if not found[year].is_empty]


def all_excellent_years(programme: Programme, user: Reader, schemes: list[ScoringScheme]) -> set[int]:
    """The years in which every programme of the department gave itself the best grade, and there were several
    (全优): then the scores tell nothing apart."""
    scores: dict[int, list[Decimal]] = {}
    years = ProgrammeYear.objects.visible_to(user).filter(
        programme__department=programme.department, self_score__isnull=False
    )
    for fiscal_year, score in years.values_list("fiscal_year", "self_score"):
        if score is not None:
            scores.setdefault(fiscal_year, []).append(score)
    found = set()
    for fiscal_year, given in scores.items():
        scheme = scheme_for(schemes, fiscal_year, programme.department.government.name)
        if scheme is not None and len(given) > 1:
            best = scheme.grades.all()[0].lower
            if all(score >= best for score in given):
                found.add(fiscal_year)
    return found


def reevaluations(user: Reader) -> QuerySet[Reevaluation]:
    return Reevaluation.objects.visible_to(user).prefetch_related("drawn__programme", "drawn__organisation")


def reevaluation_for(user: Reader, row_id: UUID) -> Reevaluation:
    found = reevaluations(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def own_public_score(user: Reader, programme: Programme, consultation_pk: int) -> int | None:
    if not isinstance(user, User):
        return None
    found = PublicScore.objects.filter(person=user, programme=programme, consultation=consultation_pk)
    return found.values_list("points", flat=True).first()
