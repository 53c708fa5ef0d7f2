"""The log as programs read it."""

import base64
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from privacy.log.checkpoints import Checkpoint
from privacy.log.merkle import leaf_hash, root, subtree_from_leaf_hashes, verify_consistency
from privacy.log.models import Checkpoint as StoredCheckpoint
from privacy.log.notes import VerifierKey, open_note
from privacy.log.proofs import verify_proof
from privacy.log.tiles import TileAddress, decode_bundle, subtree_from_tiles, tiles_of
from privacy.log.verify_receipt import main as verify_receipt
from tests.privacy.log.written import wait_for_number, write, write_many

pytestmark = [pytest.mark.django_db, pytest.mark.both]

UNKNOWN = "00000000-0000-4000-8000-000000000000"
PATHS_OF_EVERY_KIND = [
    "checkpoint",
    "vkey",
    "tile/0/000.p/1",
    "tile/entries/000.p/1",
    "consistency?from=1",
    "verify_receipt.py",
]


def get(client: Client, path: str, **headers: str) -> Any:
    return client.get(f"/log/{path}", headers=headers)


def body(client: Client, path: str) -> bytes:
    answer = get(client, path)
    assert answer.status_code == 200, (path, answer.content)
    return bytes(answer.content)


def published_key(client: Client) -> VerifierKey:
    return VerifierKey.parse(body(client, "vkey").decode().splitlines()[0])


def published_checkpoint(client: Client) -> Checkpoint:
    key = published_key(client)
    return Checkpoint.parse(open_note(body(client, "checkpoint").decode(), [key]).text)


def test_the_checkpoint_is_signed_with_the_published_key(client: Client, settings: Any) -> None:
    write()
    write()
    checkpoint = published_checkpoint(client)
    assert (checkpoint.origin, checkpoint.size) == (settings.GONGZHI_LOG_ORIGIN, 2)


def test_the_whole_log_can_be_copied_and_comes_to_the_signed_root(client: Client) -> None:
    """300 entries: one full tile, a partial one, and one on the level above."""
    write_many(300)
    checkpoint = published_checkpoint(client)

    def fetch(address: TileAddress) -> bytes:
        return body(client, address.path)

    bundles = [TileAddress(None, 0), TileAddress(None, 1, 44)]
    entries = [entry for address in bundles for entry in decode_bundle(fetch(address))]
    hashes = [leaf_hash(entry) for entry in entries]
    assert root(subtree_from_leaf_hashes(hashes), 300) == checkpoint.root
    assert root(subtree_from_tiles(fetch, 300), 300) == checkpoint.root
    assert [a.path for a in tiles_of(300)] == ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]


def test_a_full_tile_may_be_kept_for_good_and_a_partial_one_not(client: Client) -> None:
    write_many(257)
    kept = {
        path: get(client, path)["Cache-Control"]
        for path in ("tile/0/000", "tile/entries/000", "tile/0/001.p/1", "checkpoint")
    }
    for_good, growing = "public, max-age=31536000, immutable", "public, no-cache"
    assert list(kept.values()) == [for_good, for_good, growing, growing]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/3",
        "tile/0/000.p/256",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/entries/000.p/0",
        "tile/entries/000.p/3",
        "tile/nothing",
        f"proof/{UNKNOWN}.tlog-proof",
        f"entry/{UNKNOWN}.json",
    ],
    ids=str.split("full partial width-256 number level level-64 spelling short x000 width-0 bundle words proof entry"),
)
def test_what_the_log_does_not_have_is_not_found(client: Client, path: str) -> None:
    write()
    write()
    answer = get(client, path)
    assert (answer.status_code, answer["Content-Type"], answer.content[-1:]) == (
        404,
        "text/plain; charset=utf-8",
        b"\n",
    )


def test_before_the_first_signature_nothing_is_served(client: Client) -> None:
    wait_for_number()
    answers = [get(client, path).status_code for path in PATHS_OF_EVERY_KIND]
    assert answers == [404, 404, 404, 404, 404, 200]


def test_what_is_numbered_but_not_signed_is_not_served(client: Client) -> None:
    from privacy.log.sequencer import sequence_pending

    write()
    unsigned = wait_for_number()
    sequence_pending()
    assert [get(client, path).status_code for path in ("tile/0/000.p/2", f"proof/{unsigned.ref}.tlog-proof")] == [
        404,
        404,
    ]


def test_a_proof_and_an_entry_hold_together(client: Client, settings: Any) -> None:
    write()
    entry = write()
    write()
    proof = body(client, f"proof/{entry.ref}.tlog-proof").decode()
    leaf = body(client, f"entry/{entry.ref}.json")
    found = verify_proof(proof, leaf, [published_key(client)], settings.GONGZHI_LOG_ORIGIN)
    assert (found.index, found.checkpoint.size, leaf.decode()) == (1, 3, entry.leaf)


def test_a_downloaded_receipt_passes_the_offline_program(client: Client, tmp_path: Any, capsys: Any) -> None:
    entry = write()
    receipt, leaf = tmp_path / "receipt.tlog-proof", tmp_path / "entry.json"
    receipt.write_bytes(body(client, f"proof/{entry.ref}.tlog-proof"))
    leaf.write_bytes(body(client, f"entry/{entry.ref}.json"))
    arguments = [str(receipt), str(leaf), "--log", published_key(client).text, "--language", "en"]
    assert (verify_receipt(arguments), "VERIFIED" in capsys.readouterr().out) == (0, True)


def test_the_log_is_shown_to_have_only_grown(client: Client) -> None:
    write_many(3)
    before = published_checkpoint(client)
    write_many(4)
    after = published_checkpoint(client)
    hashes = [base64.b64decode(line) for line in body(client, "consistency?from=3").decode().split()]
    assert body(client, "consistency?from=3") == body(client, "consistency?from=3&to=7")
    verify_consistency(before.size, after.size, before.root, after.root, hashes)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2", 404),
        ("from=1&to=2", 404),
        ("from=01", 400),
        ("from=-1", 400),
        ("from=x", 400),
        ("to=1e3", 400),
        ("", 200),
    ],
)
def test_a_proof_of_growth_needs_two_sizes_that_were(client: Client, query: str, status: int) -> None:
    write()
    assert get(client, f"consistency?{query}").status_code == status


@pytest.mark.parametrize("path", PATHS_OF_EVERY_KIND)
def test_everybody_may_read_it_from_everywhere(client: Client, path: str) -> None:
    write()
    answer = get(client, path, origin="https://elsewhere.example")
    assert (answer.status_code, answer["Access-Control-Allow-Origin"], answer["X-Content-Type-Options"]) == (
        200,
        "*",
        "nosniff",
    )
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize("path", PATHS_OF_EVERY_KIND)
def test_who_has_it_already_is_not_sent_it_again(client: Client, path: str) -> None:
    write()
    tag = get(client, path)["ETag"]
    again = get(client, path, if_none_match=tag)
    assert (again.status_code, again.content, again["ETag"], again["Access-Control-Allow-Origin"]) == (
        304,
        b"",
        tag,
        "*",
    )


def test_a_new_signature_has_another_tag(client: Client) -> None:
    write()
    tag = get(client, "checkpoint")["ETag"]
    write()
    assert get(client, "checkpoint", if_none_match=tag).status_code == 200


@pytest.mark.parametrize("path", PATHS_OF_EVERY_KIND)
def test_head_answers_like_get_without_a_body(client: Client, path: str) -> None:
    write()
    head, whole = client.head(f"/log/{path}"), get(client, path)
    assert (head.status_code, head.content, head["Content-Type"], head["ETag"]) == (
        200,
        b"",
        whole["Content-Type"],
        whole["ETag"],
    )


@pytest.mark.parametrize("path", PATHS_OF_EVERY_KIND)
def test_nothing_else_is_taken(client: Client, path: str) -> None:
    assert client.post(f"/log/{path}").status_code == 405


@pytest.mark.parametrize("path", PATHS_OF_EVERY_KIND)
def test_reading_writes_nothing(client: Client, path: str) -> None:
    write()
    wait_for_number()
    with CaptureQueriesContext(connection) as captured:
        get(client, path)
    assert [query["sql"] for query in captured if not query["sql"].startswith("SELECT")] == []
    assert StoredCheckpoint.objects.count() == 1


def test_content_types_are_those_of_the_specification(client: Client) -> None:
    entry = write()
    paths = [
        "checkpoint",
        "tile/0/000.p/1",
        "tile/entries/000.p/1",
        f"proof/{entry.ref}.tlog-proof",
        f"entry/{entry.ref}.json",
    ]
    text, binary = "text/plain; charset=utf-8", "application/octet-stream"
    assert [get(client, path)["Content-Type"] for path in paths] == [text, binary, binary, text, "application/json"]


def test_the_log_for_programs_has_no_language() -> None:
    assert reverse("tlog:checkpoint") == "/log/checkpoint"
