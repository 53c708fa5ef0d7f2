"""Reads of awards: what each nominated case has on record, how it stands in the count, and who holds what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from participation.recognition.counting import Count, count_of
from participation.recognition.facts import Criterion, Facts, Period, criteria_of, facts_of, is_eligible
from participation.recognition.models import (
    Award,
    AwardAppeal,
    AwardBallot,
    Commendation,
    Juror,
    JuryOpinion,
    Nomination,
)
from participation.recognition.permissions import Reader
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotFound


@dataclass(frozen=True)
class Standing:
    """A nominated case with what the record says of its department in the year of the award."""

    nomination: Nomination
    facts: Facts
    criteria: list[Criterion]

    @property
    def is_eligible(self) -> bool:
        return is_eligible(self.criteria)


def awards() -> QuerySet[Award]:
    return Award.objects.order_by("-year")


def award_found(row_id: UUID) -> Award:
    try:
        return Award.objects.select_related("decided_by").get(row_id=row_id)
    except Award.DoesNotExist:
        raise NotFound from None


def open_award_now() -> Award | None:
    """The award that takes nominations today, if there is one."""
    today = timezone.localdate()
    found = Award.objects.filter(decided_at=None, nominations_until__gte=today).order_by("nominations_until")
    return found.first()


def nominations_for(user: Reader) -> QuerySet[Nomination]:
    found: QuerySet[Nomination] = Nomination.objects.visible_to(user)
    return found.select_related(
        "award", "author", "organisation", "task__department", "task__officer", "commendation"
    ).order_by("created", "pk")


def nomination_found(user: Reader, row_id: UUID) -> Nomination:
    found = nominations_for(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def commendations_of(award: Award) -> QuerySet[Commendation]:
    given: QuerySet[Commendation] = Commendation.objects.filter(nomination__award=award).order_by("place")
    return given.select_related("nomination__task__department")


def commendation_found(row_id: UUID) -> Commendation:
    found = (
        Commendation.objects.filter(row_id=row_id)
        .select_related("nomination__award__decided_by", "nomination__task__department", "nomination__author")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def appeal_found(user: Reader, row_id: UUID) -> AwardAppeal:
    found = AwardAppeal.objects.visible_to(user).filter(row_id=row_id)
    appeal: AwardAppeal | None = found.select_related(
        "commendation__nomination__award", "commendation__nomination__task"
    ).first()
    if appeal is None:
        raise NotFound
    return appeal


def juror_found(award: Award, user: User) -> Juror:
    juror = award.jurors.filter(person=user).select_related("award", "person").first()
    if juror is None:
        raise NotFound
    return juror


def standings_of(award: Award) -> list[Standing]:
    """Every admitted case, by the facts of the award's year and the year before; a fixed number of queries."""
    nominations = list(
        award.nominations.admitted().select_related(
            "award", "author", "organisation", "task__department", "task__officer", "commendation"
        )
    )
    period = Period.of_year(award.year, timezone.localdate())
    departments = {each.task.department_id for each in nominations}
    now, before = facts_of(departments, period), facts_of(departments, period.before)
    return [
        Standing(
            each,
            now[each.task.department_id],
            criteria_of(award, now[each.task.department_id], before[each.task.department_id]),
        )
        for each in nominations
    ]


def count_for(award: Award) -> Count:
    """The count as it is now; three queries. Shown once nobody votes any more."""
    nominations = list(award.nominations.admitted().values_list("pk", flat=True))
    chosen: dict[int, set[int]] = defaultdict(set)
    through = AwardBallot.nominations.through.objects.filter(awardballot__award=award)
    for ballot, nomination in through.values_list("awardballot", "nomination"):
        chosen[ballot].add(nomination)
    votes = [
        (group, frozenset(chosen[ballot]))
        for ballot, group in AwardBallot.objects.filter(award=award).values_list("pk", "group")
    ]
    opinions: dict[int, list[Decimal]] = defaultdict(list)
    given = JuryOpinion.objects.filter(nomination__award=award, has_conflict=False, score__isnull=False)
    for nomination, score in given.values_list("nomination", "score"):
        if score is not None:
            opinions[nomination].append(score)
    return count_of(nominations, votes, opinions, jury_percent=award.jury_percent, groups=StakeholderGroup.values)


def own_ballot(award: Award, user: Reader) -> AwardBallot | None:
    ballot: AwardBallot | None = AwardBallot.objects.visible_to(user).filter(award=award).first()
    return ballot


def opinions_shown(award: Award, user: Reader) -> dict[int, list[JuryOpinion]]:
    """What the jury said, as far as ``user`` may read it yet, by nomination."""
    found: dict[int, list[JuryOpinion]] = defaultdict(list)
    opinions = JuryOpinion.objects.visible_to(user).filter(nomination__award=award)
    for opinion in opinions.select_related("juror__person"):
        found[opinion.nomination_id].append(opinion)
    return found


def waiting_for_moderators() -> QuerySet[Nomination]:
    return Nomination.objects.filter(status=Nomination.Status.WAITING).select_related(
        "award", "author", "organisation", "task__department"
    )


def appeals_waiting() -> QuerySet[AwardAppeal]:
    return AwardAppeal.objects.filter(outcome="").select_related("commendation__nomination__task")


def commended_task(task: RectificationTask) -> Commendation | None:
    return Commendation.objects.standing().filter(nomination__task=task).select_related("nomination__award").first()


def nominated_task(task: RectificationTask, award: Award) -> bool:
    return award.nominations.filter(task=task).exclude(status=Nomination.Status.REFUSED).exists()


def candidate_tasks(user: Reader, award: Award) -> Sequence[RectificationTask]:
    """The cases that may still be nominated: verified, and not nominated yet; the newest first."""
    taken = award.nominations.exclude(status=Nomination.Status.REFUSED).values("task")
    tasks = RectificationTask.objects.visible_to(user).filter(status__in=RectificationTask.PROVEN)
    return list(tasks.exclude(pk__in=taken).select_related("department").order_by("-verified_at", "-pk")[:200])
