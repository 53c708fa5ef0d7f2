"""The public pages and data of the log."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from privacy.log import verify
from privacy.log.actions import sign_head
from privacy.log.models import SignedHead
from privacy.log.signing import public_key
from tests.factories import make_department, make_line
from tests.privacy.log.chain import BODY, append, tamper

pytestmark = pytest.mark.django_db


def index() -> str:
    return reverse("privacy:log:index")


def in_english(name: str, *args: Any) -> str:
    with override("en"):
        return reverse(name, args=args)


@pytest.fixture(autouse=True)
def _default_language() -> Iterator[None]:
    """The client's last page leaves its language behind."""
    with override("zh-hans"):
        yield


def test_the_index_says_how_many_entries_and_signs_the_head(client: Client) -> None:
    append()
    page = client.get(index())
    assert (page.status_code, page.context["size"], page.context["head"].size) == (200, 1, 1)


def test_the_index_shows_an_empty_log(client: Client) -> None:
    assert client.get(index()).status_code == 200


def test_the_index_links_to_visible_records(client: Client) -> None:
    line = make_line()
    append(line)
    assert f'href="{line.get_absolute_url()}"' in client.get(index()).content.decode()


def test_a_reference_leads_to_its_verification(client: Client) -> None:
    department = make_department()
    append(department)
    page = client.get(index(), {"ref": f" {department.row_id} "})
    assert (page.status_code, page["Location"]) == (302, reverse("privacy:log:verify", args=[department.row_id]))


@pytest.mark.parametrize("sought", ["nonsense", "00000000-0000-4000-8000-000000000000", "<script>"])
def test_a_wrong_reference_is_explained_and_kept(client: Client, sought: str) -> None:
    page = client.get(index(), {"ref": sought})
    assert page.status_code == 400
    assert page.context["problem"]
    assert page.context["sought"] == sought
    assert "<script>" not in page.content.decode().split("<main")[1]


def test_a_broken_log_is_announced_and_not_signed(client: Client) -> None:
    append()
    tamper("UPDATE privacy_logentry SET leaf = '{}'")
    page = client.get(index())
    assert (page.status_code, page.context["holds"], SignedHead.objects.count()) == (200, False, 0)


def test_the_verify_page_speaks_before_it_shows_hashes(client: Client) -> None:
    department = make_department()
    entry = append(department)
    page = client.get(in_english("privacy:log:verify", department.row_id)).content.decode()
    main = page.split("<main")[1]
    assert "Verified: this entry stands in the log as it was written" in main
    assert "What this does not prove" in main
    assert main.index("Verified:") < main.index("<details>") < main.index(entry.chain_hash)


def test_the_verify_page_shows_no_committed_text(client: Client) -> None:
    department = make_department()
    append(department)
    page = client.get(reverse("privacy:log:verify", args=[department.row_id]))
    assert BODY not in page.content.decode()


def test_the_verify_page_tells_of_tampering(client: Client) -> None:
    department = make_department()
    append(department)
    sign_head()
    tamper("UPDATE privacy_logentry SET leaf = '{}'")
    page = client.get(in_english("privacy:log:verify", department.row_id))
    assert "Not verified" in page.content.decode()


@pytest.mark.parametrize("name", ["privacy:log:verify", "privacy:log:entry"])
def test_an_unknown_record_is_not_found(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[uuid4()])).status_code == 404


def test_a_proof_can_be_recomputed_with_nothing_but_sha256(client: Client) -> None:
    department = make_department()
    append()
    append(department)
    append()
    data = client.get(reverse("privacy:log:entry", args=[department.row_id])).json()
    (proof,) = data["entries"]
    chain = bytes.fromhex(proof["previous_chain_hash"])
    leaf_hash = hashlib.sha256(b"\x00" + proof["leaf"].encode()).digest()
    for following in [leaf_hash, *map(bytes.fromhex, proof["following"])]:
        chain = hashlib.sha256(b"\x01" + chain + following).digest()
    assert chain.hex() == proof["signed_head"]["head"]
    assert json.loads(proof["leaf"])["record"]["id"] == data["record_ref"] == str(department.row_id)


def test_the_head_is_published_as_a_note(client: Client) -> None:
    append()
    data = client.get(reverse("privacy:log:head")).json()
    assert (data["size"], data["is_current"]) == (1, True)
    assert data["signed_head"]["note"] == SignedHead.objects.get().note


def test_every_verifying_key_is_published_the_present_one_first(client: Client, settings: Any) -> None:
    append()
    sign_head()
    earlier = verify.verifier_key(public_key())
    settings.GONGZHI_KEK = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItISE="
    assert client.get(reverse("privacy:log:vkey")).content.decode().split() == [
        verify.verifier_key(public_key()),
        earlier,
    ]


def test_the_whole_log_can_be_downloaded_in_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy.log.views.PAGE", 2)
    entries = [append() for _ in range(3)]
    first = client.get(reverse("privacy:log:entries")).json()
    second = client.get(reverse("privacy:log:entries"), {"start": first["next"]}).json()
    assert [entry["chain_hash"] for entry in first["entries"] + second["entries"]] == [e.chain_hash for e in entries]
    assert (first["next"], second["next"]) == (2, None)


@pytest.mark.parametrize("start", ["x", "-1", "1.5", "9" * 30])
def test_a_wrong_start_is_refused(client: Client, start: str) -> None:
    assert client.get(reverse("privacy:log:entries"), {"start": start}).status_code == 400


def test_nothing_can_be_posted(client: Client) -> None:
    assert client.post(index()).status_code == 405
