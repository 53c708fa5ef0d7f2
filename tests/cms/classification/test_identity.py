"""Which department or programme a name means, and whose lines belong together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from cms.budget.models import Department, Line, Phase, Release
from cms.budget.queries import years_of
from cms.classification.actions import (
    declare_department_alias,
    declare_merger,
    declare_programme_alias,
    withdraw_declaration,
)
from cms.classification.identity import (
    Identities,
    lines_of_department,
    lines_of_programme,
    predecessors_of,
)
from cms.classification.models import DepartmentAlias
from cms.pages.site import sync_editor_groups
from participation.stakeholders.models import Role
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.log.queries import verify_entry
from tests.factories import make_department, make_line, make_officeholder, make_programme, make_release, make_user
from tests.log_entries import entries, entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SINCE = date(2023, 3, 1)


def merge(*pairs: tuple[Department, Department]) -> None:
    for predecessor, successor in pairs:
        declare_merger(predecessor, successor, since=SINCE, acting_user=None)


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alias", "asked", "is_found"),
    [
        ({"code": "9"}, ("9", "任何名称", 2024), True),
        ({"name": "体委"}, ("任何", "体委", 2024), True),
        ({"code": "9", "name": "体委"}, ("9", "教委", 2024), False),
        ({"code": "9", "valid_until": 2018}, ("9", "", 2018), True),
        ({"code": "9", "valid_until": 2018}, ("9", "", 2019), False),
        ({"code": "9", "valid_from": 2018}, ("9", "", 2017), False),
    ],
    ids=["code", "name", "both", "in its last year", "after it", "before it"],
)
def test_an_alias_covers_what_it_says_in_the_years_it_says(
    alias: dict[str, Any], asked: tuple[str, str, int], is_found: bool
) -> None:
    programme = make_programme()
    declare_department_alias(programme.department, acting_user=None, **alias)
    declare_programme_alias(programme, acting_user=None, **alias)
    government = programme.department.government
    code, name, year = asked
    known = Identities(government, year)
    assert known.department(code, name) == (programme.department if is_found else None)
    assert known.programme(programme.department, code, name) == (programme if is_found else None)


def test_without_an_alias_code_and_name_both_have_to_be_the_same() -> None:
    department = make_department(code="101", name="教育局")
    found = Identities(department.government, 2025)
    assert (found.department("101", "教育局"), found.department("101", "教委"), found.department("101", "")) == (
        department,
        None,
        None,
    )


def test_an_alias_goes_before_what_an_import_made_of_the_name_earlier() -> None:
    wanted = make_department(name="教育局")
    made = make_department(wanted.government, code="77", name="教委")
    declare_department_alias(wanted, code="77", name="教委", acting_user=None)
    assert Identities(made.government, 2025).department("77", "教委") == wanted


def test_a_programme_is_recognised_under_another_department() -> None:
    programme, other = make_programme(), make_department()
    declare_programme_alias(programme, under=other, code="X1", acting_user=None)
    known = Identities(other.government, 2025)
    assert known.programme(other, "X1", "无论") == programme
    assert known.programme(programme.department, "X1", "无论") is None


def test_many_names_cost_a_fixed_number_of_queries(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    programmes = [make_programme() for _number in range(5)]
    government = programmes[0].department.government
    with django_assert_num_queries(5):
        known = Identities(government, 2025)
        found = [known.programme(p.department, p.code, p.name) for p in programmes]
    assert found == programmes


def test_a_programme_goes_on_in_the_department_that_its_own_went_up_in() -> None:
    programme, middle, successor = make_programme(), make_department(), make_department()
    merge((programme.department, middle), (middle, successor))
    asked = (successor, programme.code, programme.name)
    before, after = (Identities(successor.government, year).programme(*asked) for year in (2022, 2023))
    assert (before, after) == (None, programme)


def test_two_programmes_of_one_name_that_were_brought_together_are_not_guessed_apart() -> None:
    first, second, successor = make_department(), make_department(), make_department()
    for department in (first, second):
        make_programme(department, code="", name="日常公用经费")
    merge((first, successor), (second, successor))
    assert Identities(successor.government, 2025).programme(successor, "", "日常公用经费") is None


def test_a_programme_of_a_department_that_was_split_is_not_handed_on() -> None:
    programme, one, other = make_programme(), make_department(), make_department()
    merge((programme.department, one), (programme.department, other))
    assert Identities(one.government, 2025).programme(one, programme.code, programme.name) is None


def test_two_cannot_claim_one_name_in_one_year() -> None:
    one, other = make_department(), make_department()
    declare_department_alias(one, code="9", valid_until=2018, acting_user=None)
    with pytest.raises(Conflict):
        declare_department_alias(other, code="9", name="体委", valid_from=2018, acting_user=None)
    declare_department_alias(other, code="9", valid_from=2019, acting_user=None)
    assert DepartmentAlias.objects.count() == 2


@pytest.mark.parametrize("words", [{}, {"code": " "}, {"code": "9", "valid_from": 2020, "valid_until": 2019}])
def test_an_alias_has_to_say_something(words: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        declare_department_alias(make_department(), acting_user=None, **words)


def test_only_editors_and_reviewers_declare() -> None:
    department = make_department()
    declare_department_alias(department, code="1", acting_user=make_officeholder(Role.EDITOR))
    for user in (make_user(), make_officeholder(Role.MODERATOR)):
        with pytest.raises(NotAllowed):
            declare_department_alias(department, code="2", acting_user=user)
        with pytest.raises(NotAllowed):
            merge_as(user)


def merge_as(user: Any) -> None:
    declare_merger(make_department(), make_department(), since=SINCE, acting_user=user)


def test_what_is_withdrawn_counts_no_more_and_stays_on_record() -> None:
    department = make_department()
    alias = declare_department_alias(department, code="9", acting_user=None)
    with pytest.raises(Invalid):
        withdraw_declaration(alias, reason=" ", acting_user=None)
    withdraw_declaration(alias, reason="记错了", acting_user=None)
    with pytest.raises(Conflict):
        withdraw_declaration(alias, reason="再次", acting_user=None)
    assert Identities(department.government, 2025).department("9", "") is None
    assert [one.history_change_reason for one in alias.history.order_by("pk")][-1] == "记错了"
    assert [one.kind for one in entries(record_ref=alias.row_id)] == ["alias.declared", "declaration.withdrawn"]


# Mergers ------------------------------------------------------------------------------------------


def test_predecessors_are_found_through_each_other() -> None:
    old, middle, new = (make_department() for _number in range(3))
    merge((old, middle), (middle, new))
    assert (predecessors_of(new), predecessors_of(middle), predecessors_of(old)) == (
        {old.pk, middle.pk},
        {old.pk},
        set(),
    )


def test_nothing_of_a_merger_as_it_was_declared_reads_differently_than_its_entry() -> None:
    declare_merger(make_department(), make_department(), since=SINCE, note="机构改革", acting_user=None)
    assert "failed" not in [check.outcome for check in verify_entry(entry(kind="merger.declared")).checks]


def test_a_department_that_was_split_is_nobodys_predecessor() -> None:
    old, one, other = (make_department() for _number in range(3))
    merge((old, one), (old, other))
    assert (predecessors_of(one), predecessors_of(other)) == (set(), set())


def test_a_department_cannot_carry_on_itself() -> None:
    one, other, third = (make_department() for _number in range(3))
    merge((one, other), (other, third))
    for predecessor, successor in ((one, one), (third, one), (other, one)):
        with pytest.raises(Invalid):
            merge((predecessor, successor))
    with pytest.raises(Conflict):
        merge((one, other))


def test_figures_of_all_together_count_every_line_once() -> None:
    sport, education, both = (make_department() for _number in range(3))
    for year, department, amount in ((2021, sport, 10), (2021, education, 20), (2022, both, 40), (2022, sport, 1)):
        release = make_release(fiscal_year=year) if year == 2021 and department == sport else None
        release = release or department_release(year)
        make_line(release, make_programme(department), adopted=amount)
    merge((sport, both), (education, both))
    sums = years_of(Line.objects.filter(lines_of_department(both, with_predecessors=True)), AnonymousUser())
    assert {one.release.fiscal_year: one.amounts[Phase.ADOPTED] for one in sums} == {2021: 30, 2022: 41}


def department_release(year: int) -> Any:
    return Release.objects.filter(fiscal_year=year).first() or make_release(fiscal_year=year)


def test_lines_under_a_declared_name_belong_to_the_programme_in_its_years() -> None:
    programme = make_programme(code="P1", name="新")
    made = make_programme(programme.department, code="P0", name="旧")
    line = make_line(make_release(fiscal_year=2020), made)
    later = make_line(make_release(fiscal_year=2024), made)
    declare_programme_alias(programme, code="P0", valid_until=2021, acting_user=None)
    assert set(Line.objects.filter(lines_of_programme(programme))) == {line}
    assert set(Line.objects.filter(lines_of_programme(made))) == {line, later}


# Pages --------------------------------------------------------------------------------------------


def test_the_page_of_a_department_says_what_it_was_before(client: Client) -> None:
    old, new = make_department(name="体育局"), make_department(name="教育体育局")
    make_line(make_release(fiscal_year=2021), make_programme(old))
    make_line(make_release(fiscal_year=2024), make_programme(new))
    declare_merger(old, new, since=SINCE, note="机构改革", acting_user=None)
    declare_department_alias(new, name="教体局", acting_user=None)
    page = client.get(new.get_absolute_url()).content.decode()
    assert all(words in page for words in ("体育局", "机构改革", "教体局", "2021"))
    assert "教育体育局" in client.get(old.get_absolute_url()).content.decode()


def test_the_history_of_an_alias_is_public_with_its_department(client: Client) -> None:
    line = make_line()
    alias = declare_department_alias(line.department, name="教体局", acting_user=None)
    secret = declare_department_alias(make_department(), name="保密处", acting_user=None)
    pages = [reverse("privacy:history:record", args=["cms.departmentalias", one.row_id]) for one in (alias, secret)]
    assert [client.get(page).status_code for page in pages] == [200, 404]


def test_a_department_that_only_a_draft_knows_is_not_told_of(client: Client) -> None:
    secret, new = make_department(name="保密局"), make_department(name="新局")
    make_line(make_release(published=False), make_programme(secret))
    make_line(programme=make_programme(new))
    merge((secret, new))
    assert "保密局" not in client.get(new.get_absolute_url()).content.decode()


def test_editors_declare_and_withdraw_in_their_administration(client: Client, site: Any) -> None:
    editor = make_officeholder(Role.EDITOR)
    sync_editor_groups(editor, ["editor"])
    client.force_login(editor)
    department = make_department()
    values = {"department": department.pk, "code": "77", "name": "教委", "valid_until": "2018"}
    assert client.post(reverse("department_aliases:add"), values).status_code == 302
    alias = DepartmentAlias.objects.get()
    assert (alias.code, alias.history.count()) == ("77", 1)
    refused = client.post(reverse("department_aliases:add"), values)
    assert (refused.status_code, DepartmentAlias.objects.count()) == (200, 1)
    client.post(reverse("department_aliases:edit", args=[alias.pk]), {"reason": "记错了"})
    alias.refresh_from_db()
    assert alias.withdrawn_at is not None


def test_citizens_have_no_business_there(client: Client, site: Any) -> None:
    client.force_login(make_user())
    assert client.get(reverse("department_aliases:add")).status_code in (302, 403)
