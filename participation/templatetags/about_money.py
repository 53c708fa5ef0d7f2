"""Template library ``about_money``: what was said, answered and put right, on the pages of budgets.

A page about a release shows the same inputs in several places. ``said_about_release`` asks for them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Count, Q
from django.template.context import Context
from django.utils.translation import gettext as _

from cms.budget.models import Programme, Release
from cms.performance.queries import years_of_programme
from participation.consultations import queries as consultations
from participation.consultations.models import Contribution
from participation.evaluations.queries import evaluations_for
from participation.feedback.models import Feedback
from participation.rectification import queries as rectification
from participation.rectification.heard import heard_about
from participation.templatetags.journey import OPEN_SHOWN, reader, voices
from portal.ui.furniture import Step
from portal.ui.money import rounded

register = template.Library()

EVALUATIONS_SHOWN = 10
TASKS_SHOWN = 10
VISIBLE = Contribution.Status.VISIBLE


@dataclass(frozen=True)
class Said:
    """What became of one release so far, for every part of its page."""

    steps: list[Step]
    label: str
    voices: dict[str, Any]
    inputs: int
    answered: int
    moments: list[consultations.Moment]
    more: bool

    @property
    def asking(self) -> consultations.Moment | None:
        """The consultation that takes questions now, where there is one."""
        return next((moment for moment in self.moments if moment.phase == consultations.OPEN), None)


@register.simple_tag(takes_context=True)
def said_about_release(context: Context, release: Release) -> Said:
    """``{% said_about_release release as said %}``: five queries, however much was said."""
    user = reader(context)
    moments = consultations.consultations_about(user, release, with_ways_in=False)
    newest = max((moment.consultation for moment in moments), key=lambda found: found.created, default=None)
    heard = heard_about(release, user)
    groups: dict[str, int] = {}
    for (group, _outcome), count in heard.items():
        groups[group] = groups.get(group, 0) + count
    return Said(
        steps=rectification.chain_given(release, user, heard, newest),
        label=_("How far this disclosure has come"),
        voices=voices(groups),
        inputs=heard.total(),
        answered=sum(count for (_group, outcome), count in heard.items() if outcome is not None),
        moments=moments[:OPEN_SHOWN],
        more=len(moments) > OPEN_SHOWN,
    )


@dataclass
class ScoresOfYear:
    """Three views of one programme in one year. Scores are out of 100, None where nobody gave one."""

    fiscal_year: int
    own: Decimal | None = None
    computed: Decimal | None = None
    third_party: Decimal | None = None
    third_parties: int = 0
    comments: int = 0

    @property
    def gap(self) -> Decimal | None:
        """How much better the programme sees itself than others do."""
        return None if self.own is None or self.third_party is None else self.own - self.third_party


@register.inclusion_tag("participation/journey/scores_of_programme.html", takes_context=True)
def scores_of_programme(context: Context, programme: Programme) -> dict[str, Any]:
    """What a programme says of itself, what third parties say, and how much the public had to say, year by year."""
    user = reader(context)
    years: dict[int, ScoresOfYear] = {}

    def of(year: int) -> ScoresOfYear:
        return years.setdefault(year, ScoresOfYear(year))

    for reading in years_of_programme(programme, user):
        row = of(reading.year.fiscal_year)
        row.own = reading.self_score
        row.computed = reading.assessment.score if reading.reported and reading.assessment else None
    evaluations = list(evaluations_for(user).filter(programme=programme, status=VISIBLE).order_by("-created"))
    for year in {evaluation.consultation.fiscal_year for evaluation in evaluations}:
        given = [e.score for e in evaluations if e.consultation.fiscal_year == year]
        row = of(year)
        row.third_party = rounded(sum(given, Decimal(0)) / len(given), 1)
        row.third_parties = len(given)
    said = Feedback.objects.visible_to(user).filter(line__programme=programme, status=VISIBLE).order_by()
    for year, number in said.values_list("line__release__fiscal_year").annotate(Count("pk")):
        of(year).comments = number
    return {
        "evaluations": evaluations[:EVALUATIONS_SHOWN],
        "years": [years[year] for year in sorted(years, reverse=True)],
        "programme": programme,
    }


@register.inclusion_tag("participation/journey/tasks_of_programme.html", takes_context=True)
def tasks_of_programme(context: Context, programme: Programme) -> dict[str, Any]:
    """What was promised about a programme, and how far each promise has come; one query."""
    about = Q(finding__programme=programme) | Q(finding__line__programme=programme)
    return {"tasks": rectification.tasks_for(reader(context)).filter(about).order_by("-created")[:TASKS_SHOWN]}
