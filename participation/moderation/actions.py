"""What is done about what was said: reported, hidden, shown, looked at by a second person, appealed against.

Nothing is ever destroyed. Whoever decides has nothing to do with it, and nobody decides twice in the same matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation
from participation.consultations.stages import Deed, require
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.moderation import items
from participation.moderation.house_rules import RuleDefinition, says_the_same, supplied_rules
from participation.moderation.models import Appeal, Decision, HouseRule, Item, Report
from participation.moderation.permissions import (
    require_author,
    require_judge,
    require_judge_of_appeal,
    require_rule_maker,
    require_second_judge,
)
from participation.moderation.queries import latest_hiding
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

TOO_SOON = _("Please give the reason: the author will read it.")
MOST_HOURS = 14 * 24


def _locked(item: Item) -> Any:
    """The thing itself is the lock of all that is decided about it."""
    manager: Any = type(item)._default_manager
    return manager.select_for_update(of=("self",)).get(pk=item.pk)


@transaction.atomic
def publish_house_rule(definition: RuleDefinition, *, acting_user: User | None) -> HouseRule:
    """Put a rule in force from its day on; the one of the same number before it ends the day before.

    From the command line ``acting_user`` is None. Publishing the same again changes nothing.
    """
    if acting_user is not None:
        require_rule_maker(acting_user)
        if definition.valid_from < timezone.localdate():
            raise Invalid(_("A rule holds from today on at the earliest."), field="valid_from")
    earlier = list(HouseRule.objects.select_for_update().filter(number=definition.number).order_by("valid_from"))
    known = next((rule for rule in earlier if rule.valid_from == definition.valid_from), None)
    if known is not None:
        if not says_the_same(known, definition):
            raise Conflict(_("This rule says something else from that day on. A changed rule needs a later day."))
        return known
    if earlier and definition.valid_from < earlier[-1].valid_from:
        raise Invalid(_("A rule begins after the one that it replaces."), field="valid_from")
    rule = HouseRule(**vars(definition))
    with acting(acting_user):
        rule.save()
        ended = earlier[-1:]
        for before in ended:
            if before.valid_until is None:
                before.valid_until = definition.valid_from - timedelta(days=1)
                before.save()
    append_leaf(
        LeafKind.HOUSE_RULE_PUBLISHED,
        rule,
        public={"number": rule.number, "valid_from": rule.valid_from},
        committed={name: getattr(rule, name) for name in HouseRule.public_texts},
        also=ended,
    )
    return rule


@transaction.atomic
def adopt_supplied_rules(*, acting_user: User) -> list[HouseRule]:
    """Put the set that comes with the portal in force from today on, where there has been no rule yet."""
    administrator = require_rule_maker(acting_user)
    if HouseRule.objects.exists():
        raise Conflict(_("There are house rules already. Others are put in force one by one."))
    today = timezone.localdate()
    return [
        publish_house_rule(replace(definition, valid_from=today), acting_user=administrator)
        for definition in supplied_rules()
    ]


@transaction.atomic
def look_first(consultation: Consultation, *, hours: int | None, reason: str, acting_user: User) -> Consultation:
    """From now on hold what is handed in until a moderator has looked at it, within ``hours``; None: show it at once.

    What is held already stays so until somebody has looked at it.
    """
    moderator = require(acting_user, Deed.MODERATE, consultation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason: it is public."))
    if hours is not None and not 1 <= hours <= MOST_HOURS:
        raise Invalid(_("Between 1 hour and %(most)d hours.") % {"most": MOST_HOURS}, field="hours")
    locked = Consultation.objects.select_for_update().get(pk=consultation.pk)
    if locked.look_within_hours == hours:
        raise Conflict
    locked.look_within_hours = hours
    with acting(moderator, reason=reason):
        locked.save()
    append_leaf(LeafKind.CONSULTATION_LOOKED_AT_FIRST, locked, public={"hours": hours}, committed={"reason": reason})
    return locked


@transaction.atomic
def report_item(item: Item, *, reason: str, words: str = "", acting_user: User) -> Report:
    """Report something that was said. One a person and thing; nobody reports themselves."""
    person = require_person(acting_user)
    if reason not in Report.Reason.values:
        raise Invalid(_("Please choose what is wrong with it."), field="reason")
    words = typed_text(words, field="words", limit=1000)
    if reason == Report.Reason.OTHER and not words:
        raise Invalid(_("Please say in your own words what is wrong with it."), field="words")
    locked = _locked(item)
    if items.author_of(locked).pk == person.pk:
        raise NotAllowed(_("These are your own words. There is nothing to report."))
    if Report.objects.filter(**{items.kind_of(locked): locked}, reporter=person).exists():
        raise Conflict(_("You have reported this already. A moderator looks at it."))
    report = Report(**{items.kind_of(locked): locked}, reporter=person, reason=reason, words=words)
    with acting(person):
        report.save()
    append_leaf(LeafKind.REPORT_FILED, report, public={}, committed={"about": str(locked.row_id), "words": words})
    return report


@transaction.atomic
def hide_item(item: Item, *, rule: HouseRule, reason: str, acting_user: User) -> Decision:
    """Take something out of public view under a house rule. Replies to it stay where they are.

    Raises ``Conflict`` where it is hidden already, ``Invalid`` for a rule that is not in force.
    """
    moderator = require_judge(acting_user, item)
    reason = typed_text(reason, field="reason", limit=1000, missing=TOO_SOON)
    if not HouseRule.objects.in_force().filter(pk=rule.pk).exists():
        raise Invalid(_("That rule is not in force."), field="rule")
    locked = _locked(item)
    if locked.is_hidden and not locked.is_held:
        raise Conflict(_("Another moderator has hidden this already."))
    items.hide(locked, rule=rule, reason=reason, acting_user=moderator)
    decision = _decide(locked, Decision.Deed.HIDE, moderator, reason=reason, rule=rule)
    _tell_author(decision, locked, "hidden", moderator)
    return decision


@transaction.atomic
def show_item(item: Item, *, reason: str, acting_user: User) -> Decision:
    """Show something again that was hidden, or for the first time what was held until somebody had looked at it."""
    moderator = require_judge(acting_user, item)
    locked = _locked(item)
    is_held = locked.is_held
    reason = typed_text(reason, field="reason", limit=1000, missing=None if is_held else TOO_SOON)
    reason = reason or str(_("Looked at."))
    items.show(locked, reason=reason, acting_user=moderator)
    decision = _decide(locked, Decision.Deed.RELEASE if is_held else Decision.Deed.RESTORE, moderator, reason=reason)
    _tell_author(decision, locked, "released" if is_held else "restored", moderator)
    return decision


@transaction.atomic
def keep_item(item: Item, *, reason: str, acting_user: User) -> Decision:
    """Leave something as it is that was reported, with a reason for those who reported it."""
    moderator = require_judge(acting_user, item)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = _locked(item)
    if not _waiting_reports(locked):
        raise Conflict(_("There is no report on this that waits."))
    return _decide(locked, Decision.Deed.KEEP, moderator, reason=reason)


def _waiting_reports(item: Item) -> list[Report]:
    return list(Report.objects.waiting().filter(**{items.kind_of(item): item}))


def _decide(
    item: Item, deed: Decision.Deed, moderator: User, *, reason: str, rule: HouseRule | None = None
) -> Decision:
    decision = Decision(**{items.kind_of(item): item}, deed=deed, rule=rule, reason=reason, decided_by=moderator)
    reports: Sequence[Report] = _waiting_reports(item)
    with acting(moderator, reason=reason):
        decision.save()
        for report in reports:
            report.settled_by = decision
            report.save()
    append_leaf(
        LeafKind.DECISION_MADE,
        decision,
        public={"deed": deed, "rule": str(rule.row_id) if rule else None},
        committed={"reason": reason, "about": str(item.row_id)},
        also=reports,
    )
    return decision


def _tell_author(decision: Decision, item: Item, step: str, moderator: User, *, kind: Kind = Kind.MODERATED) -> None:
    announce(
        kind,
        item,
        to=items.author_of(item),
        words={"step": step},
        url=decision.get_absolute_url(),
        acting_user=moderator,
    )


@transaction.atomic
def review_decision(decision: Decision, *, outcome: str, reason: str, acting_user: User) -> Decision:
    """A second moderator looks at what was hidden: confirms it, or shows it again. Never whoever hid it."""
    moderator = require_second_judge(acting_user, decision)
    if outcome not in Decision.Review.values:
        raise Invalid(_("Please choose: confirmed or overturned."), field="outcome")
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    item = _locked(decision.item)
    locked = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
    if not locked.awaits_review:
        raise Conflict(_("A second moderator has looked at this already."))
    locked.review, locked.review_reason = outcome, reason
    locked.reviewed_by, locked.reviewed_at = moderator, timezone.now()
    with acting(moderator, reason=reason):
        locked.save()
    append_leaf(LeafKind.DECISION_REVIEWED, locked, public={"outcome": outcome}, committed={"reason": reason})
    if outcome == Decision.Review.OVERTURNED and item.is_hidden:
        items.show(item, reason=reason, acting_user=moderator)
    _tell_author(locked, item, "confirmed" if outcome == Decision.Review.CONFIRMED else "restored", moderator)
    return locked


@transaction.atomic
def lodge_appeal(decision: Decision, *, words: str, acting_user: User) -> Appeal:
    """The author says why it should be shown. Once for each time that something was hidden."""
    author = require_author(acting_user, decision.item)
    words = typed_text(words, field="words", limit=2000, missing=_("Please write why it should be shown."))
    item = _locked(decision.item)
    if decision.deed != Decision.Deed.HIDE or not item.is_hidden:
        raise Conflict(_("This is public already."))
    if Appeal.objects.filter(decision=decision).exists():
        raise Conflict(_("You have appealed against this decision already. There is one appeal."))
    if latest_hiding(item) != decision:
        raise Conflict(_("It has been hidden anew since. Appeal against the latest decision."))
    appeal = Appeal(decision=decision, author=author, words=words)
    with acting(author):
        appeal.save()
    append_leaf(LeafKind.APPEAL_LODGED, appeal, public={"decision": str(decision.row_id)}, committed={"words": words})
    return appeal


@transaction.atomic
def decide_appeal(appeal: Appeal, *, outcome: str, reason: str, acting_user: User) -> Appeal:
    """Decided once, with a reason, by a moderator who neither hid it nor confirmed that."""
    moderator = require_judge_of_appeal(acting_user, appeal)
    if outcome not in Appeal.Outcome.values:
        raise Invalid(_("Please choose what becomes of it."), field="outcome")
    reason = typed_text(reason, field="reason", limit=1000, missing=TOO_SOON)
    item = _locked(appeal.decision.item)
    locked = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    if locked.outcome:
        raise Conflict(_("This appeal has been decided already."))
    locked.outcome, locked.reason = outcome, reason
    locked.decided_by, locked.decided_at = moderator, timezone.now()
    with acting(moderator, reason=reason):
        locked.save()
    append_leaf(LeafKind.APPEAL_DECIDED, locked, public={"outcome": outcome}, committed={"reason": reason})
    is_granted = outcome == Appeal.Outcome.GRANTED
    if is_granted and item.is_hidden:
        items.show(item, reason=reason, acting_user=moderator)
    _tell_author(appeal.decision, item, "upheld" if is_granted else "rejected", moderator, kind=Kind.APPEAL)
    return locked
