"""What is said about one entry, in words and outcomes."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import override

from privacy.log.actions import sign_head
from privacy.log.models import LeafSecret, LogEntry
from privacy.log.queries import Outcome, entries_of, entry_for, latest_head, links_to, verify_entry
from tests.factories import make_department, make_line, make_release
from tests.privacy.log.chain import append, tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def outcomes(entry: LogEntry) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in verify_entry(entry).checks}


def test_entry_for_is_the_latest_about_the_record() -> None:
    department = make_department()
    first, _, last = append(department), append(), append(department)
    assert entry_for(department) == last
    assert list(entries_of(department.row_id)) == [first, last]
    assert entry_for(make_department()) is None


def test_latest_head_is_the_one_signed_last() -> None:
    assert latest_head() is None
    append()
    sign_head()
    append()
    assert latest_head() != sign_head()
    assert latest_head() == sign_head()


def test_a_sound_entry_under_a_signed_head_is_proven() -> None:
    department = make_department()
    entry = append(department, committed={"name": department.name})
    append()
    sign_head()
    result = verify_entry(entry)
    assert result.outcome is Outcome.PROVEN
    assert outcomes(entry) == dict.fromkeys(("leaf", "chain", "signature", "name"), Outcome.PROVEN)
    with override("en"):
        assert result.summary.startswith("Verified")


def test_an_unsigned_entry_is_left_open() -> None:
    result = verify_entry(append())
    assert (result.outcome, result.head) == (Outcome.OPEN, None)


def test_an_altered_leaf_fails() -> None:
    entry = append()
    sign_head()
    tamper("UPDATE privacy_logentry SET leaf = '{}'")
    entry.refresh_from_db()
    assert verify_entry(entry).outcome is Outcome.FAILED
    assert outcomes(entry)["leaf"] is Outcome.FAILED


def test_an_entry_without_its_predecessor_fails() -> None:
    append(committed={})
    entry = append()
    tamper('DELETE FROM privacy_logentry WHERE "index" = 0')
    assert outcomes(entry)["chain"] is Outcome.FAILED


def test_an_entry_that_the_signed_head_does_not_lead_to_fails() -> None:
    entry = append()
    append()
    sign_head()
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 1")
    assert outcomes(entry)["signature"] is Outcome.FAILED


def test_a_head_signed_with_an_earlier_key_leaves_it_open(settings: Any) -> None:
    entry = append()
    sign_head()
    settings.GONGZHI_KEK = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItISE="
    assert outcomes(entry)["signature"] is Outcome.OPEN
    sign_head()
    assert outcomes(entry)["signature"] is Outcome.PROVEN


def test_a_record_that_reads_differently_now_is_told_apart_from_a_broken_log() -> None:
    department = make_department()
    entry = append(department, committed={"name": department.name})
    sign_head()
    department.name = "Another name"
    department.save()
    assert outcomes(entry)["name"] is Outcome.FAILED
    assert verify_entry(entry).outcome is Outcome.PROVEN


def test_erased_salts_leave_the_content_open_and_the_log_proven() -> None:
    department = make_department()
    entry = append(department, committed={"name": department.name})
    sign_head()
    LeafSecret.objects.all().delete()
    assert outcomes(entry)["name"] is Outcome.OPEN
    assert verify_entry(entry).outcome is Outcome.PROVEN


@pytest.mark.parametrize("name", ["body", "government"])
def test_what_is_no_text_of_the_record_can_only_be_checked_by_who_has_it(name: str) -> None:
    assert outcomes(append(committed={name: "something"}))[name] is Outcome.OPEN


def test_an_entry_about_a_model_that_is_gone_can_still_be_verified() -> None:
    entry = append(committed={"name": "x"})
    sign_head()
    entry.record_label = "cms.forgotten"
    assert verify_entry(entry).outcome is Outcome.PROVEN


def test_records_are_linked_to_only_where_the_reader_may_see_them() -> None:
    line, draft = make_line(), make_line(make_release(published=False))
    entries = [append(line), append(draft), append(make_department())]
    links = links_to(entries, AnonymousUser())
    assert links == {line.row_id: line.get_absolute_url()}
