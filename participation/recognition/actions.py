"""The course of an award: opened, nominated for, judged, voted on, and decided with reasons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.calendars.clocks import clock_on
from cms.calendars.working_days import add_working_days
from participation.recognition import queries
from participation.recognition.models import (
    Award,
    AwardBallot,
    Commendation,
    Juror,
    JuryOpinion,
    Nomination,
)
from participation.recognition.notices import tell_of
from participation.recognition.permissions import (
    has_interest,
    require_decider,
    require_juror,
    require_keeper,
)
from participation.rectification.models import RectificationTask
from participation.rectification.periods import jurisdiction_of
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_confirmed, require_uninvolved
from participation.stakeholders.queries import Standing
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

Stage = Award.Stage
# The rule that says how long an award may be appealed against; where none is on record, the days below.
APPEAL_RULE, DAYS_TO_APPEAL = "R-appeal", 20
REASON = _("Please give the reasons: they are published.")


def _in_stage(award: Award, *stages: Award.Stage) -> Award:
    """The award, locked. Raises ``Closed`` where it stands in another stage today."""
    locked: Award = Award.objects.select_for_update().get(pk=award.pk)
    if locked.stage not in stages:
        raise Closed(_("The award is now in this stage: %(stage)s.") % {"stage": locked.stage.label})
    return locked


@transaction.atomic
def open_award(
    *,
    year: int,
    title: str,
    title_en: str = "",
    nominations_until: date,
    voting_until: date,
    acting_user: User,
    **rules: Any,
) -> Award:
    """Announce the award of a year. Its dates and rules (fields of ``Award``) do not change any more."""
    person = require_keeper(acting_user)
    title = typed_text(title, field="title", limit=120, missing=_("Please give the award a title."))
    if nominations_until < timezone.localdate():
        raise Invalid(_("The day lies in the past."), field="nominations_until")
    if voting_until <= nominations_until:
        raise Invalid(_("Votes close after nominations do."), field="voting_until")
    award = Award(
        year=year,
        title=title,
        title_en=title_en.strip(),
        nominations_until=nominations_until,
        voting_until=voting_until,
        opened_by=person,
        **rules,
    )
    try:
        with transaction.atomic(), acting(person):
            award.save()
    except IntegrityError:
        raise Conflict(_("There is an award for this year already."), field="year") from None
    append_leaf(
        LeafKind.AWARD_OPENED,
        award,
        public={
            "year": year,
            "nominations_until": nominations_until,
            "voting_until": voting_until,
            "jury_percent": award.jury_percent,
        },
        committed={"title": award.title},
    )
    return award


@transaction.atomic
def nominate_case(
    award: Award, task: RectificationTask, *, reason: str, standing: Standing, acting_user: User
) -> Nomination:
    """Propose a case that was verified as put right. It is public once a moderator has looked at its form."""
    person = require_confirmed(acting_user)
    reason = typed_text(reason, field="reason", limit=2000, missing=_("Please say why it deserves the award."))
    locked = _in_stage(award, Stage.NOMINATING)
    if task.status not in RectificationTask.PROVEN:
        raise Invalid(_("Only what was verified as put right can be nominated."), field="task")
    nomination = Nomination(
        award=locked,
        task=task,
        author=person,
        stakeholder_group=standing.group,
        organisation=standing.organisation,
        reason=reason,
    )
    try:
        with transaction.atomic(), acting(person):
            nomination.save()
    except IntegrityError:
        raise Conflict(_("This case is nominated already."), field="task") from None
    append_leaf(
        LeafKind.NOMINATION_HANDED_IN,
        nomination,
        public={"award": str(locked.row_id), "task": str(task.row_id), "stakeholder_group": standing.group},
        committed={"reason": reason},
    )
    return nomination


@transaction.atomic
def look_at_nomination(
    nomination: Nomination, *, is_admitted: bool, refusal: str = "", acting_user: User
) -> Nomination:
    """A moderator checks the form, never the merit: a refusal has a reason that its author reads."""
    person = require_keeper(acting_user)
    require_uninvolved(person, author_id=nomination.author_id, organisation=nomination.organisation)
    _in_stage(nomination.award, Stage.NOMINATING, Stage.VOTING)
    refusal = typed_text(refusal, field="refusal", limit=1000)
    if not is_admitted and not refusal:
        raise Invalid(_("Please give the reason: the author will read it."), field="refusal")
    locked = Nomination.objects.select_for_update(of=("self",)).select_related("award", "task").get(pk=nomination.pk)
    if locked.status != Nomination.Status.WAITING:
        raise Conflict(_("Another moderator has looked at this already."))
    locked.status = Nomination.Status.ADMITTED if is_admitted else Nomination.Status.REFUSED
    locked.refusal, locked.looked_at_by = "" if is_admitted else refusal, person
    with acting(person, reason=locked.refusal):
        locked.save()
    append_leaf(
        LeafKind.NOMINATION_ADMITTED if is_admitted else LeafKind.NOMINATION_REFUSED,
        locked,
        public={"award": str(locked.award.row_id)},
        committed={} if is_admitted else {"reason": locked.refusal},
    )
    if is_admitted:
        tell_of(locked.task, "nominated", url=locked.get_absolute_url(), acting_user=person, also=[locked.author])
    return locked


@transaction.atomic
def name_juror(award: Award, person: User, *, standing: str, standing_en: str = "", acting_user: User) -> Juror:
    """Name a member of the jury, who declares conflicts of interest before judging anything."""
    keeper = require_keeper(acting_user)
    standing = typed_text(standing, field="standing", limit=120, missing=_("Say as whom this person judges."))
    locked = _in_stage(award, Stage.NOMINATING, Stage.VOTING)
    juror = Juror(award=locked, person=person, standing=standing, standing_en=standing_en.strip(), named_by=keeper)
    try:
        with transaction.atomic(), acting(keeper):
            juror.save()
    except IntegrityError:
        raise Conflict(_("This person sits on the jury already."), field="person") from None
    append_leaf(
        LeafKind.JUROR_NAMED, juror, public={"award": str(locked.row_id)}, committed={"standing": juror.standing}
    )
    return juror


@transaction.atomic
def declare_interests(juror: Juror, *, conflicts: Collection[Nomination], acting_user: User) -> Juror:
    """Say in which cases one has an interest, or that there is none. One judges nothing before that.

    What is declared once stays: a case can be added later, none is taken back.
    """
    person = require_juror(acting_user, juror)
    award = _in_stage(juror.award, Stage.NOMINATING, Stage.VOTING, Stage.DECIDING)
    if any(nomination.award_id != award.pk for nomination in conflicts):
        raise Invalid(_("This case is not nominated for this award."), field="conflicts")
    locked: Juror = Juror.objects.select_for_update(of=("self",)).get(pk=juror.pk)
    locked.declared_at = timezone.now()
    opinions = {each.nomination_id: each for each in locked.opinions.select_for_update()}
    changed = []
    with acting(person):
        locked.save()
        for nomination in conflicts:
            opinion = opinions.get(nomination.pk) or JuryOpinion(juror=locked, nomination=nomination)
            opinion.has_conflict, opinion.score, opinion.reason = True, None, ""
            opinion.save()
            changed.append(opinion)
    append_leaf(
        LeafKind.JUROR_DECLARED,
        locked,
        public={"award": str(award.row_id), "conflicts": sorted(str(each.row_id) for each in conflicts)},
        committed={},
        also=changed,
    )
    return locked


@transaction.atomic
def judge_case(juror: Juror, nomination: Nomination, *, score: Decimal, reason: str, acting_user: User) -> JuryOpinion:
    """Score a case from 0 to 100 with the reason. It may be changed until the award is decided."""
    person = require_juror(acting_user, juror)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason for the score."))
    if not Decimal(0) <= score <= Decimal(100):
        raise Invalid(_("The score is a number from 0 to 100."), field="score")
    award = _in_stage(juror.award, Stage.VOTING, Stage.DECIDING)
    locked: Juror = Juror.objects.select_for_update(of=("self",)).get(pk=juror.pk)
    if nomination.award_id != award.pk or nomination.status != Nomination.Status.ADMITTED:
        raise Invalid(_("This case is not nominated for this award."))
    if locked.declared_at is None:
        raise NotAllowed(_("Declare first whether you have an interest in any of the cases."))
    opinion = locked.opinions.filter(nomination=nomination).first() or JuryOpinion(juror=locked, nomination=nomination)
    if opinion.has_conflict or has_interest(person, nomination):
        raise NotAllowed(_("You have an interest in this case, so you do not judge it."))
    opinion.score, opinion.reason, opinion.given_at = score, reason, timezone.now()
    with acting(person):
        opinion.save()
    append_leaf(
        LeafKind.CASE_JUDGED,
        opinion,
        public={"nomination": str(nomination.row_id), "score": str(score)},
        committed={"reason": reason},
    )
    return opinion


@transaction.atomic
def cast_vote(award: Award, *, nominations: Sequence[Nomination], standing: Standing, acting_user: User) -> AwardBallot:
    """Vote for every case that deserves the award; again replaces it. The group of the first vote stays."""
    person = require_confirmed(acting_user)
    locked = _in_stage(award, Stage.VOTING)
    chosen = {each.pk: each for each in nominations}
    if not chosen or any(
        each.award_id != locked.pk or each.status != Nomination.Status.ADMITTED for each in chosen.values()
    ):
        raise Invalid(_("Please choose among the cases that are nominated."), field="nominations")
    ballot, is_new = AwardBallot.objects.get_or_create(award=locked, person=person, defaults={"group": standing.group})
    if ballot.group != standing.group:
        message = _("You have voted for this group: %(group)s. One person votes in one group.")
        raise NotAllowed(message % {"group": ballot.get_group_display()})
    ballot.nominations.set(chosen.values())
    if not is_new:
        AwardBallot.objects.filter(pk=ballot.pk).update(cast_at=timezone.now())
    return ballot


@dataclass(frozen=True)
class Choice:
    """A case that is given the award, with the published reasons in Chinese and, where there are, in English."""

    nomination: Nomination
    reasons: str
    reasons_en: str = ""


def _last_day_to_appeal(today: date, jurisdiction: str) -> date:
    clock = clock_on(APPEAL_RULE, today, jurisdiction)
    return add_working_days(today, clock.days if clock and clock.days else DAYS_TO_APPEAL, jurisdiction)


@transaction.atomic
def decide_award(award: Award, *, choices: Sequence[Choice], decided_as: str, acting_user: User) -> list[Commendation]:
    """Give the award to ``choices``, the first place first. The count and the facts of this day are kept with it.

    Appeals are taken as long as the rules of the governments concerned say; of several, the latest day.
    Raises ``Invalid`` for a case that is not nominated or not eligible by the facts, and without reasons.
    """
    person = require_decider(acting_user, award)
    decided_as = typed_text(decided_as, field="decided_as", limit=120, missing=_("Say in whose name you decide."))
    locked = _in_stage(award, Stage.DECIDING)
    count = queries.count_for(locked)
    standings = {each.nomination.pk: each for each in queries.standings_of(locked)}
    if not choices or len({choice.nomination.pk for choice in choices}) < len(choices):
        raise Invalid(_("Please choose at least one case, each for one place."), field="choices")
    today = timezone.localdate()
    locked.decided_by, locked.decided_as, locked.decided_at = person, decided_as, timezone.now()
    places = {jurisdiction_of(choice.nomination.task.department) for choice in choices}
    locked.appeals_until = max(_last_day_to_appeal(today, place) for place in places)
    locked.result = count.as_json()
    kept: list[Nomination] = []
    given: list[Commendation] = []
    with acting(person):
        locked.save()
        for standing in standings.values():
            nomination = standing.nomination
            nomination.facts, nomination.is_eligible = standing.facts.as_json(), standing.is_eligible
            nomination.save()
            kept.append(nomination)
        for place, choice in enumerate(choices, start=1):
            found = standings.get(choice.nomination.pk)
            if found is None or not found.is_eligible:
                raise Invalid(_("A case that falls short by the facts is not given the award."), field="choices")
            reasons = typed_text(choice.reasons, field="reasons", limit=2000, missing=REASON)
            given.append(
                Commendation.objects.create(
                    nomination=found.nomination,
                    place=place,
                    reasons=reasons,
                    reasons_en=choice.reasons_en.strip()[:2000],
                    decided_at=locked.decided_at,
                )
            )
    append_leaf(
        LeafKind.AWARD_DECIDED,
        locked,
        public={"year": locked.year, "given": [str(each.nomination.row_id) for each in given]},
        committed={"result": canonical(locked.result or {}), "decided_as": decided_as},
        also=kept,
    )
    for commendation in given:
        append_leaf(
            LeafKind.COMMENDATION_GIVEN,
            commendation,
            public={"award": str(locked.row_id), "place": commendation.place},
            committed={"reasons": commendation.reasons},
        )
        nomination = commendation.nomination
        url = commendation.get_absolute_url()
        tell_of(nomination.task, "commended", url=url, acting_user=person, also=[nomination.author])
    return given
