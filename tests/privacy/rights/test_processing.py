"""The record of processing is what the rooms declare and the officer adds; versions are fixed, assessments approved."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from participation.stakeholders.models import Role
from privacy.log.kinds import LeafKind
from privacy.log.models import AppendOnlyError
from privacy.rights.deadlines import LegalRule
from privacy.rights.processing.actions import approve_assessment, complete_activity, fix_record, write_assessment
from privacy.rights.processing.models import ImpactAssessment, ProcessingRecord
from privacy.rights.processing.queries import ADDED, activities, activity_found, rows_of
from privacy.rights.purposes import Purpose
from privacy.rights.refusals import NotNow, Refused
from privacy.rights.registry import personal_data
from tests.factories import make_officeholder, make_user
from tests.log_entries import entries

pytestmark = pytest.mark.django_db

KEY = Purpose.TAKING_PART.value
ANSWERS = {"necessity": "有法定职责", "risks": "可能被认出", "measures": "可以匿名"}


@pytest.fixture
def officer() -> Any:
    return make_officeholder(Role.PRIVACY)


def complete(officer: Any, version: int = 0, **values: str) -> Any:
    given = {"controller": "市财政局", "security": "密封", **values}
    return complete_activity(KEY, values=given, version=version, acting_user=officer)


def assess(officer: Any, **values: Any) -> ImpactAssessment:
    given = {"grounds": ["entrusted"], "risk": "low", "values": ANSWERS, **values}
    return write_assessment(KEY, **given, acting_user=officer)


def test_every_declared_kind_of_data_stands_in_one_activity() -> None:
    held = sorted(one.model for activity in activities() for one in activity.held)
    assert held == sorted(one.model for one in personal_data())


def test_what_is_published_wants_an_assessment_until_one_is_approved(officer: Any) -> None:
    def wants() -> bool:
        found = activity_found(KEY)
        return found is not None and found.wants_assessment

    before = wants()
    draft = assess(officer)
    written = wants()
    approve_assessment(draft, acting_user=officer)
    assert (before, written, wants()) == (True, True, False)


def test_what_the_officer_adds_has_versions_and_leaves(officer: Any) -> None:
    complete(officer)
    details = complete(officer, 1, notes="改")
    found = activity_found(KEY)
    assert found is not None
    assert (found.is_complete, found.details, details.version) == (True, details, 2)
    assert [one.record_ref for one in entries(kind=LeafKind.PROCESSING_COMPLETED)] == [details.row_id] * 2


def test_whoever_was_slower_reads_first(officer: Any) -> None:
    complete(officer)
    with pytest.raises(NotNow):
        complete(officer)


def test_a_fixed_version_tells_all_in_both_languages_and_stays(officer: Any) -> None:
    complete(officer)
    record = fix_record(acting_user=officer)
    complete(officer, 1, controller="别的机关")
    told = {language: rows_of(record.content, language) for language in ("zh-hans", "en")}
    assert len(told["zh-hans"]) == len(told["en"]) == 1 + len(personal_data())
    assert told["zh-hans"] != told["en"]
    assert {len(row) for rows in told.values() for row in rows} == {len(told["en"][0])}
    record.refresh_from_db()
    assert ("市财政局" in json.dumps(record.content, ensure_ascii=False)) is True
    with pytest.raises(AppendOnlyError):
        record.delete()


def test_the_same_content_is_the_same_version(officer: Any) -> None:
    assert fix_record(acting_user=officer) == fix_record(acting_user=officer)
    complete(officer)
    assert fix_record(acting_user=officer).number == 2


def test_it_is_kept_for_three_years(officer: Any) -> None:
    LegalRule(
        jurisdiction="CN",
        kind="processing/keeping",
        amount=36,
        unit="months",
        basis="第五十六条",
        valid_from=date(2021, 11, 1),
    ).save()
    until = approve_assessment(assess(officer), acting_user=officer).keep_until
    today = timezone.localdate()
    assert until is not None
    assert (until.year - today.year, fix_record(acting_user=officer).keep_until) == (3, until)


@pytest.mark.parametrize("missing", [*ANSWERS, "grounds"])
def test_an_assessment_is_approved_whole(officer: Any, missing: str) -> None:
    values = {name: "" if name == missing else text for name, text in ANSWERS.items()}
    draft = assess(officer, values=values, **({"grounds": []} if missing == "grounds" else {}))
    with pytest.raises(Refused) as refused:
        approve_assessment(draft, acting_user=officer)
    assert refused.value.field == missing


def test_an_approved_assessment_is_not_written_over(officer: Any) -> None:
    first = approve_assessment(assess(officer), acting_user=officer)
    with pytest.raises(NotNow):
        approve_assessment(first, acting_user=officer)
    second = assess(officer, risk="high")
    again = assess(officer, risk="medium")
    first.refresh_from_db()
    assert (first.risk, second.version, again.pk) == ("low", 2, second.pk)


@pytest.mark.parametrize("wrong", [{"grounds": ["rumour"]}, {"risk": "none"}])
def test_what_is_not_offered_is_refused(officer: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        assess(officer, **wrong)


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.MODERATOR])
def test_only_the_officer_changes_it(role: Role | None) -> None:
    person = make_user() if role is None else make_officeholder(role)
    for act in (complete, assess, lambda one: fix_record(acting_user=one)):
        with pytest.raises(PermissionDenied):
            act(person)


# Pages ----------------------------------------------------------------------------------------------


def test_officers_work_on_it_auditors_read_it_and_nobody_else_finds_it(officer: Any, client: Any) -> None:
    pages = [assess(officer).get_absolute_url(), reverse("privacy:processing:assess", args=[KEY])]
    found = {}
    for name, who in (("officer", officer), ("auditor", make_officeholder(Role.AUDITOR)), ("citizen", make_user())):
        client.force_login(who)
        found[name] = [client.get(page).status_code for page in pages]
    assert found == {"officer": [200, 200], "auditor": [200, 403], "citizen": [404, 404]}


def test_the_officer_completes_assesses_approves_and_fixes_on_the_pages(officer: Any, client: Any) -> None:
    client.force_login(officer)
    sent = {**dict.fromkeys(ADDED, ""), "controller": "市财政局", "security": "密封", "version": "0"}
    client.post(reverse("privacy:processing:activity", args=[KEY]), sent)
    again = client.post(reverse("privacy:processing:activity", args=[KEY]), sent)
    draft = client.post(
        reverse("privacy:processing:assess", args=[KEY]), {**ANSWERS, "grounds": ["entrusted"], "risk": "low"}
    )
    client.post(draft.url)
    fixed = client.post(reverse("privacy:processing:fix"))
    pages = [client.get(path).status_code for path in (fixed.url, reverse("privacy:processing:index"))]
    found = activity_found(KEY)
    assert found is not None
    assert (again.status_code, found.is_complete, found.approved is not None, pages) == (409, True, True, [200, 200])
    assert ProcessingRecord.objects.get().content["activities"]["en"]


def test_it_can_be_taken_away_as_a_table_and_for_programs(officer: Any, client: Any) -> None:
    complete(officer, notes="=1+1")
    number = fix_record(acting_user=officer).number
    client.force_login(officer)
    table = client.get(reverse("privacy:processing:version_csv", args=[number])).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    assert (len(rows), "'=1+1" in table, ",=1+1" in table) == (1 + len(personal_data()), True, False)
    held = json.loads(client.get(reverse("privacy:processing:version_json", args=[number])).content)
    assert (held["version"], sorted(held["activities"])) == (number, ["en", "zh-hans"])
