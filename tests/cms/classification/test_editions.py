"""Editions of classifications: files, loading, and which of them a year is read by."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from cms.classification.actions import correct_entry, load_edition
from cms.classification.carry_over import carry_over_codes
from cms.classification.editions import files, read_edition
from cms.classification.models import ClassificationEntry, ClassificationVersion
from cms.classification.queries import Name, ancestors, edition_of, name_of, names_by_year, names_of
from participation.stakeholders.models import Role
from portal.errors import Conflict, Invalid, NotAllowed
from tests.data import SHARED
from tests.factories import make_code, make_officeholder, make_user
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]
FILE = """
scheme = "functional"
label = "2025"
name = "科目"
name_en = "Codes"
valid_from = 2025

[codes]
205 = { name = "教育支出", name_en = "Education", matches = [{ scheme = "cofog", code = "09" }] }
2050202 = { name = "小学教育" }
20502 = { name = "普通教育" }
"""


def load(text: str = FILE) -> ClassificationVersion:
    return load_edition(read_edition(text.encode()), acting_user=None)


def test_an_edition_becomes_a_tree_by_the_beginnings_of_its_codes() -> None:
    version = load()
    found = version.entries.order_by("code").values_list("code", "level", "parent__code")
    assert list(found) == [("205", 1, None), ("20502", 2, "205"), ("2050202", 3, "20502")]


def test_loading_again_changes_nothing_and_keeps_corrections() -> None:
    version = load()
    entry = version.entries.get(code="205")
    correct_entry(entry, name="教育", reason="笔误", acting_user=None)
    assert load() == version
    assert version.entries.get(code="205").name == "教育"


def test_the_same_label_with_other_words_is_refused() -> None:
    load()
    with pytest.raises(Conflict):
        load(FILE.replace("普通教育", "基础教育"))


def test_loading_leaves_a_leaf_with_the_fingerprint_of_the_file() -> None:
    version = load()
    assert [entry.kind for entry in entries(record_ref=version.row_id)] == ["classification.loaded"]
    assert version.content_sha256 == read_edition(FILE.encode()).sha256


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scheme = ",
        FILE.replace("functional", "magical"),
        FILE.replace('label = "2025"', ""),
        FILE.replace("valid_from = 2025", 'valid_from = "2025"'),
        FILE.replace("valid_from = 2025", "valid_from = 2025\nvalid_until = 2024"),
        FILE.replace('name = "小学教育"', 'name = ""'),
        FILE.replace("20502 =", "205 ="),
        FILE.replace('name = "小学教育"', 'name = "小学教育", colour = "red"'),
        FILE.replace("20502 =", '"205/02" ='),
        FILE.split("205 =")[0],
    ],
    ids=[
        "empty",
        "no toml",
        "scheme",
        "no label",
        "year as text",
        "ends first",
        "no name",
        "twice",
        "unknown",
        "slash",
        "none",
    ],
)
def test_a_file_that_is_no_classification_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_edition(text.encode())


def test_the_command_loads_what_comes_with_the_portal_twice_alike() -> None:
    for _time in range(2):
        call_command("classification_load", verbosity=0)
    assert ClassificationVersion.objects.count() == len(list(files()))
    assert name_of("functional", "205", 2024) == Name("教育支出", "Education")
    assert name_of("economic", "30201", 2025) == Name("办公费", "Office supplies")
    assert [entry.code for entry in ancestors("cofog", "09.1.2", 2024)] == ["09", "09.1"]


def test_the_command_says_what_is_wrong(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.toml").write_text("x = 1")
    with pytest.raises(CommandError, match="bad"):
        call_command("classification_load", tmp_path / "bad.toml")


@pytest.mark.skipif(not (SHARED / "data" / "reference").exists(), reason="the reference data is not at hand")
def test_what_comes_with_the_portal_says_what_the_reference_says() -> None:
    import csv

    call_command("classification_load", verbosity=0)
    for file, scheme in (
        ("cn_functional_class.csv", "functional"),
        ("cn_economic_dept_classification.csv", "economic"),
    ):
        with (SHARED / "data" / "reference" / file).open(encoding="utf-8") as rows:
            wanted = {row["code"]: row["name_zh"] for row in csv.DictReader(rows)}
        said = ClassificationEntry.objects.filter(version__scheme=scheme, version__jurisdiction="CN")
        assert dict(said.values_list("code", "name")) == wanted


# Which edition ------------------------------------------------------------------------------------


def test_a_year_is_read_by_its_own_edition_or_the_nearest_one() -> None:
    for label, first, last in (("old", 2015, 2018), ("new", 2020, None)):
        make_code("functional", "207", label, label=label, valid_from=first, valid_until=last)
    chosen = {year: edition_of("functional", year) for year in (2014, 2016, 2019, 2020, 2030)}
    assert {year: (edition.version.label, edition.is_exact) for year, edition in chosen.items() if edition} == {
        2014: ("old", False),
        2016: ("old", True),
        2019: ("old", False),
        2020: ("new", True),
        2030: ("new", True),
    }


def test_of_two_that_are_valid_the_later_one_counts() -> None:
    make_code("functional", "207", "文化体育与传媒支出", label="always")
    make_code("functional", "207", "文化旅游体育与传媒支出", label="2019", valid_from=2019)
    names = {year: name_of("functional", "207", year) for year in (2018, 2019)}
    assert names == {2018: Name("文化体育与传媒支出"), 2019: Name("文化旅游体育与传媒支出")}


def test_lines_of_several_years_are_named_at_once(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    make_code("functional", "207", "旧", label="old", valid_until=2018)
    make_code("functional", "207", "新", label="new", valid_from=2019)
    make_code("economic", "301", "工资福利支出")
    wanted = [
        ("functional", "207", 2018),
        ("functional", "207", 2020),
        ("economic", "301", 2020),
        ("economic", "9", 2020),
    ]
    with django_assert_num_queries(1):
        names = names_by_year(wanted)
    assert names == {wanted[0]: Name("旧"), wanted[1]: Name("新"), wanted[2]: Name("工资福利支出")}


def test_a_code_that_a_year_has_no_more_keeps_the_name_it_had() -> None:
    make_code("functional", "205", "教育支出", label="new", valid_from=2020)
    make_code("functional", "299", "其他", label="old", valid_until=2019)
    assert names_of("functional", ["299", "205", ""], 2024) == {"299": Name("其他"), "205": Name("教育支出")}


def test_another_country_has_its_own_codes() -> None:
    make_code("functional", "231", "Asistencia social", label="madrid", jurisdiction="ES-MD")
    assert (name_of("functional", "231", 2024), name_of("functional", "231", 2024, "ES-MD")) == (
        None,
        Name("Asistencia social"),
    )


# Corrections --------------------------------------------------------------------------------------


def test_a_correction_keeps_what_was_said_before_with_its_reason() -> None:
    entry = load().entries.get(code="205")
    editor = make_officeholder(Role.EDITOR)
    correction = correct_entry(entry, name="教育", name_en="Education", reason="与文件一致", acting_user=editor)
    assert correction
    assert (correction.before, correction.after) == (
        {"name": "教育支出", "name_en": "Education"},
        {"name": "教育", "name_en": "Education"},
    )
    assert [found.kind for found in entries(record_ref=correction.row_id)] == ["classification.corrected"]
    assert correct_entry(entry, name="教育", reason="再次", acting_user=editor) is None


def test_a_correction_needs_a_reason_a_name_and_an_office() -> None:
    entry = make_code("functional", "205", "教育支出")
    for words in ({"name": "", "reason": "x"}, {"name": "教育", "reason": " "}):
        with pytest.raises(Invalid):
            correct_entry(entry, acting_user=None, **words)
    with pytest.raises(NotAllowed):
        correct_entry(entry, name="教育", reason="x", acting_user=make_user())
    with pytest.raises(NotAllowed):
        load_edition(read_edition(FILE.encode()), acting_user=make_officeholder(Role.EDITOR))


def test_a_flat_list_becomes_an_edition_of_every_year() -> None:
    class Row:
        def __init__(self, code: str, name: str) -> None:
            self.code, self.name, self.name_en = code, name, ""

    class Rows(list):  # type: ignore[type-arg]
        """The list as the migration finds it: its model is gone."""

        objects = property(lambda self: self)

        def order_by(self) -> Rows:
            return self

        def values_list(self, *names: str, flat: bool) -> Rows:
            return self

        def distinct(self) -> list[str]:
            return ["functional"]

        def filter(self, scheme: str) -> Rows:
            return self

    class Apps:
        def get_model(self, app: str, name: str) -> object:
            old = Rows([Row("20502", "普通教育"), Row("205", "教育支出")])
            return old if name == "ClassificationCode" else apps.get_model(app, name)

    carry_over_codes(Apps(), None)
    assert (name_of("functional", "205", 1999), [e.code for e in ancestors("functional", "20502", 2050)]) == (
        Name("教育支出"),
        ["205"],
    )
