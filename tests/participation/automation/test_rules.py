"""Rules of automation: dated, stopped with a reason, never twice for the same cause, and deciding nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from cms.budget.checks.models import CheckFinding, Severity
from cms.budget.models import Line
from cms.calendars.models import CalendarDay
from cms.calendars.working_days import add_working_days
from participation.automation import actions
from participation.automation.actions import (
    confirm_paragraph,
    dismiss_deed,
    run_rule,
    set_rule,
    start_rule,
    stop_rule,
)
from participation.automation.causes import new_causes
from participation.automation.models import AutomationDeed, AutomationRule, AutomationRun
from participation.automation.options import OPTIONS, checked_options
from participation.automation.permissions import may_decide
from participation.following.models import Announcement
from participation.rectification.ladder.models import EscalationRung, EscalationStep
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Role, User
from portal.charter.matrix import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from tests.factories import (
    make_department,
    make_government,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_release,
    make_task,
)
from tests.log_entries import entries
from tests.portal.cast import make_cast

pytestmark = [pytest.mark.django_db, pytest.mark.both]

Does, State = AutomationRule.Does, AutomationDeed.State


def make_rule(does: str, *, days_ago: int = 10, **options: int) -> AutomationRule:
    return set_rule(does, options=options, valid_from=timezone.localdate() - timedelta(days=days_ago), acting_user=None)


def make_finding(line: Line | None = None, **fields: Any) -> CheckFinding:
    line = line or make_line()
    values = {"rule_id": "C2", "severity": Severity.ERROR, "fingerprint": "f" * 64}
    return CheckFinding.objects.create(
        release=line.release, department=line.department, line=line, **{**values, **fields}
    )


def make_late_task(days: int = 30) -> RectificationTask:
    task = make_task()
    RectificationTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate() - timedelta(days=days))
    task.refresh_from_db()
    return task


def test_a_failed_check_of_a_public_budget_is_proposed_as_a_task_once() -> None:
    rule, finding = make_rule(Does.CHECK_TASK), make_finding()
    make_finding(finding.line, fingerprint="a" * 64)
    run = run_rule(rule, acting_user=None)
    assert run is not None
    assert (run.found, run.done, run.failed) == (1, 1, 0)
    deed = AutomationDeed.objects.get()
    assert (deed.state, deed.department, deed.found) == (
        State.WAITING,
        finding.department,
        {"year": 2025, "rule": "C2", "findings": 2},
    )
    assert run_rule(rule, acting_user=None) is None
    assert AutomationRun.objects.count() == 1


@pytest.mark.parametrize("severity", [Severity.WARN, Severity.INFO])
def test_what_is_no_error_causes_nothing_unless_the_rule_asks_for_warnings(severity: Severity) -> None:
    make_finding(severity=severity)
    plain = new_causes(make_rule(Does.CHECK_TASK, days_ago=20), timezone.localdate())
    strict = new_causes(make_rule(Does.CHECK_TASK, with_warnings=1), timezone.localdate())
    assert (len(plain), len(strict)) == (0, int(severity == Severity.WARN))


def test_a_draft_release_causes_nothing() -> None:
    finding = make_finding()
    type(finding.release).objects.filter(pk=finding.release_id).update(published_at=None)
    assert new_causes(make_rule(Does.CHECK_TASK), timezone.localdate()) == []


def test_a_new_version_of_a_rule_does_not_repeat_what_the_old_one_did() -> None:
    old = make_rule(Does.CHECK_TASK)
    make_finding()
    run_rule(old, acting_user=None)
    new = set_rule(Does.CHECK_TASK, options={"with_warnings": 1}, valid_from=timezone.localdate(), acting_user=None)
    old.refresh_from_db()
    assert (run_rule(new, acting_user=None), old.valid_until) == (None, timezone.localdate() - timedelta(days=1))


def test_a_dry_run_writes_nothing() -> None:
    rule = make_rule(Does.CHECK_TASK)
    make_finding()
    causes = new_causes(rule, timezone.localdate())
    assert [cause.found["rule"] for cause in causes] == ["C2"]
    assert (AutomationDeed.objects.exists(), AutomationRun.objects.exists()) == (False, False)


def test_an_overdue_task_goes_up_the_ladder_once_for_each_deadline() -> None:
    task, rule = make_late_task(), make_rule(Does.ESCALATE)
    EscalationRung.objects.create(
        basis=EscalationRung.Basis.OVERDUE,
        threshold=1,
        deed=EscalationRung.Deed.SUPERVISOR,
        valid_from=date(2020, 1, 1),
    )
    run_rule(rule, acting_user=None)
    run_rule(rule, acting_user=None)
    told = Announcement.objects.get(kind="deadline")
    assert (told.words["step"], EscalationStep.objects.count()) == ("escalated", 1)
    RectificationTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate() - timedelta(days=29))
    run_rule(rule, acting_user=None)
    assert AutomationDeed.objects.filter(state=State.DONE, task=task).count() == 2


def test_the_officer_is_reminded_before_the_deadline() -> None:
    task = make_late_task(days=-1)
    run_rule(make_rule(Does.REMIND), acting_user=None)
    told = Announcement.objects.get(kind="deadline")
    assert (told.words["step"], told.people) == ("near", [task.officer.pk])


def test_working_days_are_those_of_the_government_of_a_task_and_of_a_proposal() -> None:
    today, there = timezone.localdate(), make_government("Madrid", jurisdiction="ES-MD")
    line = make_line(make_release(government=there, currency="EUR"))
    make_finding(line)
    run_rule(make_rule(Does.CHECK_TASK), acting_user=None)
    AutomationDeed.objects.update(created=timezone.now() - timedelta(days=40))
    task = make_task(department=make_department(there), due_on=add_working_days(today, 5) + timedelta(days=1))
    rule = make_rule(Does.REMIND, days_before=5, days_waiting=5)
    assert {cause.notice[0] for cause in new_causes(rule, today)} == {"waiting"}  # type: ignore[index]
    away = [today + timedelta(days=day) for day in range(-40, 15)]
    CalendarDay.objects.bulk_create(CalendarDay(jurisdiction="ES-MD", date=day, is_workday=False) for day in away)
    assert [cause.task for cause in new_causes(rule, today)] == [task]


def test_a_proposal_that_waits_for_long_is_brought_up_again() -> None:
    make_finding()
    run_rule(make_rule(Does.CHECK_TASK), acting_user=None)
    AutomationDeed.objects.update(created=timezone.now() - timedelta(days=30))
    reviewer = make_officeholder(Role.REVIEWER)
    run_rule(make_rule(Does.REMIND), acting_user=None)
    told = Announcement.objects.get(kind="proposal", words__step="waiting")
    assert reviewer.pk in told.people


def test_a_rule_that_is_stopped_or_not_in_force_does_nothing() -> None:
    make_finding()
    rule = make_rule(Does.CHECK_TASK)
    officer = make_officer(make_department())
    stop_rule(rule, reason="误报太多", acting_user=officer)
    assert run_rule(rule, acting_user=None) is None
    with pytest.raises(Conflict):
        run_rule(rule, acting_user=officer)
    start_rule(rule, reason="已修正", acting_user=officer)
    future = timezone.localdate() + timedelta(days=400)
    set_rule(Does.CHECK_TASK, options={"with_warnings": 1}, valid_from=timezone.localdate(), acting_user=None)
    assert run_rule(rule, acting_user=None, today=future) is None
    kinds = [found.kind for found in entries(record_ref=rule.row_id)]
    assert kinds == ["automation.rule_set", "automation.rule_stopped", "automation.rule_started"]


@pytest.mark.parametrize("act", ["stop", "start"])
def test_stopping_and_starting_need_a_reason(act: str) -> None:
    rule, officer = make_rule(Does.REMIND), make_officer(make_department())
    if act == "start":
        stop_rule(rule, reason="停", acting_user=officer)
    with pytest.raises(Invalid):
        (stop_rule if act == "stop" else start_rule)(rule, reason=" ", acting_user=officer)


def test_one_thing_that_fails_does_not_keep_a_rule_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_finding()
    second = make_finding(make_line(first.release), fingerprint="a" * 64)
    whole = actions._do

    def breaks_on_the_first(rule: Any, run: Any, cause: Any, **more: Any) -> Any:
        if cause.department == first.department:
            raise RuntimeError("no")
        return whole(rule, run, cause, **more)

    monkeypatch.setattr(actions, "_do", breaks_on_the_first)
    run = run_rule(make_rule(Does.CHECK_TASK), acting_user=None)
    assert run is not None
    assert (run.done, run.failed) == (1, 1)
    assert AutomationDeed.objects.get().department == second.department


@pytest.mark.parametrize("does", list(Does))
def test_every_kind_of_rule_finds_nothing_in_an_empty_portal(does: str) -> None:
    assert run_rule(make_rule(does), acting_user=None) is None


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"most": 0}, "option_most"),
        ({"most": "5"}, "option_most"),
        ({"most": True}, "option_most"),
        ({"x": 1}, "options"),
    ],
    ids=["too small", "text", "bool", "unknown"],
)
def test_options_are_whole_numbers_within_their_limits(options: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_options(Does.EVALUATION, options)
    assert refused.value.data["field"] == field


def test_every_kind_of_rule_has_its_options() -> None:
    assert set(OPTIONS) == set(Does)


def test_a_rule_begins_today_at_the_earliest_and_after_the_one_before() -> None:
    reviewer = make_officeholder(Role.REVIEWER)
    with pytest.raises(Invalid):
        set_rule(Does.REMIND, options={}, valid_from=date(2020, 1, 1), acting_user=reviewer)
    set_rule(Does.REMIND, options={}, valid_from=timezone.localdate(), acting_user=reviewer)
    with pytest.raises(Invalid):
        set_rule(Does.REMIND, options={"days_before": 9}, valid_from=timezone.localdate(), acting_user=reviewer)
    with pytest.raises(NotAllowed):
        set_rule(Does.REMIND, options={}, valid_from=timezone.localdate(), acting_user=make_moderator())


def waiting_deed(does: str, department: Any) -> AutomationDeed:
    rule = make_rule(does)
    run = AutomationRun.objects.create(rule=rule, found=1)
    return AutomationDeed.objects.create(
        rule=rule, run=run, does=does, cause="c", state=State.WAITING, department=department, text="草稿"
    )


@pytest.mark.parametrize(
    ("does", "deciders"),
    [
        (Does.CHECK_TASK, {Actor.OFFICER, Actor.MODERATOR}),
        (Does.ALERT_TASK, {Actor.OFFICER, Actor.MODERATOR}),
        (Does.FUNNEL, {Actor.EDITOR, Actor.REVIEWER}),
        (Does.EVALUATION, {Actor.MODERATOR, Actor.REVIEWER}),
    ],
)
def test_who_decides_on_what_is_proposed_for_the_own_department(does: str, deciders: set[Actor]) -> None:
    cast = make_cast()
    deed = waiting_deed(does, cast.department)
    assert {actor for actor, person in cast.people.items() if may_decide(person, deed)} == deciders


def test_an_officer_decides_on_evaluations_of_other_departments_only() -> None:
    deed = waiting_deed(Does.EVALUATION, make_department())
    assert may_decide(make_officer(make_department()), deed)


def test_a_paragraph_is_confirmed_in_the_words_of_the_editor_and_public_from_then_on() -> None:
    deed, editor = waiting_deed(Does.FUNNEL, make_department()), make_officeholder(Role.EDITOR)
    assert not AutomationDeed.objects.visible_to(AnonymousUser()).exists()
    confirm_paragraph(deed, text="改好的一段。", text_en="Edited.", acting_user=editor)
    shown = AutomationDeed.objects.visible_to(AnonymousUser()).get()
    assert (shown.text, shown.text_en, shown.decided_by) == ("改好的一段。", "Edited.", editor)
    with pytest.raises(Conflict):
        dismiss_deed(deed, reason="晚了", acting_user=editor)


def test_a_department_does_not_turn_down_what_is_proposed_about_it() -> None:
    make_finding()
    run_rule(make_rule(Does.CHECK_TASK), acting_user=None)
    deed = AutomationDeed.objects.get()
    officer = make_officer(deed.department)
    assert may_decide(officer, deed)
    officer.appointments.create(role=Role.MODERATOR)
    with pytest.raises(NotAllowed):
        dismiss_deed(deed, reason="没有问题。", acting_user=User.objects.get(pk=officer.pk))


def test_what_was_dismissed_does_not_come_back() -> None:
    make_finding()
    rule = make_rule(Does.CHECK_TASK)
    run_rule(rule, acting_user=None)
    deed = AutomationDeed.objects.get()
    with pytest.raises(Invalid):
        dismiss_deed(deed, reason="", acting_user=make_moderator())
    dismiss_deed(deed, reason="系四舍五入", acting_user=make_moderator())
    assert (run_rule(rule, acting_user=None), AutomationDeed.objects.get().state) == (None, State.DISMISSED)
