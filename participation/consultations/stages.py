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

from participation.consultations.models import Consultation, Stage, WayIn
from participation.stakeholders.models import Role, StakeholderGroup, User
from participation.stakeholders.permissions import require_confirmed, require_role
from participation.stakeholders.queries import Standing, standings_of
from portal.errors import Closed, GongzhiError, NotAllowed


class Deed(models.TextChoices):
    """What can be done within a consultation."""

    GIVE_FEEDBACK = "give_feedback", _("Give feedback")
    POST_MESSAGE = "post_message", _("Join the discussion")
    SUBMIT_EVALUATION = "submit_evaluation", _("Submit an evaluation")
    MODERATE = "moderate", _("Moderate")
    ANSWER = "answer", _("Answer")
    FOLLOW_UP = "follow_up", _("Follow up what was promised")


WAY_OF_DEED = {
    Deed.GIVE_FEEDBACK: WayIn.Way.FEEDBACK,
    Deed.POST_MESSAGE: WayIn.Way.DISCUSSION,
    Deed.SUBMIT_EVALUATION: WayIn.Way.EVALUATION,
}
STAGES_OF_DEED: dict[Deed, frozenset[str]] = {
    Deed.GIVE_FEEDBACK: frozenset({Stage.Kind.OPEN}),
    Deed.POST_MESSAGE: frozenset({Stage.Kind.OPEN}),
    Deed.SUBMIT_EVALUATION: frozenset({Stage.Kind.OPEN}),
    Deed.MODERATE: frozenset(Stage.Kind),
    Deed.ANSWER: frozenset({Stage.Kind.OPEN, Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP}),
    # A promise is kept to its end, even where the consultation has closed.
    Deed.FOLLOW_UP: frozenset({Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP, Stage.Kind.CLOSED})
    | {Stage.Kind.OPEN},
}
OFFICIAL_DEEDS = frozenset({Deed.MODERATE, Deed.ANSWER})
ORGANISATION_DEEDS = frozenset({Deed.SUBMIT_EVALUATION})


def current_stage(consultation: Consultation, now: datetime | None = None) -> Stage | None:
    """The stage that started last and has not ended; None before the announcement or between stages."""
    now = now or timezone.now()
    started = [stage for stage in consultation.stages.all() if stage.starts_at <= now]
    if not started:
        return None
    latest = max(started, key=lambda stage: stage.starts_at)
    return None if latest.ends_at is not None and latest.ends_at <= now else latest


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
        return require_confirmed(user)
    if deed in OFFICIAL_DEEDS:
        return require_role(user, Role.MODERATOR)
    return require_confirmed(user)


def _require_stage(deed: Deed, consultation: Consultation, now: datetime) -> None:
    stage = current_stage(consultation, now)
    if stage is not None and stage.kind in STAGES_OF_DEED[deed]:
        return
    opening = [
        coming for coming in consultation.stages.all() if coming.kind in STAGES_OF_DEED[deed] and coming.starts_at > now
    ]
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
        allowed = speaking
    if allowed:
        return Offer(Verdict(), tuple(allowed))
    # The reason that concerns the side nearest to being let in, such as an address that is not confirmed yet.
    way = WAY_OF_DEED.get(deed)
    open_to = {row.group for row in consultation.ways_in.all() if row.way == way}
    nearest = next((standing for standing in own if standing.group in open_to), own[0])
    return Offer(may(user, deed, consultation, group=nearest.group))
