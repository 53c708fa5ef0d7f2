"""The only answer to "may this be done now, by whom, and if not, why not?".

Pages, the API, sockets, commands and tests all ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Programme
from participation.consultations.models import Consultation, Stage, WayIn
from participation.stakeholders.levels.queries import Level, require_level
from participation.stakeholders.models import Role, StakeholderGroup, User
from participation.stakeholders.permissions import require_confirmed, require_person, require_right
from participation.stakeholders.queries import Standing, standings_of
from participation.stakeholders.sides import require_side
from portal.charter.matrix import MATRIX, Act
from portal.errors import Closed, GongzhiError, NotAllowed


class Deed(models.TextChoices):
    """What can be done within a consultation."""

    GIVE_FEEDBACK = "give_feedback", _("Give feedback")
    POST_MESSAGE = "post_message", _("Join the discussion")
    SUBMIT_EVALUATION = "submit_evaluation", _("Submit an evaluation")
    MODERATE = "moderate", _("Moderate")
    ANSWER = "answer", _("Answer")
    FOLLOW_UP = "follow_up", _("Follow up what was promised")
    REACT = "react", _("React to a line")
    SPEAK_ON_TASK = "speak_on_task", _("Speak about what was promised")
    MERGE = "merge", _("Bring together what says the same")
    EXTEND_ANSWER = "extend_answer", _("Take longer for an answer")
    CHANGE_DATES = "change_dates", _("Change the dates")
    PUBLISH_OUTCOME = "publish_outcome", _("Publish the outcome")
    CLOSE = "close", _("Close the consultation")
    RATE_OPTIONS = "rate_options", _("Rate the options of a decision")
    VOTE_ON_STATEMENTS = "vote_on_statements", _("Take part in an opinion map")
    PROPOSE_PROJECT = "propose_project", _("Propose a project")
    VOTE_ON_PROJECTS = "vote_on_projects", _("Vote on projects")


WAY_OF_DEED = {
    Deed.GIVE_FEEDBACK: WayIn.Way.FEEDBACK,
    Deed.POST_MESSAGE: WayIn.Way.DISCUSSION,
    Deed.SUBMIT_EVALUATION: WayIn.Way.EVALUATION,
    Deed.REACT: WayIn.Way.FEEDBACK,
    Deed.SPEAK_ON_TASK: WayIn.Way.FEEDBACK,
    Deed.RATE_OPTIONS: WayIn.Way.DECISION,
    Deed.VOTE_ON_STATEMENTS: WayIn.Way.OPINION_MAP,
    Deed.PROPOSE_PROJECT: WayIn.Way.ALLOCATION,
    Deed.VOTE_ON_PROJECTS: WayIn.Way.ALLOCATION,
}
# What the charter calls each deed; what was promised is worked on and verified in the same stages.
ACT_OF_DEED = {deed: Act.WORK_ON_TASK if deed == Deed.FOLLOW_UP else Act(deed.value) for deed in Deed}
STAGES_OF_DEED = {deed: MATRIX[act].stages or frozenset() for deed, act in ACT_OF_DEED.items()}
OFFICIAL_DEEDS = frozenset({Deed.MODERATE, Deed.ANSWER, Deed.MERGE})
# Done by a moderator, or by an officer of the department that the consultation is about.
KEEPING_DEEDS = frozenset({Deed.EXTEND_ANSWER, Deed.CHANGE_DATES, Deed.PUBLISH_OUTCOME, Deed.CLOSE})
ORGANISATION_DEEDS = frozenset({Deed.SUBMIT_EVALUATION})
ACCREDITED_ONLY = _(
    "This consultation takes evaluations of accredited third-party evaluators only. Owners of an organisation hand in "
    "the proof of its qualification with its papers."
)


def current_stage(consultation: Consultation, now: datetime | None = None) -> Stage | None:
    """The stage that started last and has not ended; None before the announcement or between stages.

    Without an outcome nothing closes: the stage before goes on until it is published.
    """
    now = now or timezone.now()
    is_kept_open = is_forgotten(consultation, now)
    started = [
        stage
        for stage in consultation.stages.all()
        if stage.starts_at <= now and not (is_kept_open and stage.kind == Stage.Kind.CLOSED)
    ]
    if not started:
        return None
    latest = max(started, key=lambda stage: stage.starts_at)
    return None if latest.ends_at is not None and latest.ends_at <= now and not is_kept_open else latest


def is_forgotten(consultation: Consultation, now: datetime | None = None) -> bool:
    """Whether it should have closed by its dates, and nobody has said what came of it."""
    if consultation.outcome_at is not None:
        return False
    now = now or timezone.now()
    return any(stage.kind == Stage.Kind.CLOSED and stage.starts_at <= now for stage in consultation.stages.all())


def next_stage(consultation: Consultation, now: datetime | None = None) -> Stage | None:
    now = now or timezone.now()
    coming = [stage for stage in consultation.stages.all() if stage.starts_at > now]
    return min(coming, key=lambda stage: stage.starts_at) if coming else None


@dataclass(frozen=True)
class Verdict:
    """Whether a deed may be done now; if not, ``error`` says why and what would help."""

    error: GongzhiError | None = None

    @property
    def allowed(self) -> bool:
        return self.error is None

    @property
    def reason(self) -> str:
        return "" if self.error is None else str(self.error.message)


def may(
    user: User | AnonymousUser | None,
    deed: Deed,
    consultation: Consultation,
    *,
    group: StakeholderGroup = StakeholderGroup.CITIZEN,
    now: datetime | None = None,
) -> Verdict:
    """Whether ``user``, speaking for ``group``, may do ``deed`` in ``consultation`` at ``now``."""
    try:
        require(user, deed, consultation, group=group, now=now)
    except GongzhiError as error:
        return Verdict(error)
    return Verdict()


def require(
    user: User | AnonymousUser | None,
    deed: Deed,
    consultation: Consultation,
    *,
    group: StakeholderGroup = StakeholderGroup.CITIZEN,
    now: datetime | None = None,
) -> User:
    """As ``may``, but returns the person or raises the reason. The stage comes first: it is what a visitor asks."""
    _require_stage(deed, consultation, now or timezone.now())
    way = WAY_OF_DEED.get(deed)
    if way is not None:
        _require_way(way, consultation, group)
        person = require_confirmed(user)
        if group == StakeholderGroup.CITIZEN and consultation.required_level > Level.EMAIL:
            require_level(person, Level(consultation.required_level))
        require_side(person, consultation, group)
        return person
    if deed in OFFICIAL_DEEDS:
        return require_right(user, ACT_OF_DEED[deed])
    if deed in KEEPING_DEEDS:
        return require_keeper(user, consultation.department, consultation.programme)
    return require_confirmed(user)


def require_keeper(
    user: User | AnonymousUser | None, department: Department | None, programme: Programme | None
) -> User:
    """A moderator, or an officer of the department that is asked about."""
    person = require_person(user)
    if person.has_role(Role.MODERATOR):
        return person
    concerned = department.pk if department else programme.department_id if programme else None
    if concerned is None or not person.has_role(Role.OFFICER):
        raise NotAllowed
    if not person.appointments.current().filter(role=Role.OFFICER, department=concerned).exists():
        raise NotAllowed
    return person


def may_evaluate(standing: Standing, consultation: Consultation) -> bool:
    """Whether the organisation is one whose evaluations this consultation takes."""
    if standing.organisation is None:
        return False
    return standing.organisation.is_accredited or not consultation.accredited_only


def may_keep(user: User | AnonymousUser, consultation: Consultation) -> bool:
    """Whether ``user`` looks after the consultation, whatever its stage allows now."""
    try:
        require_keeper(user, consultation.department, consultation.programme)
    except GongzhiError:
        return False
    return True


def _require_stage(deed: Deed, consultation: Consultation, now: datetime) -> None:
    stage = current_stage(consultation, now)
    if stage is not None and stage.kind in STAGES_OF_DEED[deed]:
        return
    opening = [
        coming for coming in consultation.stages.all() if coming.kind in STAGES_OF_DEED[deed] and coming.starts_at > now
    ]
    if deed in (Deed.PUBLISH_OUTCOME, Deed.CLOSE) and not opening:
        if stage is not None and stage.kind != Stage.Kind.CLOSED:
            raise Closed(_("The dates of this consultation do not provide for that."))
        raise Closed(_("This consultation is closed. Its outcome stands as it was published."))
    if opening:
        day = date_format(timezone.localtime(min(coming.starts_at for coming in opening)), "DATE_FORMAT")
        raise Closed(_("This opens on %(day)s.") % {"day": day})
    raise Closed(_("This consultation no longer takes input. You can still read it and follow what becomes of it."))


def _require_way(way: WayIn.Way, consultation: Consultation, group: StakeholderGroup) -> None:
    open_to = [row.group for row in consultation.ways_in.all() if row.way == way]
    if group in open_to:
        return
    if not open_to:
        raise Closed(_("This consultation does not use this way of taking part."))
    names = _(", ").join(str(StakeholderGroup(name).label) for name in open_to)
    raise NotAllowed(_("This way of taking part is open to: %(groups)s.") % {"groups": names})


@dataclass(frozen=True)
class Offer:
    """For which sides somebody may do a deed now. With none, ``verdict`` says why not and what would help."""

    verdict: Verdict
    standings: tuple[Standing, ...] = ()


def offer(user: User | AnonymousUser, deed: Deed, consultation: Consultation) -> Offer:
    """What a form for ``deed`` can offer ``user``: whoever signs in speaks as a citizen at least."""
    if not isinstance(user, User):
        return Offer(may(user, deed, consultation))
    own = standings_of(user)
    allowed = [standing for standing in own if may(user, deed, consultation, group=standing.group).allowed]
    if deed in ORGANISATION_DEEDS:
        speaking = [standing for standing in allowed if standing.organisation]
        if allowed and not speaking:
            return Offer(
                Verdict(
                    NotAllowed(
                        _("An evaluation is given by an organisation. Ask its owner for a mandate to act for it.")
                    )
                )
            )
        allowed = [standing for standing in speaking if may_evaluate(standing, consultation)]
        if speaking and not allowed:
            return Offer(Verdict(NotAllowed(ACCREDITED_ONLY)))
    if allowed:
        return Offer(Verdict(), tuple(allowed))
    # The reason that concerns the side nearest to being let in, such as an address that is not confirmed yet.
    way = WAY_OF_DEED.get(deed)
    open_to = {row.group for row in consultation.ways_in.all() if row.way == way}
    nearest = next((standing for standing in own if standing.group in open_to), own[0])
    return Offer(may(user, deed, consultation, group=nearest.group))
