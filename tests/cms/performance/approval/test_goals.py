"""Goals are approved with the budget; afterwards they change only by an approval of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cms.performance.actions import import_sheet, keep_sheet, record_goals
from cms.performance.approval.actions import approve_goals, decide_goal_change, propose_goal_change
from cms.performance.approval.models import GoalChange
from cms.performance.models import Goal, Indicator, ProgrammeYear
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed
from privacy.log.models import PendingLeaf
from privacy.log.queries import verify_entry
from tests.cms.performance.sheets import form
from tests.cms.performance.test_records import ROWS
from tests.factories import make_line, make_officeholder, make_officer, make_release, make_user
from tests.log_entries import entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def indicator(name: str, **fields: Any) -> Indicator:
    values: dict[str, Any] = {
        "dimension": "output",
        "category": "quantity",
        "operator": "ge",
        "target": Decimal(100),
        "unit": "户",
        "weight": Decimal(50),
    }
    return Indicator(name=name, **{**values, **fields})


@pytest.fixture
def year() -> ProgrammeYear:
    call_command("scheme_publish", verbosity=0)
    programme = make_line(make_release(fiscal_year=2023)).programme
    row = ProgrammeYear(programme=programme, fiscal_year=2023)
    words = {"operator": "ql", "target": None, "target_text": "明显改善", "category": "social", "dimension": "benefit"}
    goals = [(Goal(text="目标"), [indicator("户数"), indicator("作用", **words)])]
    return record_goals(row, goals=goals, acting_user=None)


@pytest.fixture
def reviewer() -> User:
    return make_officeholder(Role.REVIEWER)


@pytest.fixture
def officer(year: ProgrammeYear) -> User:
    return make_officer(year.programme.department)


def households() -> Indicator:
    return Indicator.objects.get(name="户数")


def propose(year: ProgrammeYear, officer: User, target: str = "80") -> GoalChange:
    wanted = {households(): {"target": Decimal(target)}}
    return propose_goal_change(year, wanted=wanted, reason="申报人数少于预计。", acting_user=officer)


def test_nothing_changes_before_somebody_else_approves(year: ProgrammeYear, officer: User, reviewer: User) -> None:
    approve_goals(year, acting_user=reviewer)
    change = propose(year, officer)
    assert (households().target, change.changes[0]["fields"]) == (Decimal(100), {"target": ["100", "80"]})
    decide_goal_change(change, approve=True, reason="同意。", acting_user=reviewer)
    assert households().target == Decimal(80)
    kinds = PendingLeaf.objects.filter(kind__startswith="goal").order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[1:] == ["goals.approved", "goal_change.proposed", "goal_change.decided"]


def test_a_refused_change_changes_nothing(year: ProgrammeYear, officer: User, reviewer: User) -> None:
    approve_goals(year, acting_user=reviewer)
    decided = decide_goal_change(propose(year, officer), approve=False, reason="理由不足。", acting_user=reviewer)
    assert (decided.status, households().target) == ("refused", Decimal(100))


@pytest.mark.parametrize(("kind", "text"), [("proposed", "reason"), ("decided", "decision_reason")])
def test_the_record_holds_the_reasons_that_its_entries_are_bound_to(
    year: ProgrammeYear, officer: User, reviewer: User, kind: str, text: str
) -> None:
    approve_goals(year, acting_user=reviewer)
    decide_goal_change(propose(year, officer), approve=False, reason="理由不足。", acting_user=reviewer)
    checks = verify_entry(entry(kind=f"goal_change.{kind}")).checks
    assert [check.outcome for check in checks if check.name == text] == ["proven"]


def test_nobody_decides_over_an_own_proposal(year: ProgrammeYear, reviewer: User) -> None:
    approve_goals(year, acting_user=reviewer)
    with pytest.raises(NotAllowed):
        decide_goal_change(propose(year, reviewer), approve=True, reason="同意。", acting_user=reviewer)


def test_a_change_is_decided_once_and_only_one_waits(year: ProgrammeYear, officer: User, reviewer: User) -> None:
    approve_goals(year, acting_user=reviewer)
    change = propose(year, officer)
    with pytest.raises(Conflict):
        propose(year, officer, "70")
    decide_goal_change(change, approve=False, reason="不。", acting_user=reviewer)
    with pytest.raises(Conflict):
        decide_goal_change(change, approve=True, reason="是。", acting_user=reviewer)


def test_a_change_of_what_has_moved_on_since_is_refused(year: ProgrammeYear, officer: User, reviewer: User) -> None:
    approve_goals(year, acting_user=reviewer)
    change = propose(year, officer)
    moved = households()
    moved.target = Decimal(90)
    moved.save()
    with pytest.raises(Conflict):
        decide_goal_change(change, approve=True, reason="同意。", acting_user=reviewer)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"target": Decimal(100)}, Invalid),
        ({"weight": Decimal(60)}, Invalid),
        ({"weight": Decimal(0)}, Invalid),
        ({"target_text": "多"}, Invalid),
        ({"name": "别的"}, Invalid),
    ],
    ids=["nothing-new", "other-sum", "no-weight", "words-for-a-number", "another-field"],
)
def test_a_change_that_does_not_fit_is_refused(
    year: ProgrammeYear, officer: User, reviewer: User, values: dict[str, Any], error: type[GongzhiError]
) -> None:
    approve_goals(year, acting_user=reviewer)
    with pytest.raises(error):
        propose_goal_change(year, wanted={households(): values}, reason="因为", acting_user=officer)


def test_goals_are_approved_once_by_a_reviewer(year: ProgrammeYear, officer: User, reviewer: User) -> None:
    with pytest.raises(NotAllowed):
        approve_goals(year, acting_user=officer)
    approve_goals(year, acting_user=reviewer)
    with pytest.raises(Conflict):
        approve_goals(year, acting_user=reviewer)


def test_before_the_approval_goals_change_by_the_sheet(year: ProgrammeYear, officer: User) -> None:
    with pytest.raises(Conflict):
        propose(year, officer)


def test_a_sheet_does_not_move_approved_goals(officer: User, year: ProgrammeYear, reviewer: User) -> None:
    programme, content = year.programme, form(ROWS, name=year.programme.name)
    first = keep_sheet(programme, fiscal_year=2023, name="a.xlsx", content=content, acting_user=officer)
    import_sheet(first, acting_user=officer)
    approve_goals(year, acting_user=reviewer)
    Indicator.objects.filter(name=ROWS[0][2]).update(target=Decimal("1.5"))
    again = keep_sheet(programme, fiscal_year=2023, name="b.xlsx", content=content, acting_user=officer)
    with pytest.raises(Conflict):
        import_sheet(again, acting_user=officer)


def test_the_pages_carry_a_change_from_proposal_to_decision(
    client: Client, year: ProgrammeYear, officer: User, reviewer: User
) -> None:
    goals = reverse("cms:budget:goals", args=[year.programme.row_id, 2023])
    client.force_login(reviewer)
    assert client.post(goals, {"note": ""}).status_code == 302
    client.force_login(officer)
    one, two = Indicator.objects.order_by("pk")
    given = {f"target_{one.pk}": "80", f"weight_{one.pk}": "50", f"target_text_{two.pk}": "明显改善"}
    answer = client.post(goals, {**given, f"weight_{two.pk}": "50", "reason": "人数变化"})
    assert answer.status_code == 302
    page = reverse("cms:budget:goal_change", args=[GoalChange.objects.get().row_id])
    assert client.post(page, {"outcome": "approve", "reason": "是"}).status_code == 403
    client.force_login(reviewer)
    assert client.post(page, {"outcome": "approve", "reason": "是"}).status_code == 302
    assert households().target == Decimal(80)
    shown = Client().get(year.programme.get_absolute_url()).content.decode()
    assert "人数变化" in shown


@pytest.mark.parametrize(
    ("role", "status"), [("visitor", 401), ("citizen", 403), ("moderator", 403), ("officer", 200), ("reviewer", 200)]
)
def test_every_role_reaches_its_pages(
    client: Client, year: ProgrammeYear, officer: User, role: str, status: int
) -> None:
    people = {"citizen": make_user, "officer": lambda: officer}
    if role != "visitor":
        client.force_login(people[role]() if role in people else make_officeholder(Role(role)))
    for name in ("goals", "report"):
        assert client.get(reverse(f"cms:budget:{name}", args=[year.programme.row_id, 2023])).status_code == status


def test_a_report_is_entered_on_its_page_and_its_alerts_are_told_in_words(
    client: Client, year: ProgrammeYear, officer: User
) -> None:
    ProgrammeYear.objects.filter(pk=year.pk).update(full_year=1_000_000_00)
    client.force_login(officer)
    address = reverse("cms:budget:report", args=[year.programme.row_id, 2023])
    one, two = Indicator.objects.order_by("pk")
    given = {f"indicator_{one.pk}": "10", f"indicator_{two.pk}": "not_achieved", "executed": "900000.50"}
    assert client.post(address, {**given, "as_of": "2023-07-31", "note": "说明"}).status_code == 302
    record = year.monitoring.get()
    assert (record.executed, record.note, record.readings.count()) == (900_000_50, "说明", 2)
    page = client.get(f"/en{address}").content.decode()
    assert "money ahead of results" in page
    assert "Say what the money was spent on" in page
    again = client.post(address, {**given, "as_of": "2023-07-31"})
    assert (again.status_code, year.monitoring.count()) == (409, 1)


def test_a_report_for_a_day_of_another_year_is_refused_beside_what_was_typed(
    client: Client, year: ProgrammeYear, officer: User
) -> None:
    client.force_login(officer)
    address = reverse("cms:budget:report", args=[year.programme.row_id, 2023])
    answer = client.post(address, {"as_of": "2022-07-31", "note": "写了很久"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["as_of"])
    assert "写了很久" in answer.content.decode()


def test_the_follow_up_of_a_release_counts_over_all_departments(client: Client, year: ProgrammeYear) -> None:
    release = year.programme.lines.get().release
    funnel = client.get(reverse("cms:budget:follow_up", args=[release.row_id])).context["funnel"]
    assert (funnel.programmes.count, funnel.with_goals.count) == (1, 1)
