"""Appeals against commendations: lodged by anybody, decided by somebody who had no part in the award."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.recognition.actions import REASON
from participation.recognition.models import AwardAppeal, Commendation
from participation.recognition.notices import tell_of
from participation.recognition.permissions import require_judge_of_award_appeal
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_confirmed
from portal.errors import Closed, Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@transaction.atomic
def lodge_award_appeal(commendation: Commendation, *, words: str, acting_user: User) -> AwardAppeal:
    """Say what speaks against a commendation: once a person, until the day that the award names."""
    person = require_confirmed(acting_user)
    words = typed_text(words, field="words", limit=2000, missing=_("Please say what speaks against it."))
    locked = (
        Commendation.objects.select_for_update(of=("self",)).select_related("nomination__award").get(pk=commendation.pk)
    )
    until = locked.nomination.award.appeals_until
    if locked.withdrawn_at is not None or until is None or timezone.localdate() > until:
        raise Closed(_("The time for appeals is over."))
    if locked.appeals.filter(author=person).exists():
        raise Conflict(_("You have appealed against this already."))
    with acting(person):
        appeal = AwardAppeal.objects.create(commendation=locked, author=person, words=words)
    append_leaf(
        LeafKind.AWARD_APPEAL_LODGED,
        appeal,
        public={"commendation": str(locked.row_id)},
        committed={"words": words},
    )
    return appeal


@transaction.atomic
def decide_award_appeal(appeal: AwardAppeal, *, outcome: str, reason: str, acting_user: User) -> AwardAppeal:
    """Uphold an appeal, which withdraws the commendation, or reject it. The reason is published."""
    person = require_judge_of_award_appeal(acting_user, appeal)
    reason = typed_text(reason, field="reason", limit=1000, missing=REASON)
    if outcome not in AwardAppeal.Outcome.values:
        raise Invalid(_("Please choose."), field="outcome")
    commendation = (
        Commendation.objects.select_for_update(of=("self",))
        .select_related("nomination__task__officer", "nomination__author")
        .get(pk=appeal.commendation_id)
    )
    locked: AwardAppeal = AwardAppeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    if locked.outcome:
        raise Conflict(_("This appeal is decided already."))
    locked.outcome, locked.reason, locked.decided_by, locked.decided_at = outcome, reason, person, timezone.now()
    changed = []
    with acting(person, reason=reason):
        locked.save()
        if outcome == AwardAppeal.Outcome.UPHELD and commendation.withdrawn_at is None:
            commendation.withdrawn_at = locked.decided_at
            commendation.save()
            changed.append(commendation)
    append_leaf(
        LeafKind.AWARD_APPEAL_DECIDED,
        locked,
        public={"commendation": str(commendation.row_id), "outcome": outcome},
        committed={"reason": reason},
        also=changed,
    )
    if changed:
        task = commendation.nomination.task
        tell_of(task, "withdrawn", url=commendation.get_absolute_url(), acting_user=person, also=[locked.author])
    return locked
