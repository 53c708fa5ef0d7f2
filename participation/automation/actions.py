"""Rules put in force, stopped and started; what they do; and what people decide on what they propose."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.automation.causes import Cause, new_causes, people_with
from participation.automation.models import AutomationDeed, AutomationRule, AutomationRun
from participation.automation.options import checked_options
from participation.automation.permissions import (
    require_may_decide,
    require_may_dismiss,
    require_may_set_rules,
    require_may_stop_rules,
)
from participation.automation.queries import source_of
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.rectification.actions import open_task_from
from participation.rectification.ladder.sweep import sweep
from participation.rectification.models import Finding, RectificationTask
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

logger = logging.getLogger(__name__)

Does, State = AutomationRule.Does, AutomationDeed.State
PARAGRAPH_MAX_CHARS = 4000
SOURCES: dict[str, Finding.Source] = {Does.CHECK_TASK: Finding.Source.CHECK, Does.ALERT_TASK: Finding.Source.MONITORING}
TELLING_WHY = _("Please give the reason: it is public.")


# Rules ------------------------------------------------------------------------------------------------


@transaction.atomic
def set_rule(does: str, *, options: Mapping[str, int], valid_from: date, acting_user: User | None) -> AutomationRule:
    """Put a rule in force from a day on; the one that did the same before ends the day before.

    Saying the same again changes nothing. Raises ``Invalid`` for options that do not fit, or a day that has passed
    where a rule is replaced: what was done was done by the rule of its day.
    """
    person = require_may_set_rules(acting_user)
    values = checked_options(does, options)
    earlier = list(AutomationRule.objects.select_for_update().filter(does=does).order_by("valid_from"))
    last = earlier[-1] if earlier else None
    if last is not None and last.options == values and last.valid_until is None:
        return last
    if person is not None and valid_from < timezone.localdate():
        raise Invalid(_("A rule holds from today on at the earliest."), field="valid_from")
    if last is not None and valid_from <= last.valid_from:
        raise Invalid(_("A rule begins after the one that it replaces."), field="valid_from")
    rule = AutomationRule(does=does, options=values, valid_from=valid_from)
    ended = [last] if last is not None and last.valid_until is None else []
    with acting(person):
        rule.save()
        for before in ended:
            before.valid_until = valid_from - timedelta(days=1)
            before.save()
    append_leaf(
        LeafKind.AUTOMATION_RULE_SET,
        rule,
        public={"does": does, "valid_from": valid_from, "options": {name: str(n) for name, n in values.items()}},
        committed={},
        also=ended,
    )
    return rule


@transaction.atomic
def stop_rule(rule: AutomationRule, *, reason: str, acting_user: User) -> AutomationRule:
    """Nothing is done by the rule any more until somebody starts it again; what it did stays."""
    person = require_may_stop_rules(acting_user)
    reason = typed_text(reason, field="reason", limit=1000, missing=TELLING_WHY)
    locked = AutomationRule.objects.select_for_update().get(pk=rule.pk)
    if locked.is_stopped:
        raise Conflict(_("This rule is stopped already."))
    locked.stopped_at, locked.stopped_by, locked.stop_reason = timezone.now(), person, reason
    with acting(person, reason=reason):
        locked.save()
    append_leaf(
        LeafKind.AUTOMATION_RULE_STOPPED, locked, public={"does": locked.does}, committed={"stop_reason": reason}
    )
    return locked


@transaction.atomic
def start_rule(rule: AutomationRule, *, reason: str, acting_user: User) -> AutomationRule:
    """Start a stopped rule again."""
    person = require_may_stop_rules(acting_user)
    reason = typed_text(reason, field="reason", limit=1000, missing=TELLING_WHY)
    locked = AutomationRule.objects.select_for_update().get(pk=rule.pk)
    if not locked.is_stopped:
        raise Conflict(_("This rule is not stopped."))
    locked.stopped_at, locked.stopped_by, locked.stop_reason = None, None, ""
    with acting(person, reason=reason):
        locked.save()
    append_leaf(LeafKind.AUTOMATION_RULE_STARTED, locked, public={"does": locked.does}, committed={"reason": reason})
    return locked


# What a rule does -------------------------------------------------------------------------------------


@transaction.atomic
def run_rule(rule: AutomationRule, *, acting_user: User | None, today: date | None = None) -> AutomationRun | None:
    """Do what the rule finds, each thing once. None where it is stopped, not in force, or finds nothing new.

    ``acting_user`` is None for the clock and the command line; a person who asks for it needs the right to stop rules.
    One thing that fails does not keep the rule from doing the others: it is counted, and tried again next time.
    """
    person = require_may_stop_rules(acting_user) if acting_user is not None else None
    today = today or timezone.localdate()
    # Two who run it at once follow one another, and the second finds nothing new.
    locked = AutomationRule.objects.select_for_update().get(pk=rule.pk)
    if locked.is_stopped or not AutomationRule.objects.in_force(today).filter(pk=locked.pk).exists():
        if person is not None:
            raise Conflict(_("This rule is stopped, or not in force today."))
        return None
    causes = new_causes(locked, today)
    AutomationRule.objects.filter(pk=locked.pk).update(looked_at=timezone.now())
    if not causes:
        return None
    run = AutomationRun.objects.create(rule=locked, asked_by=person, found=len(causes))
    for cause in causes:
        try:
            with transaction.atomic(), acting(person):
                _do(locked, run, cause, acting_user=person)
            run.done += 1
        except IntegrityError:
            logger.info("automation: %s was done at the same moment by somebody else", cause.key)
        except Exception:
            logger.exception("automation: %s failed for %s", locked.does, cause.key)
            run.failed += 1
    run.save(update_fields=["done", "failed"])
    if locked.does == Does.ESCALATE:
        sweep(today)
    return run


def _do(rule: AutomationRule, run: AutomationRun, cause: Cause, *, acting_user: User | None) -> AutomationDeed:
    deed = AutomationDeed(
        rule=rule,
        run=run,
        does=rule.does,
        cause=cause.key,
        state=State.WAITING if cause.is_decided_by_people else State.DONE,
        found=cause.found,
        department=cause.department,
        programme=cause.programme,
        release=cause.release,
        task=cause.task,
        text=cause.text,
        text_en=cause.text_en,
    )
    deed.save()
    append_leaf(
        LeafKind.AUTOMATION_ACTED,
        deed,
        public={"does": deed.does, "state": deed.state, "rule": str(rule.row_id)},
        committed={"cause": deed.cause, "text": deed.text},
    )
    _tell(deed, cause, acting_user=acting_user)
    return deed


def _tell(deed: AutomationDeed, cause: Cause, *, acting_user: User | None) -> None:
    about = cause.task or cause.programme or cause.department
    if about is None or cause.by_ladder:
        return
    if cause.notice is not None and cause.task is not None:
        step, day = cause.notice
        words = {"step": step, "on": day.isoformat()}
        # The same key as the room of tasks uses itself: nobody is reminded twice of the same day.
        announce(Kind.DEADLINE, about, to=cause.people, words=words, key=f"{step} {day}", acting_user=acting_user)
        return
    people = cause.people or people_with(DECIDERS[deed.does](deed))
    step = "waiting" if cause.notice else ""
    url = deed.get_absolute_url() if not cause.notice else ""
    words = {"step": step}
    announce(Kind.PROPOSAL, about, to=people, words=words, url=url, key=deed.cause, acting_user=acting_user)


def _task_deciders(deed: AutomationDeed) -> Q:
    return Q(role=Role.OFFICER, department=deed.department_id)


DECIDERS: dict[str, Callable[[AutomationDeed], Q]] = {
    Does.CHECK_TASK: _task_deciders,
    Does.ALERT_TASK: _task_deciders,
    Does.FUNNEL: lambda deed: Q(role=Role.EDITOR),
    Does.EVALUATION: lambda deed: Q(role__in=(Role.MODERATOR, Role.REVIEWER)),
}


# What people decide -----------------------------------------------------------------------------------


def _locked_waiting(deed: AutomationDeed) -> AutomationDeed:
    locked: AutomationDeed = AutomationDeed.objects.select_for_update(of=("self",)).get(pk=deed.pk)
    if locked.state != State.WAITING:
        raise Conflict(_("Somebody has decided on this already. Reload to see how."))
    return locked


def _decide(deed: AutomationDeed, state: str, *, reason: str, acting_user: User, **values: Any) -> AutomationDeed:
    for name, value in values.items():
        setattr(deed, name, value)
    deed.state, deed.reason, deed.decided_by, deed.decided_at = state, reason, acting_user, timezone.now()
    with acting(acting_user, reason=reason):
        deed.save()
    append_leaf(
        LeafKind.AUTOMATION_DECIDED,
        deed,
        public={"does": deed.does, "state": state},
        committed={"reason": reason, "text": deed.text},
    )
    return deed


@transaction.atomic
def dismiss_deed(deed: AutomationDeed, *, reason: str, acting_user: User) -> AutomationDeed:
    """Turn a proposal or draft down. The rule will not come back with it."""
    person = require_may_dismiss(acting_user, deed)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    return _decide(_locked_waiting(deed), State.DISMISSED, reason=reason, acting_user=person)


@transaction.atomic
def confirm_task(
    deed: AutomationDeed,
    *,
    finding: str,
    title: str,
    title_en: str = "",
    severity: str,
    officer: User,
    working_days: int,
    acting_user: User,
) -> RectificationTask:
    """Draft the task that was proposed. The desk assigns it; raises what ``open_task_from`` raises."""
    person = require_may_decide(acting_user, deed)
    locked = _locked_waiting(deed)
    if locked.does not in SOURCES or locked.department is None:
        raise Invalid(_("No task is proposed here."))
    task = open_task_from(
        SOURCES[locked.does],
        finding=finding,
        title=title,
        title_en=title_en,
        department=locked.department,
        officer=officer,
        severity=severity,
        working_days=working_days,
        programme=locked.programme,
        source_name=str(AutomationRule.Does(locked.does).label),
        source_url=source_of(locked),
        cause=f"automation {locked.row_id}",
        acting_user=person,
    )
    _decide(locked, State.CONFIRMED, reason="", acting_user=person, task=task, result_url=task.get_absolute_url())
    return task


@transaction.atomic
def confirm_evaluation(deed: AutomationDeed, *, reason: str, acting_user: User) -> AutomationDeed:
    """Agree that a third party is to evaluate the programme. Who calls for it, and by which terms, is the next step."""
    person = require_may_decide(acting_user, deed)
    if deed.does != Does.EVALUATION:
        raise Invalid(_("No evaluation is proposed here."))
    reason = typed_text(reason, field="reason", limit=1000)
    return _decide(_locked_waiting(deed), State.CONFIRMED, reason=reason, acting_user=person)


@transaction.atomic
def confirm_paragraph(deed: AutomationDeed, *, text: str, text_en: str, acting_user: User) -> AutomationDeed:
    """Put a drafted paragraph, as the editor has worded it, beside the figures of its department."""
    person = require_may_decide(acting_user, deed)
    if deed.does != Does.FUNNEL:
        raise Invalid(_("This is no paragraph."))
    text = typed_text(text, field="text", limit=PARAGRAPH_MAX_CHARS, missing=_("Please write the paragraph."))
    text_en = typed_text(text_en, field="text_en", limit=PARAGRAPH_MAX_CHARS)
    locked = _locked_waiting(deed)
    return _decide(locked, State.CONFIRMED, reason="", acting_user=person, text=text, text_en=text_en)
