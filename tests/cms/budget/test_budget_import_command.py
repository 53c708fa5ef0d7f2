from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from cms.budget.models import Release
from portal.errors import Conflict
from tests.cms.budget.importing.made_up import PLAIN

pytestmark = [pytest.mark.django_db, pytest.mark.both]

KEYS = ["release", "rows_read", "lines", "check_rows", "rejected", "totals", "problems"]


@pytest.fixture
def budget(tmp_path: Path) -> Path:
    path = tmp_path / "budget.csv"
    path.write_text("department,amount\n教育局,1234.5\n卫生局,\n", encoding="utf-8")
    return path


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def run(file: Path, mapping: Path, *options: str) -> str:
    out = StringIO()
    call_command("budget_import", str(file), "--mapping", str(mapping), *options, stdout=out)
    return out.getvalue()


def failed(file: Path, mapping: Path, *options: str) -> dict[str, Any]:
    """The JSON report of a run that exits with 1."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("budget_import", str(file), "--mapping", str(mapping), "--json", *options, stdout=out)
    assert caught.value.returncode == 1
    report: dict[str, Any] = json.loads(out.getvalue())
    assert list(report) == KEYS
    return report


def test_json_is_the_whole_output(budget: Path, mapping: Path) -> None:
    report = json.loads(run(budget, mapping, "--json"))
    release = Release.objects.get()
    problems = report.pop("problems")
    assert report == {
        "release": str(release.row_id),
        "rows_read": 2,
        "lines": 2,
        "check_rows": 0,
        "rejected": 0,
        "totals": {"adopted": "1234.50"},
    }
    assert [list(problem) for problem in problems] == [["row", "severity", "code", "message"]] * len(problems)
    assert (release.source_name, release.published_at) == ("budget.csv", None)


def test_a_dry_run_reports_and_writes_nothing(budget: Path, mapping: Path) -> None:
    report = json.loads(run(budget, mapping, "--json", "--dry-run"))
    assert (report["release"], report["lines"], Release.objects.count()) == (None, 2, 0)


def test_publish_puts_the_release_before_the_public(budget: Path, mapping: Path) -> None:
    run(budget, mapping, "--publish")
    assert Release.objects.published().count() == 1


def test_what_the_operator_publishes_says_that_nobody_else_signed_it_off(budget: Path, mapping: Path) -> None:
    report = json.loads(run(budget, mapping, "--json", "--publish", "--sign-off", "与决算表核对"))
    release = Release.objects.get()
    assert (release.signed_off_at is None, release.signed_off_by, release.sign_off_note) == (
        False,
        None,
        "与决算表核对",
    )
    codes = [problem["code"] for problem in report["problems"]]
    assert codes == [*release.problems.exclude(code="signed_off_by_operator").values_list("code", flat=True), codes[-1]]
    assert codes[-1] == "signed_off_by_operator"


def test_what_cannot_be_published_is_not_signed_off_either(
    budget: Path, mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(release: Release) -> None:
        raise Conflict

    monkeypatch.setattr("cms.budget.actions.require_publishable", refused)
    report = failed(budget, mapping, "--publish")
    release = Release.objects.get(row_id=report["release"])
    told = release.problems.filter(code="signed_off_by_operator").count()
    assert (release.signed_off_at, release.published_at, told) == (None, None, 0)


def test_people_get_a_summary(budget: Path, mapping: Path) -> None:
    with override("en"):
        out = run(budget, mapping)
    assert "2 rows read: 2 lines, 0 check rows, 0 rejected" in out
    assert "1234.50" in out


def test_rejected_rows_are_listed_and_nothing_is_written(budget: Path, mapping: Path) -> None:
    budget.write_text("department,amount\nA,1\nB,x\nC,y\n")
    report = failed(budget, mapping)
    assert (report["release"], report["rejected"], report["lines"], Release.objects.count()) == (None, 2, 1, 0)
    assert [(problem["row"], problem["code"]) for problem in report["problems"] if problem["severity"] == "error"] == [
        (2, "not_a_number"),
        (3, "not_a_number"),
    ]


def test_people_see_why_rows_were_rejected(budget: Path, mapping: Path) -> None:
    budget.write_text("department,amount\nA,1\n" + "B,x\n" * 30)
    out = StringIO()
    with override("en"), pytest.raises(CommandError, match="30 rows were rejected"):
        call_command("budget_import", str(budget), "--mapping", str(mapping), stdout=out)
    assert "row 2 · Adopted: “x” is not an amount." in out.getvalue()
    assert "and 11 more" in out.getvalue()


def test_the_same_file_twice_points_to_the_release_whatever_it_is_called(budget: Path, mapping: Path) -> None:
    first = json.loads(run(budget, mapping, "--json"))
    report = failed(budget.rename(budget.with_name("budget-final.csv")), mapping)
    assert report["release"] == first["release"]
    assert [problem["code"] for problem in report["problems"]] == ["already_imported"]


def test_a_budget_that_is_carried_over_unchanged_is_the_budget_of_the_next_year_too(
    budget: Path, mapping: Path
) -> None:
    first = json.loads(run(budget, mapping, "--json"))
    mapping.write_text(PLAIN.replace("2024", "2025"), encoding="utf-8")
    second = json.loads(run(budget, mapping, "--json"))
    assert (second["totals"], second["lines"]) == (first["totals"], first["lines"])
    assert list(Release.objects.order_by("pk").values_list("fiscal_year", "version")) == [(2024, 1), (2025, 1)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"unit,amount\nA,1\n", "missing_column"),
        ("department,amount\nEDUCACIÓN,1\n".encode("cp1252"), "encoding"),
        (b"PK\x03\x04", "not_text"),
        (b'department,amount\n"A,1\n', "quoting"),
    ],
)
def test_an_unreadable_file_is_explained_in_json(budget: Path, mapping: Path, content: bytes, code: str) -> None:
    mapping.write_text('[file]\nencoding = "utf-8"\n' + PLAIN, encoding="utf-8")
    budget.write_bytes(content)
    report = failed(budget, mapping)
    assert [(problem["row"], problem["severity"], problem["code"]) for problem in report["problems"]] == [
        (None, "error", code)
    ]
    assert Release.objects.count() == 0


def test_a_file_over_the_limit_is_explained_in_json(budget: Path, mapping: Path, settings: Any) -> None:
    settings.BUDGET_FILE_MAX_BYTES = 1000
    with budget.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    assert [problem["code"] for problem in failed(budget, mapping)["problems"]] == ["too_large"]


def test_a_missing_file_is_explained_in_json(mapping: Path, tmp_path: Path) -> None:
    assert [problem["code"] for problem in failed(tmp_path / "none.csv", mapping)["problems"]] == ["no_file"]
    assert [problem["code"] for problem in failed(mapping, tmp_path / "none.toml")["problems"]] == ["no_file"]


def test_an_unknown_key_of_the_mapping_is_explained_in_json(budget: Path, mapping: Path) -> None:
    mapping.write_text(PLAIN + 'planned = "x"\n', encoding="utf-8")
    (problem,) = failed(budget, mapping)["problems"]
    assert (problem["code"], "“planned”" in problem["message"]) == ("mapping", True)
