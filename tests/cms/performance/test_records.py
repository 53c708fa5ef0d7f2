"""Schemes, sheets and monitoring as records: who may enter them, and what stays of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.utils import timezone

from cms.budget.models import Programme
from cms.performance.actions import import_sheet, keep_sheet, publish_scheme, record_monitoring
from cms.performance.models import Goal, Indicator, MonitoringRecord, ProgrammeYear, SheetUpload
from cms.performance.queries import check_upload, sheet_of_year, years_of_programme
from cms.performance.scheme_files import definition_of, files, read_scheme
from cms.performance.schemes import ScoringScheme
from cms.performance.sheets.reading import read_sheet
from cms.performance.sheets.writing import write_sheet
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed
from tests.cms.performance.sheets import form
from tests.factories import make_line, make_officeholder, make_officer, make_release
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]
D = Decimal
ROWS = [
    ["产出指标", "数量指标", "加装电梯", "≥100部", "90", 50, 45],
    ["效益指标", "社会效益指标", "居民出行改善", "明显改善", "达成预期指标", 30, 27],
    ["满意度指标", "", "居民满意度", "≥90%", "95%", 10, 10],
]


@pytest.fixture
def programme() -> Programme:
    return make_line(make_release(fiscal_year=2023)).programme


@pytest.fixture
def editor() -> User:
    return make_officeholder(Role.EDITOR)


def with_schemes() -> None:
    call_command("scheme_publish", verbosity=0)


def keep(programme: Programme, user: User, rows: list[list[Any]] | None = None, **more: Any) -> SheetUpload:
    content = form(rows or ROWS, name=programme.name, **more)
    return keep_sheet(programme, fiscal_year=2023, name="自评表.xlsx", content=content, acting_user=user)


def test_the_schemes_of_the_portal_are_stored_as_they_are_written() -> None:
    with_schemes()
    written = {(d.code, d.version): d.as_json() for d in (read_scheme(path.read_bytes()) for path in files())}
    stored = {(s.code, s.version): definition_of(s).as_json() for s in ScoringScheme.objects.with_rules()}
    assert (len(stored), stored) == (4, written)


def test_publishing_a_scheme_twice_changes_nothing_and_leaves_one_leaf() -> None:
    with_schemes()
    with_schemes()
    assert (ScoringScheme.objects.count(), len(entries(kind="scheme.published"))) == (4, 4)


def test_a_version_that_says_something_else_is_refused() -> None:
    with_schemes()
    content = (
        next(files())
        .read_bytes()
        .replace(b'execution = "20"', b'execution = "10"')
        .replace(b'benefit = "40"', b'benefit = "50"')
    )
    with pytest.raises(Conflict):
        publish_scheme(read_scheme(content), acting_user=None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'execution = "20"', b'execution = "21"'),
        (b"version = 1\n", b""),
        (b"version = 1\n", b"version = 1\nversion = 2\n"),
        (b'kind = "self_evaluation"', b'kind = "guess"'),
        (b'lower = "90"', b"lower = 90.0"),
        (b'formula = "ratio"', b'formula = "magic"'),
    ],
    ids=["weights", "missing", "twice", "kind", "float", "formula"],
)
def test_a_file_that_is_no_scheme_is_refused(old: bytes, new: bytes) -> None:
    content = next(files()).read_bytes()
    assert old in content
    with pytest.raises(Invalid):
        read_scheme(content.replace(old, new, 1))


def test_the_command_names_the_file_that_is_at_fault(tmp_path: Any) -> None:
    path = tmp_path / "odd.toml"
    path.write_text("code = 1")
    with pytest.raises(CommandError, match=r"odd\.toml"):
        call_command("scheme_publish", path)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MODERATOR, Role.AUDITOR])
def test_only_a_reviewer_publishes_schemes(role: Role) -> None:
    definition = read_scheme(next(files()).read_bytes())
    with pytest.raises(NotAllowed):
        publish_scheme(definition, acting_user=make_officeholder(role))
    assert publish_scheme(definition, acting_user=make_officeholder(Role.REVIEWER)).version == 1


def test_a_sheet_becomes_the_records_of_its_year(programme: Programme, editor: User) -> None:
    with_schemes()
    upload = keep(programme, editor)
    assert [m.text for m in check_upload(upload).errors] == []
    year = import_sheet(upload, acting_user=editor)
    (reading,) = years_of_programme(programme, AnonymousUser())
    assert (year.full_year, year.executed, year.scheme.code) == (90_000_000, 90_000_000, "self-evaluation-2020")
    assert (reading.assessment.execution, reading.assessment.score) == (D("10.00"), D("92.00"))
    assert reading.assessment.grade.code == "excellent"
    assert [item.points for item in reading.goals[0].indicators] == [D("27.00"), D("45.00"), D("10.00")]
    (leaf,) = entries(kind="self_evaluation.imported")
    assert leaf.record_ref == year.row_id


def test_a_sheet_with_an_error_changes_nothing(programme: Programme, editor: User) -> None:
    upload = keep(programme, editor, [*ROWS[:2], ["满意度指标", "", "居民满意度", "≥90%", "完成", 10, 10]])
    with pytest.raises(Invalid):
        import_sheet(upload, acting_user=editor)
    assert (ProgrammeYear.objects.count(), Indicator.objects.count()) == (0, 0)
    assert bytes(SheetUpload.objects.get().content) == bytes(upload.content)


def test_a_sheet_is_taken_over_once(programme: Programme, editor: User) -> None:
    upload = keep(programme, editor)
    import_sheet(upload, acting_user=editor)
    with pytest.raises(Conflict):
        import_sheet(upload, acting_user=editor)


def test_an_indicator_that_is_left_out_stays_and_a_changed_target_has_a_history(
    programme: Programme, editor: User
) -> None:
    import_sheet(keep(programme, editor), acting_user=editor)
    second = keep(programme, editor, [["产出指标", "数量指标", "加装电梯", "≥80部", "90", 90, 90]])
    codes = {message.code for message in check_upload(second).warnings}
    assert {"missing", "target_changed", "one_carries_most"} <= codes
    import_sheet(second, acting_user=editor)
    lifts = Indicator.objects.get(name="加装电梯")
    assert (Indicator.objects.count(), Goal.objects.count()) == (3, 1)
    assert [row.target for row in lifts.history.order_by("history_id")] == [100, 80]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rows": ROWS[:2]}, "weights_not_100"),
        ({"year": 2022}, "other_year"),
        ({"money": [["年度资金总额", 100, 100, 50, 10]]}, "reason_missing"),
        ({"more": [["发现问题数", 3], ["已整改问题数", 1], ["正在整改问题数", 1]]}, "problems_differ"),
        ({"more": [["发现问题数", 3]]}, "problems_incomplete"),
        (
            {
                "rows": [
                    *ROWS[:2],
                    ["满意度指标", "", "加装电梯", "≥9%", "9%", 5, 5],
                    ["满意度", "", "加装电梯", "≥9%", "", 5, ""],
                ]
            },
            "twice",
        ),
        ({"rows": [ROWS[0], ["效益指标", "", "改善", "改善", "达成", 30, 3], ROWS[2]]}, "outside_band"),
    ],
    ids=["weights", "year", "reason", "problems", "incomplete", "twice", "band"],
)
def test_what_the_whole_sheet_shows_keeps_it_out(
    programme: Programme, editor: User, changes: dict[str, Any], code: str
) -> None:
    with_schemes()
    assert code in {message.code for message in check_upload(keep(programme, editor, **changes)).errors}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["产出", "数量", "台数", "≥100", "300", 90, 90]], "too_easy"),
        ([["产出", "数量", "台数", "≥100", "50", 90, 90]], "points_differ"),
        ([["产出", "成本", "办公费", "≤0万元", "0", 90, 90]], "rounded_away"),
        ([["产出", "数量", "台数", "≥100", "0", 90, 0]], "nothing_reached"),
        ([["产出", "成本", "项目总成本", "≤90万元", "80", 90, 90]], "cost_differs"),
        ([["效益", "社会效益", f"改善{n}", "明显", "达成", 30, 30] for n in range(3)], "mostly_words"),
    ],
    ids=["easy", "points", "rounded", "nothing", "cost", "words"],
)
def test_a_doubt_is_said_and_lets_the_sheet_in(
    programme: Programme, editor: User, rows: list[list[Any]], code: str
) -> None:
    with_schemes()
    reading = check_upload(keep(programme, editor, rows))
    assert (reading.errors, code in {message.code for message in reading.warnings}) == ([], True)


def test_a_sheet_of_another_programme_is_kept_out(programme: Programme, editor: User) -> None:
    content = form(ROWS, name="别的项目")
    upload = keep_sheet(programme, fiscal_year=2023, name="x.xlsx", content=content, acting_user=editor)
    assert "other_programme" in {message.code for message in check_upload(upload).errors}


def test_a_year_is_written_as_a_sheet_that_reads_as_the_year(programme: Programme, editor: User) -> None:
    with_schemes()
    year = import_sheet(keep(programme, editor), acting_user=editor)
    sheet = sheet_of_year(ProgrammeYear.objects.get(pk=year.pk))
    reading = read_sheet(write_sheet(sheet), fiscal_year=2023)
    assert (reading.sheet, reading.messages) == (sheet, ())


def test_an_officer_hands_in_for_the_own_department_only(programme: Programme) -> None:
    own, foreign = make_officer(programme.department), make_officer(make_line().programme.department)
    assert keep(programme, own).uploaded_by == own
    with pytest.raises(NotAllowed):
        keep(programme, foreign)


def monitor(year: ProgrammeYear, editor: User, **changes: Any) -> MonitoringRecord:
    values: dict[str, Any] = {"as_of": date(2023, 6, 30), "executed": 5, "readings": {}}
    return record_monitoring(year, **{**values, **changes}, acting_user=editor)


def test_monitoring_is_recorded_with_a_leaf(programme: Programme, editor: User) -> None:
    year = import_sheet(keep(programme, editor), acting_user=editor)
    lifts, words = Indicator.objects.get(name="加装电梯"), Indicator.objects.get(operator="ql")
    record = monitor(year, editor, readings={lifts: D(40), words: "partly"}, note="雨季停工")
    assert [(r.indicator.name, r.actual, r.level) for r in record.readings.all()] == [
        ("加装电梯", D(40), ""),
        ("居民出行改善", None, "partly"),
    ]
    (leaf,) = entries(kind="monitoring.recorded")
    assert leaf.record_ref == record.row_id


@pytest.mark.parametrize("kind", ["other year", "future", "twice", "foreign", "word for number"])
def test_monitoring_that_does_not_fit_is_refused(programme: Programme, editor: User, kind: str) -> None:
    year = import_sheet(keep(programme, editor), acting_user=editor)
    lifts = Indicator.objects.get(name="加装电梯")
    changes: dict[str, Any] = {}
    match kind:
        case "other year":
            changes = {"as_of": date(2022, 6, 30)}
        case "future":
            year.fiscal_year = (timezone.localdate() + timedelta(days=400)).year
            year.save()
            changes = {"as_of": date(year.fiscal_year, 6, 30)}
        case "twice":
            monitor(year, editor)
        case "foreign":
            other = ProgrammeYear.objects.create(programme=programme, fiscal_year=2022)
            goal = Goal.objects.create(programme_year=other, text="x")
            lifts = Indicator.objects.create(goal=goal, name="y", operator="ge", target=1, weight=1)
            changes = {"readings": {lifts: D(1)}}
        case "word for number":
            changes = {"readings": {lifts: "achieved"}}
    with pytest.raises(GongzhiError):
        monitor(year, editor, **changes)
