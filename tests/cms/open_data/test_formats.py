from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from frictionless import Package, system
from hypothesis import given
from hypothesis import strategies as st

from cms.budget.models import Release
from cms.open_data import datasets
from cms.open_data.columns import Kind, columns_of
from cms.open_data.datasets import Dataset, Incomplete, decimal_text
from cms.open_data.files import build_file, path_of
from cms.open_data.formats.offered import FORMATS, require_fits
from cms.open_data.formats.workbook import ROWS_AT_MOST
from portal.errors import NotFound, TooLarge
from portal.ui.spreadsheets import FORMULA_STARTS, guarded
from tests.factories import make_line, make_programme, make_release

pytestmark = pytest.mark.django_db


def counted(release: Release) -> Release:
    """The release with the number of its lines, as an import leaves it."""
    release.line_count = release.lines.filter(is_leaf=True).count()
    release.save(update_fields=["line_count"])
    return release


def some_release(**fields: Any) -> Release:
    release = make_release(**fields)
    for amount in (3, -2, None):
        make_line(release, adopted=amount, executed=-5)
    make_line(release, is_leaf=False)
    return counted(release)


def written(dataset: Dataset, key: str) -> bytes:
    target = io.BytesIO()
    FORMATS[key].write(dataset, target)
    return target.getvalue()


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@given(st.text())
def test_no_text_cell_starts_like_a_formula(text: str) -> None:
    assert not guarded(text).startswith(FORMULA_STARTS)
    assert guarded(text).removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－2"])
def test_formulas_are_shown_and_not_run(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1), st.sampled_from([0, 2, 3]))
def test_amounts_are_exact_decimals(minor: int, places: int) -> None:
    text = decimal_text(minor, places)
    assert Decimal(text) == Decimal(minor).scaleb(-places)
    assert len(text.partition(".")[2]) == places


@pytest.mark.both
def test_csv_has_every_fact_in_the_order_of_the_source_and_no_subtotal() -> None:
    release = some_release()
    lines = list(release.lines.filter(is_leaf=True).order_by("row_number"))
    assert [
        (row["row"], row["adopted"], row["adopted_minor"], row["executed"], row["line"])
        for row in csv_rows(written(Dataset.of_release(release), "csv"))
    ] == [
        (str(lines[0].row_number), "0.03", "3", "-0.05", str(lines[0].row_id)),
        (str(lines[1].row_number), "-0.02", "-2", "-0.05", str(lines[1].row_id)),
        (str(lines[2].row_number), "", "", "-0.05", str(lines[2].row_id)),
    ]


def test_the_csv_for_excel_is_the_same_behind_a_mark() -> None:
    dataset = Dataset.of_release(some_release())
    assert written(dataset, "csv-excel") == b"\xef\xbb\xbf" + written(dataset, "csv")


def test_names_and_notes_come_through_unharmed() -> None:
    release = make_release()
    make_line(release, make_programme(name='=HYPERLINK("http://x")'), note="第一行\n第二行，“引号”\x01")
    dataset = Dataset.of_release(counted(release))
    (row,) = csv_rows(written(dataset, "csv"))
    assert (row["programme"], row["note"]) == ('\'=HYPERLINK("http://x")', "第一行\n第二行，“引号”\x01")
    (record,) = json.loads(written(dataset, "json"))["lines"]
    assert (record["programme"], record["note"]) == ('=HYPERLINK("http://x")', "第一行\n第二行，“引号”\x01")
    sheet = openpyxl.load_workbook(io.BytesIO(written(dataset, "xlsx")))["lines"]
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (cells["programme"].value, cells["programme"].data_type) == ('\'=HYPERLINK("http://x")', "s")
    assert cells["note"].value == "第一行\n第二行，“引号”\ufffd"


def test_only_the_published_phases_are_columns() -> None:
    release = make_release(phases=["adopted"])
    make_line(release)
    names = [column.name for column in Dataset.of_release(counted(release)).columns]
    assert [name for name in names if name.partition("_")[0] in {"proposed", "adopted", "executed"}] == [
        "adopted",
        "adopted_minor",
    ]


@pytest.mark.parametrize("key", ["json", "ndjson"])
def test_json_holds_decimals_as_text_and_blanks_as_null(key: str) -> None:
    content = written(Dataset.of_release(some_release()), key).decode()
    lines = json.loads(content)["lines"] if key == "json" else [json.loads(line) for line in content.splitlines()]
    assert [(line["adopted"], line["adopted_minor"]) for line in lines] == [("0.03", 3), ("-0.02", -2), (None, None)]


def test_the_workbook_has_numbers_texts_and_a_sheet_about_its_columns() -> None:
    release = some_release()
    make_line(release, adopted=123_456_789_012_345_678, executed=None)
    book = openpyxl.load_workbook(io.BytesIO(written(Dataset.of_release(counted(release)), "xlsx")))
    head, *rows = [[cell.value for cell in row] for row in book["lines"]]
    place = head.index("adopted")
    assert [row[place] for row in rows] == [0.03, -0.02, None, "1234567890123456.78"]
    assert [row[place + 1] for row in rows] == [3, -2, None, "123456789012345678"]
    assert [row[0].value for row in book["about"]][1 : len(head) + 1] == head


def test_parquet_is_the_snapshot_of_the_release(tmp_path: Path) -> None:
    path = tmp_path / "lines.parquet"
    path.write_bytes(written(Dataset.of_release(some_release()), "parquet"))
    found = duckdb.read_parquet(str(path)).order("row_number").project("adopted, executed").fetchall()
    assert found == [(3, -5), (-2, -5), (None, -5)]


@pytest.mark.parametrize("is_public", [True, False])
def test_the_data_package_is_valid(tmp_path: Path, is_public: bool) -> None:
    dataset = Dataset.of_release(some_release(published=is_public))
    with zipfile.ZipFile(io.BytesIO(written(dataset, "datapackage"))) as archive:
        archive.extractall(tmp_path)
    with system.use_context(trusted=True):
        package = Package(str(tmp_path / "datapackage.json"))
        report = package.validate()
    assert (report.valid, report.flatten(["message"])) == (True, [])
    descriptor = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    (resource,) = descriptor["resources"]
    content = (tmp_path / "lines.csv").read_bytes()
    assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
    assert [field["name"] for field in resource["schema"]["fields"]] == list(csv_rows(content)[0])


def test_the_data_package_says_which_column_is_which_of_the_fiscal_taxonomy() -> None:
    with zipfile.ZipFile(io.BytesIO(written(Dataset.of_release(some_release()), "datapackage"))) as archive:
        schema = json.loads(archive.read("datapackage.json"))["resources"][0]["schema"]
    types = {field["name"]: field.get("columnType") for field in schema["fields"]}
    assert {name: kind for name, kind in types.items() if kind} == {
        "fiscal_year": "date:fiscal-year",
        "department_code": "administrative-classification:generic:code",
        "department": "administrative-classification:generic:label",
        "programme_code": "activity:generic:program:code",
        "programme": "activity:generic:program:label",
        "functional_code": "functional-classification:generic:code",
        "functional": "functional-classification:generic:label",
        "economic_code": "economic-classification:generic:code",
        "economic": "economic-classification:generic:label",
        "fund": "fin-source:generic:label",
        "currency": "value-currency:code",
        "line": "budget-line-id",
    }
    phases = {field["name"]: field["normalize"] for field in schema["fields"] if "normalize" in field}
    assert phases == {"adopted": {"phase": "adopted"}, "executed": {"phase": "executed"}}


@pytest.mark.parametrize("key", list(FORMATS))
def test_a_release_is_always_the_same_bytes(key: str) -> None:
    release = some_release()
    assert written(Dataset.of_release(release), key) == written(Dataset.of_release(release), key)


def test_a_file_that_would_lack_lines_is_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    release = some_release()
    release.line_count += 1
    with pytest.raises(Incomplete):
        build_file(Dataset.of_release(release), FORMATS["csv"])


def test_a_long_release_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset.of_release(some_release())
    whole = written(dataset, "csv")
    monkeypatch.setattr(datasets, "LINES_AT_ONCE", 2)
    assert written(dataset, "csv") == whole


def test_more_rows_than_a_workbook_holds_are_refused_by_name() -> None:
    release = make_release(line_count=ROWS_AT_MOST + 1)
    with pytest.raises(TooLarge, match="1,048,575"):
        require_fits(FORMATS["xlsx"], Dataset.of_release(release))
    for key in set(FORMATS) - {"xlsx"}:
        require_fits(FORMATS[key], Dataset.of_release(release))


def test_a_file_is_made_once_and_kept() -> None:
    dataset = Dataset.of_release(some_release())
    first = build_file(dataset, FORMATS["ndjson"])
    path = path_of(first)
    made = path.stat().st_mtime_ns
    assert build_file(dataset, FORMATS["ndjson"]) == first
    assert (path.stat().st_mtime_ns, first.size, first.row_count) == (made, path.stat().st_size, 3)
    assert first.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_was_lost_is_made_again_with_the_same_digest() -> None:
    dataset = Dataset.of_release(some_release())
    first = build_file(dataset, FORMATS["xlsx"])
    path_of(first).unlink()
    again = build_file(dataset, FORMATS["xlsx"])
    assert (again.pk, again.sha256, path_of(again).exists()) == (first.pk, first.sha256, True)


def test_of_a_draft_nothing_is_kept() -> None:
    with pytest.raises(NotFound):
        build_file(Dataset.of_release(some_release(published=False)), FORMATS["csv"])


def test_all_years_of_a_government_come_in_one_table_each_in_its_newest_version() -> None:
    from cms.open_data.queries import dataset_of_government

    old, newer, other = (some_release(fiscal_year=year) for year in (2024, 2024, 2025))
    some_release(fiscal_year=2025, published=False)
    dataset = dataset_of_government(old.government_id)
    rows = csv_rows(written(dataset, "csv"))
    assert [row["release"] for row in rows] == [str(newer.row_id)] * 3 + [str(other.row_id)] * 3
    assert written(dataset, "parquet")[:4] == b"PAR1"


def test_every_column_has_a_meaning_in_both_languages() -> None:
    from cms.budget.models import Phase

    columns = columns_of(Phase)
    assert all(column.meaning and column.meaning_en for column in columns)
    assert len({column.name for column in columns}) == len(columns)
    assert {column.kind for column in columns} == set(Kind)
