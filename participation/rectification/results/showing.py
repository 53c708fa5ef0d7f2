"""Whether a later budget follows what was decided: for the lines of a release, and for one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from cms.budget.line_notes import LineNote
from cms.budget.models import Line, Release
from participation.rectification.models import BudgetLinkage
from participation.stakeholders.models import User

Decision = BudgetLinkage.Decision


class Verdict(StrEnum):
    FOLLOWED = "followed"
    IGNORED = "ignored"
    # The year that was evaluated has no figure to compare with.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Shown:
    """A linkage and what the budget made of it. Amounts in minor units; None: nothing is on record."""

    linkage: BudgetLinkage
    before: int | None
    after: int | None
    verdict: Verdict


def judged(decision: str, ratio: Decimal | None, before: int | None, after: int | None) -> Verdict:
    """Whether ``after`` is what was decided on ``before``. A cut or increase is as large as the ratio, or larger."""
    if decision in (Decision.SUSPEND, Decision.CANCEL):
        return Verdict.IGNORED if after else Verdict.FOLLOWED
    if before is None or after is None:
        return Verdict.UNKNOWN
    share = ratio or Decimal(0)
    match decision:
        case Decision.REDUCE:
            follows = after <= before * (1 - share) and after < before
        case Decision.INCREASE:
            follows = after >= before * (1 + share) and after > before
        case _:
            follows = after == before
    return Verdict.FOLLOWED if follows else Verdict.IGNORED


def shown_in(release: Release, user: User | AnonymousUser) -> dict[int, list[Shown]]:
    """Programme -> what was decided about it for the year of ``release``. Four queries at most."""
    linkages = list(
        BudgetLinkage.objects.visible_to(user)
        .filter(fiscal_year=release.fiscal_year, task__department__government=release.government_id)
        .select_related("task__finding__line__release", "task__finding__programme", "task__department", "line")
    )
    about = {linkage.pk: programme for linkage in linkages if (programme := programme_of(linkage)) is not None}
    if not about:
        return {}
    after = _amounts([release.pk], about.values())
    years = {linkage.task.finding.fiscal_year for linkage in linkages if linkage.pk in about}
    earlier = Release.objects.published().filter(government=release.government_id, fiscal_year__in=years)
    newest = {each.fiscal_year: each.pk for each in earlier.newest_versions()}
    before = _amounts(newest.values(), about.values())
    found: dict[int, list[Shown]] = defaultdict(list)
    for linkage in linkages:
        programme = about.get(linkage.pk)
        if programme is None:
            continue
        was = before.get((newest.get(linkage.task.finding.fiscal_year, 0), programme))
        now = after.get((release.pk, programme))
        verdict = judged(linkage.decision, linkage.ratio, was, now)
        found[programme].append(Shown(linkage, was, now, verdict))
    return found


def programme_of(linkage: BudgetLinkage) -> int | None:
    finding = linkage.task.finding
    if linkage.line is not None:
        return linkage.line.programme_id
    return finding.programme_id or (finding.line.programme_id if finding.line else None)


def _amounts(releases: Iterable[int], programmes: Iterable[int]) -> dict[tuple[int, int], int]:
    """(release, programme) -> what was adopted for it, or proposed where nothing was adopted."""
    facts = Line.objects.facts().filter(release__in=set(releases), programme__in=set(programmes)).order_by()
    sums = facts.values_list("release", "programme").annotate(total=Sum(Coalesce("adopted", "proposed")))
    return {(release, programme): total for release, programme, total in sums if total is not None}


def shown_on(line: Line, user: User | AnonymousUser) -> list[Shown]:
    """What the budget of a line's programme follows from; nothing for lines without a programme."""
    return shown_in(line.release, user).get(line.programme_id, []) if line.programme_id is not None else []


def judgement_of(linkage: BudgetLinkage, user: User | AnonymousUser) -> Shown | None:
    """What the newest budget of its year makes of one linkage; None before there is one."""
    releases = Release.objects.published().filter(
        government=linkage.task.department.government_id, fiscal_year=linkage.fiscal_year
    )
    release = releases.newest_versions().first()
    programme = programme_of(linkage)
    if release is None or programme is None:
        return None
    return next((each for each in shown_in(release, user).get(programme, []) if each.linkage.pk == linkage.pk), None)


def notes_for(release: Release, user: User | AnonymousUser) -> dict[int, list[LineNote]]:
    """What the lines of a release follow from, flagged where the budget does something else."""
    return {
        programme: [
            LineNote(
                gettext("does not follow %(task)s") % {"task": shown.linkage.task.reference}
                if shown.verdict == Verdict.IGNORED
                else gettext("follows from %(task)s") % {"task": shown.linkage.task.reference},
                shown.linkage.get_absolute_url(),
                is_flagged=shown.verdict == Verdict.IGNORED,
            )
            for shown in found
        ]
        for programme, found in shown_in(release, user).items()
    }
