"""The public pages of the log."""

import json
import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from participation.discussion.actions import post_message
from participation.discussion.models import Event
from participation.moderation.actions import publish_house_rule
from participation.moderation.house_rules import RuleDefinition
from participation.moderation.models import HouseRule
from privacy.log import views
from privacy.log.canonical import commitment
from privacy.log.models import Checkpoint, LogEntry
from privacy.log.queries import salts_of
from privacy.log.sequencer import sequence_once, sequence_pending
from privacy.sealing.ring import shred
from tests.factories import (
    CITIZEN,
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_line,
    make_task,
    make_user,
)
from tests.privacy.log.written import REASON, tamper, wait_for_number, write

pytestmark = [pytest.mark.django_db, pytest.mark.both]

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def index() -> str:
    return reverse("privacy:log:index")


def verify(record_ref: UUID | str) -> str:
    return reverse("privacy:log:verify", args=[record_ref])


def in_english(client: Client, record_ref: UUID) -> str:
    with override("en"):
        address = verify(record_ref)
    return client.get(address).content.decode().split("<main")[1]


# The page about the log ------------------------------------------------------------------------


def test_the_index_says_what_is_signed_and_what_is_waiting(client: Client) -> None:
    write()
    write()
    wait_for_number()
    page = client.get(index())
    assert (page.status_code, page.context["checkpoint"].size, page.context["pending_count"]) == (200, 2, 1)


def test_the_index_shows_an_empty_log(client: Client) -> None:
    assert client.get(index()).status_code == 200


def test_the_index_shows_the_verifying_key(client: Client) -> None:
    write()
    assert Checkpoint.objects.get().verifier_key in client.get(index()).content.decode().replace("&#x2B;", "+")


def test_the_index_links_to_visible_records(client: Client) -> None:
    line = make_line()
    write(line)
    assert f'href="{line.get_absolute_url()}"' in client.get(index()).content.decode()


def test_the_foot_of_the_page_names_the_key_in_short(client: Client) -> None:
    write()
    key = Checkpoint.objects.get().verifier_key
    name, key_id, _public_key = key.split("+", 2)
    foot = client.get(index()).content.decode().split("<footer")[1]
    assert (f"{name}+{key_id}" in foot, key in foot) == (True, False)


@pytest.mark.parametrize("state", ["numbered", "pending"])
def test_a_reference_of_a_record_leads_to_its_verification(client: Client, state: str) -> None:
    department = make_department()
    (write if state == "numbered" else wait_for_number)(department)
    page = client.get(index(), {"ref": f" {department.row_id} "})
    assert (page.status_code, page["Location"]) == (302, verify(department.row_id))


@pytest.mark.parametrize("state", ["numbered", "pending"])
def test_a_reference_of_an_entry_leads_there_too(client: Client, state: str) -> None:
    department = make_department()
    entry = (write if state == "numbered" else wait_for_number)(department)
    assert client.get(index(), {"ref": entry.ref.hex})["Location"] == verify(department.row_id)


@pytest.mark.parametrize("sought", ["nonsense", UNKNOWN, "<script>"])
def test_a_wrong_reference_is_explained_and_kept(client: Client, sought: str) -> None:
    page = client.get(index(), {"ref": sought})
    assert page.status_code == 400
    assert page.context["problem"]
    assert page.context["sought"] == sought
    assert "<script>" not in page.content.decode().split("<main")[1].split("</main")[0]


def test_a_log_that_is_not_signed_any_more_is_announced(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    wait_for_number()
    assert client.get(index()).context["stalled_since"] is None
    monkeypatch.setattr(views, "SIGNED_WITHIN", views.SIGNED_WITHIN * 0)
    assert client.get(index()).context["stalled_since"] is not None


# The page about one record ---------------------------------------------------------------------


def test_it_speaks_before_it_shows_hashes(client: Client) -> None:
    department = make_department()
    entry = write(department)
    page = in_english(client, department.row_id)
    assert "What this does not prove" in page
    assert page.index("Verified: this entry stands") < page.index("<details>") < page.index(entry.leaf_hash)


def test_it_shows_no_committed_text(client: Client) -> None:
    department = make_department()
    write(department)
    assert REASON not in client.get(verify(department.row_id)).content.decode()


def test_it_gives_the_browser_all_that_it_needs(client: Client, settings: Any) -> None:
    department = make_department()
    entry = write(department)
    page = client.get(verify(department.row_id)).content.decode().replace("&#x2B;", "+")
    wanted = {
        "data-entry-url": f"/log/entry/{entry.ref}.json",
        "data-proof-url": f"/log/proof/{entry.ref}.tlog-proof",
        "data-origin": settings.GONGZHI_LOG_ORIGIN,
        "data-log-keys": Checkpoint.objects.get().verifier_key,
        "data-consistency-url": "/log/consistency?from={old}&amp;to={new}",
    }
    assert {name: f'{name}="{value}"' in page for name, value in wanted.items()} == dict.fromkeys(wanted, True)


def test_it_offers_the_receipt_and_the_command_to_check_it(client: Client) -> None:
    department = make_department()
    entry = write(department)
    page = client.get(verify(department.row_id)).content.decode().replace("&#x2B;", "+")
    assert f'href="/log/proof/{entry.ref}.tlog-proof" download' in page
    key = Checkpoint.objects.get().verifier_key
    assert f"python3 verify_receipt.py {entry.ref}.tlog-proof {entry.ref}.json --log {key}" in page


def test_it_waits_for_the_sequencer_and_says_so(client: Client) -> None:
    department = make_department()
    wait_for_number(department)
    page = client.get(verify(department.row_id))
    text = page.content.decode()
    assert (page.status_code, "data-waiting" in text, "waiting.js" in text, "no-store" in page["Cache-Control"]) == (
        200,
        True,
        True,
        True,
    )
    sequence_once()
    assert "data-waiting" not in client.get(verify(department.row_id)).content.decode()


def test_it_waits_for_the_signature_after_the_number(client: Client) -> None:
    department = make_department()
    wait_for_number(department)
    sequence_pending()
    assert "data-waiting" in client.get(verify(department.row_id)).content.decode()


def test_a_new_entry_waits_beside_those_that_are_proven(client: Client) -> None:
    department = make_department()
    write(department)
    wait_for_number(department)
    page = client.get(verify(department.row_id))
    assert (len(page.context["waiting"]), page.context["latest"].result.outcome) == (1, "proven")


def test_earlier_entries_are_listed_newest_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "CHECKED_AT_ONCE", 3)
    department = make_department()
    for _ in range(4):
        write(department)
    first, second = (client.get(verify(department.row_id), {"page": page}).context for page in (1, 2))
    assert [first["latest"].result.entry.index, *(shown.result.entry.index for shown in first["earlier"])] == [3, 2, 1]
    assert [second["latest"].result.entry.index, *second["earlier"]] == [0]


def test_it_tells_of_an_altered_leaf(client: Client) -> None:
    department = make_department()
    write(department)
    tamper("UPDATE privacy_logentry SET leaf = '{}'")
    assert "Not verified: this entry or the log around it has been altered." in in_english(client, department.row_id)


def test_it_tells_of_an_altered_leaf_that_was_hashed_anew(client: Client) -> None:
    import hashlib

    department = make_department()
    write(department)
    forged = hashlib.sha256(b"\x00{}").hexdigest()
    tamper("UPDATE privacy_logentry SET leaf = '{}', leaf_hash = %s", forged)
    page = client.get(verify(department.row_id))
    assert {check.name: check.outcome for check in page.context["latest"].result.checks}["inclusion"] == "failed"


def test_it_tells_of_altered_history(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    assert "The history of the record reads as it did" in in_english(client, feedback.row_id)
    feedback.history.update(body="他们什么也没说。")
    assert "Not verified: the log holds, but the history of this record was altered" in in_english(
        client, feedback.row_id
    )


def test_an_erased_text_says_nothing_and_leaves_the_log_whole(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    shred(feedback.sealing_subject())
    page = client.get(verify(feedback.row_id))
    found = {check.name: check.outcome for check in page.context["latest"].result.checks}
    assert (found["body"], found["history"], page.context["latest"].result.outcome) == ("open", "open", "proven")


def test_an_earlier_entry_that_does_not_hold_is_announced_at_the_top(client: Client) -> None:
    department = make_department()
    write(department)
    write(department)
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 0")
    page = in_english(client, department.row_id)
    assert page.index("An earlier entry about this record does not hold.") < page.index("What this server says")


def test_an_unknown_record_is_not_found(client: Client) -> None:
    assert client.get(verify(UNKNOWN)).status_code == 404


@pytest.mark.parametrize("place", ["index", "verify"])
def test_looking_writes_nothing(client: Client, place: str) -> None:
    department = make_department()
    write(department)
    wait_for_number(department)
    with CaptureQueriesContext(connection) as captured:
        client.get(index() if place == "index" else verify(department.row_id))
    assert [
        query["sql"] for query in captured if query["sql"].split()[0] not in ("SELECT", "SAVEPOINT", "RELEASE")
    ] == []


def test_the_pages_of_published_records_lead_to_their_verification(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    page = client.get(feedback.get_absolute_url()).content.decode()
    assert f'href="{verify(feedback.row_id)}"' in page
    assert LogEntry.objects.filter(record_ref=feedback.row_id).count() == 1


# The public texts behind an entry ---------------------------------------------------------------


def handed_out(page: Any) -> dict[str, Any]:
    """What the page hands to the browser of the texts that its first check is to compare."""
    text = page.content.decode()
    name = re.search(r'data-verify="now" [^>]*data-reveal="([^"]+)"', text)
    assert name is not None
    found = re.search(rf'<script id="{name[1]}" type="application/json">(.*?)</script>', text)
    assert found is not None
    return dict(json.loads(found[1]))


def test_a_public_text_comes_with_the_salt_that_binds_it_to_the_entry(client: Client) -> None:
    feedback = make_feedback(body="第一行\r\n</script><b>")
    sequence_once()
    found = handed_out(client.get(verify(feedback.row_id)))["body"]
    entry = LogEntry.objects.get(record_ref=feedback.row_id)
    assert found["value"] == feedback.body
    assert commitment("body", found["value"], bytes.fromhex(found["salt"])) == json.loads(entry.leaf)["commit"]["body"]


def test_a_text_that_was_changed_since_is_handed_out_as_it_is_now_without_the_salt_of_the_former_one(
    client: Client,
) -> None:
    """With the salt anybody could try what the former text said."""
    feedback = make_feedback()
    sequence_once()
    salt = salts_of(LogEntry.objects.get(record_ref=feedback.row_id).ref)["body"]
    type(feedback).objects.filter(pk=feedback.pk).update(body="另一段话")
    page = client.get(verify(feedback.row_id))
    assert (handed_out(page)["body"]["value"], handed_out(page)["body"]["salt"]) == ("另一段话", "")
    assert (salt in page.content.decode(), "--reveal" in page.content.decode()) == (False, False)


def test_whoever_may_not_read_the_text_gets_neither_it_nor_its_salt(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    salt = salts_of(LogEntry.objects.get(record_ref=feedback.row_id).ref)["body"]
    type(feedback).objects.filter(pk=feedback.pk).update(status="hidden")
    page = client.get(verify(feedback.row_id)).content.decode()
    assert (feedback.body in page, salt in page, "data-reveal" in page) == (False, False, False)
    client.force_login(feedback.author)
    assert handed_out(client.get(verify(feedback.row_id)))["body"]["salt"] == salt


def test_the_salt_of_an_erased_text_is_gone(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    shred(feedback.sealing_subject())
    assert "data-reveal" not in client.get(verify(feedback.row_id)).content.decode()


def test_no_cache_keeps_a_salt(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    assert "no-store" in client.get(verify(feedback.row_id))["Cache-Control"]


def test_only_texts_that_the_model_calls_public_are_handed_out(client: Client) -> None:
    feedback = make_feedback()
    sequence_once()
    assert list(handed_out(client.get(verify(feedback.row_id)))) == ["body"]
    entry = LogEntry.objects.get(record_ref=feedback.row_id)
    page = client.get(verify(feedback.row_id)).content.decode()
    assert [name for name, salt in salts_of(entry.ref).items() if salt in page] == ["body"]


def make_message() -> Event:
    return post_message(
        make_consultation(), body="电梯哪天能用？", client_id=uuid4(), standing=CITIZEN, acting_user=make_user()
    )[0]


def make_published_rule() -> HouseRule:
    return publish_house_rule(RuleDefinition(90, date(2026, 1, 1), "说事", "说事，不曝光人。"), acting_user=None)


@pytest.mark.parametrize(
    "make",
    [make_answer, make_consultation, make_evaluation, make_feedback, make_message, make_published_rule, make_task],
)
def test_all_public_texts_of_a_record_are_those_that_its_entry_is_bound_to(client: Client, make: Any) -> None:
    record = make()
    sequence_once()
    found = handed_out(client.get(verify(record.row_id)))
    written = [name for name in record.public_texts if getattr(record, name)]
    assert [name for name, text in found.items() if text["salt"]] == written
