"""By whose rules a government's budgets are read: said once, with a reason, and followed everywhere."""

from __future__ import annotations

from datetime import date

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.test import Client
from django.utils.translation import override

from cms.analysis.cube import fill
from cms.analysis.models import DepartmentCell
from cms.budget.actions import import_release, set_jurisdiction
from cms.budget.checks.rules import rules_for
from cms.budget.first_jurisdictions import write_down
from cms.budget.importing.mapping import mapping_from
from cms.budget.line_table import described
from cms.budget.models import Government, JurisdictionChange
from cms.budget.queries import Dimension, groups_by
from cms.calendars.clocks import deadline
from cms.pages.site import build_site, sync_editor_groups
from cms.reference.queries import code_page
from participation.stakeholders.models import Role
from portal.errors import Invalid, NotAllowed
from portal.ui.furniture import spoken
from tests.factories import make_code, make_government, make_line, make_officeholder, make_release
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


def say(government: Government, jurisdiction: str, **more: object) -> JurisdictionChange | None:
    values: dict[str, object] = {"reason": "西班牙地方政府", "acting_user": None, **more}
    return set_jurisdiction(government, jurisdiction=jurisdiction, **values)  # type: ignore[arg-type]


def test_a_change_is_a_record_with_its_reason_and_a_leaf() -> None:
    government = make_government()
    change = say(government, " es-md ")
    assert change is not None
    assert (change.before, change.after, change.reason) == ("CN", "ES-MD", "西班牙地方政府")
    assert Government.objects.get().jurisdiction == "ES-MD"
    assert [entry.kind for entry in entries(record_ref=change.row_id)] == ["jurisdiction.changed"]


def test_saying_the_same_again_changes_nothing() -> None:
    assert (say(make_government(), "CN"), JurisdictionChange.objects.count()) == (None, 0)


@pytest.mark.parametrize(("jurisdiction", "reason"), [("China", "为什么"), ("CN-", "为什么"), ("ES", "  ")])
def test_what_is_no_code_or_has_no_reason_is_refused(jurisdiction: str, reason: str) -> None:
    with pytest.raises(Invalid):
        say(make_government(), jurisdiction, reason=reason)


@pytest.mark.parametrize(("role", "may"), [(Role.REVIEWER, True), (Role.EDITOR, False), (Role.MODERATOR, False)])
def test_only_reviewers_say_it(role: str, may: bool) -> None:
    person = make_officeholder(role)
    if may:
        assert say(make_government(), "ES", acting_user=person)
    else:
        with pytest.raises(NotAllowed):
            say(make_government(), "ES", acting_user=person)


def test_codes_checks_and_periods_follow_the_government_and_not_the_currency() -> None:
    make_code("functional", "205", "教育支出", "Education")
    make_code("functional", "132", "公共秩序", "Public order", label="es", jurisdiction="ES")
    call_command("calendar_load", "--periods", verbosity=0)
    here = make_release(government=make_government(), currency="EUR", fiscal_year=2024)
    there = make_release(government=make_government("Madrid", jurisdiction="ES-MD"), currency="CNY", fiscal_year=2024)
    make_line(here, functional_code="2050202", functional_name="")
    make_line(there, functional_code="13201", functional_name="SEGURIDAD")
    named = [groups_by(one, Dimension.FUNCTION, one.lines.all())[0].name_en for one in (here, there)]
    rules = [rules_for(one) is not None for one in (here, there)]
    due = [deadline("T1", date(2025, 2, 20), one.jurisdiction) is not None for one in (here, there)]
    assert (named, rules, due) == (["Education", "Public order"], [True, False], [True, False])


def test_a_province_goes_by_the_rules_of_its_country() -> None:
    make_code("functional", "205", "教育支出", "Education")
    release = make_release(government=make_government("浙江", jurisdiction="CN-33"))
    make_line(release, functional_code="205", functional_name="")
    assert rules_for(release) is not None
    assert groups_by(release, Dimension.FUNCTION, release.lines.all())[0].name == "教育支出"


def test_funds_have_the_english_name_that_their_list_gives() -> None:
    make_code("fund", "一般公共预算", "一般公共预算", "General public budget")
    line = make_line(fund="一般公共预算")
    row = described([line], [])[0]
    assert (row.fund, row.fund_en) == ("一般公共预算", "General public budget")


def test_a_name_that_no_list_has_is_marked_as_chinese_on_an_english_page() -> None:
    with override("en"):
        assert spoken({"name": "专项债券"}, "name") == '<span lang="zh-Hans">专项债券</span>'
        assert spoken({"name": "<b>", "name_en": "<b>"}, "name") == "&lt;b&gt;"
    with override("zh-hans"):
        assert spoken({"name": "专项债券"}, "name") == "专项债券"


@pytest.mark.parametrize(("currency", "said"), [("CNY", "CN"), ("EUR", "")])
def test_what_governments_were_read_by_before_is_written_down(currency: str, said: str) -> None:
    government = make_government(jurisdiction="")
    make_release(government=government, currency=currency)
    write_down(apps, None)
    assert Government.objects.get().jurisdiction == said


def test_a_reviewer_says_it_in_the_administration_and_the_calendar_tells_everybody(client: Client) -> None:
    government = make_government()
    make_release(government=government)
    build_site()
    reviewer = make_officeholder(Role.REVIEWER)
    sync_editor_groups(reviewer, [Role.REVIEWER])
    client.force_login(reviewer)
    said = {"jurisdiction": "CN-33", "reason": "省级地方性法规"}
    assert client.post(f"/admin/governments/edit/{government.pk}/", said).status_code == 302
    assert Government.objects.get().jurisdiction == "CN-33"
    client.logout()
    page = client.get("/calendars/CN/2025/").content.decode()
    assert all(words in page for words in ("CN-33", "省级地方性法规"))


def test_a_new_government_begins_with_the_country_of_its_currency() -> None:
    report = import_release(
        "单位,决算数\n教育局,1\n".encode(),
        source_name="a.csv",
        mapping=mapping_from(
            {
                "release": {"government": "某市", "fiscal_year": 2024, "currency": "CNY"},
                "columns": {"department": "单位"},
                "amounts": {"executed": "决算数"},
            }
        ),
    )
    assert (report.rejected, Government.objects.get().jurisdiction) == (0, "CN")


def test_towns_of_spain_have_their_functions_named_and_matched() -> None:
    call_command("classification_load", verbosity=0)
    release = make_release(government=make_government("Madrid", jurisdiction="ES-MD"), currency="EUR", fiscal_year=2024)
    make_line(release, functional_code="13201", functional_name="SEGURIDAD")
    assert groups_by(release, Dimension.FUNCTION, release.lines.all())[0].name_en == "Security and public order"
    page = code_page("functional", "132", 2024, AnonymousUser(), "ES-MD")
    assert page is not None
    assert ([other.match.code for other in page.elsewhere], len(page.years)) == (["03.1"], 1)


def test_sums_by_function_are_made_anew_once_codes_mean_something() -> None:
    release = make_release(government=make_government("Madrid", jurisdiction=""), currency="EUR")
    make_line(release, functional_code="13201", functional_name="SEGURIDAD")
    fill(release)
    assert DepartmentCell.objects.get().function == "SEGURIDAD"
    say(release.government, "ES-MD")
    assert DepartmentCell.objects.get().function == "132"
