"""Asking witnesses: published requests, a witness that behaves, and every way in which one may not."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from privacy.log.checkpoints import Checkpoint
from privacy.log.merkle import consistency_proof, leaf_hash, root, subtree_from_leaf_hashes
from privacy.log.notes import Algorithm, VerifierKey, cosign, open_note, sign_note, verifier_key
from privacy.log.witness import (
    MAX_ANSWER_BYTES,
    SIZE_TYPE,
    BadAnswer,
    OtherRoot,
    Refused,
    Request,
    RequestError,
    StaleSize,
    Unreachable,
    parse_request,
    request_body,
    submit,
)
from tests.privacy.log.published import needs_vectors, vector
from tests.privacy.log.witness_server import TIME, SmallWitness, serving

ORIGIN = "log.example/1"
LOG_KEY, WITNESS_KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(3))
LOG = verifier_key(ORIGIN, LOG_KEY, cosigner=False)
WITNESS = verifier_key("witness.example/w1", WITNESS_KEY, cosigner=True)
SUBTREE = subtree_from_leaf_hashes([leaf_hash(bytes([number])) for number in range(40)])
OTHER_SUBTREE = subtree_from_leaf_hashes([leaf_hash(bytes([number, 1])) for number in range(40)])


def signed(size: int, subtree: Any = SUBTREE) -> str:
    return sign_note(Checkpoint(ORIGIN, size, root(subtree, size)).text, ORIGIN, LOG_KEY)


def ask(witness: SmallWitness, old_size: int, size: int, subtree: Any = SUBTREE) -> Any:
    proof = consistency_proof(subtree, old_size, size)
    return submit(witness.url, old_size, proof, signed(size, subtree), [WITNESS], timeout=5)


@pytest.fixture
def witness() -> Iterator[SmallWitness]:
    with serving(SmallWitness(LOG, WITNESS.name, WITNESS_KEY)) as served:
        yield served


# Requests --------------------------------------------------------------------------------------


@given(old_size=st.integers(1, 2**63 - 1), proof=st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_is_read_again(old_size: int, proof: list[bytes]) -> None:
    body = request_body(old_size, proof, signed(7))
    assert parse_request(body) == Request(old_size, tuple(proof), signed(7))


def test_a_request_is_the_text_of_tlog_witness() -> None:
    assert request_body(5, [bytes(32)], "note\n") == f"old 5\n{'A' * 43}=\n\nnote\n"
    assert request_body(0, [], "note\n") == "old 0\n\nnote\n"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 5\n",
        "new 5\n\nnote\n",
        "old 05\n\nnote\n",
        "old -5\n\nnote\n",
        "old 5 \n\nnote\n",
        "old 5\nAAAA\n\nnote\n",
        f"old 0\n{'A' * 43}=\n\nnote\n",
        "old 5\n" + f"{'A' * 43}=\n" * 64 + "\nnote\n",
    ],
    ids=count(),
)
def test_a_malformed_request_is_refused(body: str) -> None:
    with pytest.raises(RequestError):
        parse_request(body)


@pytest.mark.parametrize(("old_size", "hashes"), [(0, 1), (1, 64)])
def test_no_malformed_request_is_made(old_size: int, hashes: int) -> None:
    with pytest.raises(RequestError):
        request_body(old_size, [bytes(32)] * hashes, "note\n")


@needs_vectors
def test_the_requests_of_litewitness_are_answered_as_published() -> None:
    published = vector("derived/witness_requests.json")["litewitness.txt"]
    public_key = bytes.fromhex(published["log_key"].split()[2])
    bodies = [request["body"] for request in published["requests"]]
    origin = parse_request(bodies[0]).checkpoint.split("\n")[0]
    witness = SmallWitness(VerifierKey(origin, Algorithm.ED25519, public_key))
    assert [witness.answer(body)[0] for body in bodies] == [request["status"] for request in published["requests"]]


@needs_vectors
def test_the_request_of_the_go_checksum_database_is_answered_as_published() -> None:
    published = vector("derived/witness_requests.json")["sumdb.txt"]
    witness = SmallWitness(VerifierKey.parse(published["log_key"]))
    assert [witness.answer(request["body"])[0] for request in published["requests"]] == [200]


@needs_vectors
def test_published_requests_are_written_byte_for_byte() -> None:
    for source in vector("derived/witness_requests.json").values():
        for request in source["requests"]:
            parsed = parse_request(request["body"])
            assert request_body(parsed.old_size, parsed.proof, parsed.checkpoint) == request["body"]


# A witness that behaves ------------------------------------------------------------------------


def test_a_witness_cosigns_a_log_from_its_beginning_on(witness: SmallWitness) -> None:
    for old_size, size in [(0, 1), (1, 7), (7, 7), (7, 40)]:
        (cosigned,) = ask(witness, old_size, size)
        assert (cosigned.key, cosigned.timestamp) == (WITNESS, TIME)
        assert open_note(signed(size) + cosigned.line, [LOG, WITNESS]).signed_by == {LOG: None, WITNESS: TIME}


def test_the_address_of_a_witness_may_end_with_a_slash(witness: SmallWitness) -> None:
    witness.url += "/"
    assert len(ask(witness, 0, 1)) == 1


def test_a_witness_that_is_behind_says_how_far(witness: SmallWitness) -> None:
    ask(witness, 0, 5)
    with pytest.raises(StaleSize) as stale:
        ask(witness, 7, 9)
    assert stale.value.size == 5


def test_a_witness_that_saw_another_root_for_the_size_raises_the_alarm(witness: SmallWitness) -> None:
    ask(witness, 0, 5)
    with pytest.raises(OtherRoot):
        ask(witness, 5, 5, OTHER_SUBTREE)


def test_a_witness_does_not_cosign_a_rewritten_log(witness: SmallWitness) -> None:
    ask(witness, 0, 5)
    with pytest.raises(Refused) as refused:
        ask(witness, 5, 9, OTHER_SUBTREE)
    assert refused.value.status == 422


@pytest.mark.parametrize("status", [400, 404, 418])
def test_a_witness_may_refuse(witness: SmallWitness, status: int) -> None:
    witness.broken = (status, "text/plain", "unknown log\n")
    with pytest.raises(Refused) as refused:
        ask(witness, 0, 5)
    assert refused.value.status == status


def test_a_witness_does_not_cosign_for_another_key(witness: SmallWitness) -> None:
    note = sign_note(Checkpoint(ORIGIN, 1, root(SUBTREE, 1)).text, ORIGIN, OTHER_KEY)
    with pytest.raises(Refused) as refused:
        submit(witness.url, 0, [], note, [WITNESS])
    assert refused.value.status == 403


# One that does not -----------------------------------------------------------------------------

NOTE = signed(5)
OTHER_NAME = cosign(NOTE, "other.example", WITNESS_KEY, 5)
FORGED = cosign(signed(6), "witness.example/w1", WITNESS_KEY, 5)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/plain", ""),
        (200, "text/plain", "thank you\n"),
        (200, "text/plain", OTHER_NAME),
        (200, "text/plain", FORGED),
        (200, "text/plain", NOTE),
        (200, "text/plain", "\n\n" + OTHER_NAME),
        (200, "text/plain", OTHER_NAME[:-1]),
        (200, "text/plain", "x" * (MAX_ANSWER_BYTES + 1)),
        (409, SIZE_TYPE, ""),
        (409, SIZE_TYPE, "many\n"),
        (409, SIZE_TYPE, "-1\n"),
        (409, SIZE_TYPE, "007\n"),
        (409, "text/html", "7\n"),
    ],
    ids=range(13),
)
def test_an_answer_against_the_protocol_is_refused(witness: SmallWitness, answer: tuple[int, str, str]) -> None:
    witness.broken = answer
    with pytest.raises(BadAnswer):
        ask(witness, 3, 5)


def test_a_good_signature_among_unknown_ones_counts(witness: SmallWitness) -> None:
    good = cosign(NOTE, witness.name, WITNESS_KEY, 8)
    witness.broken = (200, "text/plain", OTHER_NAME + good)
    assert [cosigned.line for cosigned in ask(witness, 3, 5)] == [good]


def test_a_plain_signature_of_the_witness_does_not_count(witness: SmallWitness) -> None:
    plain = verifier_key(witness.name, WITNESS_KEY, cosigner=False)
    line = sign_note(NOTE.rpartition("\n\n")[0] + "\n", witness.name, WITNESS_KEY).rpartition("\n\n")[2]
    witness.broken = (200, "text/plain", line)
    with pytest.raises(BadAnswer):
        submit(witness.url, 0, [], NOTE, [plain])


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_faulty_server_may_be_asked_again(witness: SmallWitness, status: int) -> None:
    witness.broken = (status, "text/plain", "later\n")
    with pytest.raises(Unreachable):
        ask(witness, 0, 5)


def test_a_redirection_is_not_followed(witness: SmallWitness) -> None:
    witness.broken = (307, "text/plain", f"{witness.url}/add-checkpoint")
    with pytest.raises(Refused):
        ask(witness, 0, 5)
    assert witness.statuses == [307]


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends ``first`` and then ``drop`` after ``drop``, ten in a second, until it is left alone."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            link, _address = listening.accept()
            with link, suppress(OSError):
                link.sendall(first)
                while not stop.wait(0.1):
                    link.sendall(drop)

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (HEAD + b"Content-Length: 60000\r\n\r\n", b"x"),
        (HEAD + b"\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (HEAD, b"x"),
        (HEAD, b"X: y\r\n"),
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "body-of-no-length", "chunks", "header", "headers", "status", "continue"],
)
def test_a_witness_that_drips_its_answer_has_no_more_time_than_any_other(first: bytes, drop: bytes) -> None:
    with dripping(first, drop) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            submit(url, 0, [], NOTE, [WITNESS], timeout=0.5)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_is_used(
    witness: SmallWitness, variable: str, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{unused_tcp_port}")
    assert len(ask(witness, 0, 5)) == 1


def test_no_password_of_the_environment_is_sent(
    witness: SmallWitness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ask(witness, 0, 5)
    assert [name for name in witness.headers if name == "authorization"] == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "https:///x", "http://127.0.0.1:port/", "http://a b/", ""])
def test_an_address_that_is_none_is_told_as_a_witness_that_is_away(url: str) -> None:
    with pytest.raises(Unreachable):
        submit(url, 0, [], NOTE, [WITNESS], timeout=0.5)


def test_a_witness_whose_certificate_nobody_signed_is_not_asked(witness: SmallWitness) -> None:
    with pytest.raises(Unreachable):
        submit(witness.url.replace("http:", "https:"), 0, [], NOTE, [WITNESS], timeout=2)
    assert witness.statuses == []


def test_a_witness_that_is_away_may_be_asked_again() -> None:
    with serving(SmallWitness(LOG)) as witness:
        pass
    with pytest.raises(Unreachable):
        ask(witness, 0, 5)
