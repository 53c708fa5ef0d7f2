"""Sealed streams: the published vectors, and that nothing altered, moved or cut is ever handed out."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.sealing.chunked import (
    CHUNK_BYTES,
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    DecryptedReader,
    PieceReader,
    decrypted,
    encrypted,
    plaintext_bytes,
)
from privacy.sealing.errors import Tampered
from tests.data import SHARED

VECTORS = SHARED / "data" / "vectors" / "wycheproof" / "c2sp_chunked_encryption_aes_256_gcm_test.json"
KEY = bytes(range(32))
CONTEXT = b"app.model.field"
BORDERS = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 7]


def sealed(text: bytes, context: bytes = CONTEXT) -> bytes:
    return b"".join(encrypted(io.BytesIO(text), KEY, context))


def opened(stream: bytes, context: bytes = CONTEXT, key: bytes = KEY) -> bytes:
    return b"".join(decrypted(io.BytesIO(stream), key, context))


def opened_at_random(stream: bytes, context: bytes = CONTEXT, key: bytes = KEY) -> bytes:
    return DecryptedReader(io.BytesIO(stream), key, context).readall()


def text_of(size: int) -> bytes:
    return hashlib.shake_256(size.to_bytes(4, "big")).digest(size)


def vectors() -> list[Any]:
    if not VECTORS.is_file():
        return []
    groups = json.loads(VECTORS.read_text("utf-8"))["testGroups"]
    return [pytest.param(test, id=f"{test['tcId']}") for group in groups for test in group["tests"]]


@pytest.mark.skipif(not VECTORS.is_file(), reason="published vectors are expected beside the repository")
@pytest.mark.parametrize("vector", vectors())
def test_every_published_vector_holds(vector: dict[str, Any]) -> None:
    stream = zlib.decompress(bytes.fromhex(vector["ct"]))
    pieces, is_valid = [], True
    try:
        for piece in decrypted(io.BytesIO(stream), bytes.fromhex(vector["key"]), bytes.fromhex(vector["ctx"])):
            pieces.append(piece)  # noqa: PERF402
    except (Tampered, ValueError):
        is_valid = False
    text = b"".join(pieces)
    told = (vector.get("msgLength", 0), vector.get("msgSha512", hashlib.sha512(b"").hexdigest()))
    assert (is_valid, len(text), hashlib.sha512(text).hexdigest()) == (vector["result"] == "valid", *told)


@pytest.mark.skipif(not VECTORS.is_file(), reason="published vectors are expected beside the repository")
@pytest.mark.parametrize("vector", [v for v in vectors() if v.values[0]["result"] == "valid"])
def test_sealing_gives_the_published_stream_byte_for_byte(vector: dict[str, Any]) -> None:
    stream = zlib.decompress(bytes.fromhex(vector["ct"]))
    key, context = bytes.fromhex(vector["key"]), bytes.fromhex(vector["ctx"])
    text = io.BytesIO(b"".join(decrypted(io.BytesIO(stream), key, context)))
    assert b"".join(encrypted(text, key, context, salt=stream[:24])) == stream


@pytest.mark.skipif(not VECTORS.is_file(), reason="published vectors are expected beside the repository")
@pytest.mark.parametrize("vector", vectors())
def test_random_access_accepts_exactly_the_valid_vectors(vector: dict[str, Any]) -> None:
    stream = zlib.decompress(bytes.fromhex(vector["ct"]))
    try:
        text = opened_at_random(stream, bytes.fromhex(vector["ctx"]), bytes.fromhex(vector["key"]))
        outcome = (True, hashlib.sha512(text).hexdigest())
    except (Tampered, ValueError):
        outcome = (False, vector.get("msgSha512"))
    assert outcome == (vector["result"] == "valid", vector.get("msgSha512"))


@given(size=st.one_of(st.sampled_from(BORDERS), st.integers(0, 3 * CHUNK_BYTES)))
@settings(max_examples=60, deadline=None)
def test_any_length_comes_back_whole(size: int) -> None:
    text = text_of(size)
    stream = sealed(text)
    assert (opened(stream), opened_at_random(stream), plaintext_bytes(len(stream))) == (text, text, size)


@given(size=st.sampled_from(BORDERS), at=st.integers(0, 2 * CHUNK_BYTES + 20), length=st.integers(0, CHUNK_BYTES + 5))
@settings(max_examples=60, deadline=None)
def test_any_part_can_be_read_on_its_own(size: int, at: int, length: int) -> None:
    text = text_of(size)
    reader = io.BufferedReader(DecryptedReader(io.BytesIO(sealed(text)), KEY, CONTEXT))
    reader.seek(at)
    assert reader.read(length) == text[at : at + length]


@pytest.mark.parametrize("read", [opened, opened_at_random])
def test_every_truncation_of_a_short_stream_is_refused(read: Any) -> None:
    stream = sealed(b"budget")
    for length in range(len(stream)):
        with pytest.raises(Tampered):
            read(stream[:length])


@pytest.mark.parametrize("read", [opened, opened_at_random])
@pytest.mark.parametrize("size", BORDERS)
def test_a_stream_cut_near_a_border_of_its_chunks_is_refused(read: Any, size: int) -> None:
    stream = sealed(text_of(size))
    borders = range(HEADER_BYTES, len(stream) + 1, SEALED_CHUNK_BYTES)
    cuts = {border + step for border in borders for step in (-17, -16, -1, 0, 1, 15, 16, 17)} | {len(stream) - 1}
    for cut in sorted(cut for cut in cuts if 0 <= cut < len(stream)):
        with pytest.raises(Tampered):
            read(stream[:cut])


@pytest.mark.parametrize("read", [opened, opened_at_random])
def test_every_flipped_bit_of_a_short_stream_is_refused(read: Any) -> None:
    stream = sealed(b"budget")
    for position in range(len(stream)):
        altered = bytearray(stream)
        altered[position] ^= 1 << (position % 8)
        with pytest.raises(Tampered):
            read(bytes(altered))


@pytest.mark.parametrize("read", [opened, opened_at_random])
@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (0, 2)])
def test_chunks_that_changed_places_are_refused(read: Any, first: int, second: int) -> None:
    stream = sealed(text_of(4 * CHUNK_BYTES))
    chunks = [stream[at : at + SEALED_CHUNK_BYTES] for at in range(HEADER_BYTES, len(stream), SEALED_CHUNK_BYTES)]
    chunks[first], chunks[second] = chunks[second], chunks[first]
    with pytest.raises(Tampered):
        read(stream[:HEADER_BYTES] + b"".join(chunks))


@pytest.mark.parametrize("read", [opened, opened_at_random])
@pytest.mark.parametrize("more", [b"x", b"x" * 16, b"x" * SEALED_CHUNK_BYTES])
@pytest.mark.parametrize("size", BORDERS)
def test_anything_behind_the_end_is_refused(read: Any, more: bytes, size: int) -> None:
    with pytest.raises(Tampered):
        read(sealed(text_of(size)) + more)


@pytest.mark.parametrize("read", [opened, opened_at_random])
def test_a_chunk_of_another_stream_under_the_same_key_is_refused(read: Any) -> None:
    one, other = sealed(text_of(2 * CHUNK_BYTES)), sealed(text_of(2 * CHUNK_BYTES))
    with pytest.raises(Tampered):
        read(one[: HEADER_BYTES + SEALED_CHUNK_BYTES] + other[HEADER_BYTES + SEALED_CHUNK_BYTES :])


@pytest.mark.parametrize("read", [opened, opened_at_random])
@pytest.mark.parametrize(
    ("context", "key"), [(b"", KEY), (CONTEXT + b"\0", KEY), (CONTEXT, KEY[::-1])], ids=["none", "longer", "key"]
)
def test_another_context_or_key_is_refused_before_any_chunk(read: Any, context: bytes, key: bytes) -> None:
    with pytest.raises(Tampered, match="another key"):
        read(sealed(b"budget"), context, key)


def test_nothing_of_an_altered_chunk_is_handed_out() -> None:
    text = text_of(3 * CHUNK_BYTES)
    altered = bytearray(sealed(text))
    altered[HEADER_BYTES + SEALED_CHUNK_BYTES + 5] ^= 1
    pieces = decrypted(io.BytesIO(altered), KEY, CONTEXT)
    assert next(pieces) == text[:CHUNK_BYTES]
    with pytest.raises(Tampered):
        next(pieces)


def test_a_stream_cut_between_chunks_is_refused_before_its_first_byte_when_it_can_be_sought_in() -> None:
    stream = sealed(text_of(3 * CHUNK_BYTES))
    with pytest.raises(Tampered):
        DecryptedReader(io.BytesIO(stream[: HEADER_BYTES + SEALED_CHUNK_BYTES]), KEY, CONTEXT)


def test_the_same_text_is_never_sealed_twice_alike() -> None:
    assert sealed(b"budget")[:HEADER_BYTES] != sealed(b"budget")[:HEADER_BYTES]


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_size_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        next(encrypted(io.BytesIO(b""), b"k" * length))


class Trickle(io.RawIOBase):
    """A source that gives at most 1,000 bytes at a time, as a socket does."""

    def __init__(self, content: bytes) -> None:
        self.content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self.content.read(min(size, 1000))


def test_a_source_that_gives_less_than_it_is_asked_for_is_read_to_its_end() -> None:
    text = text_of(2 * CHUNK_BYTES + 3)
    stream = b"".join(encrypted(Trickle(text), KEY, CONTEXT))
    assert b"".join(decrypted(Trickle(stream), KEY, CONTEXT)) == text


@pytest.mark.parametrize("size", [1, 1000, CHUNK_BYTES, 10 * CHUNK_BYTES])
def test_pieces_can_be_read_as_a_file(size: int) -> None:
    pieces = [text_of(n) for n in (0, 5, CHUNK_BYTES + 16, 0, 40_000)]
    reader = PieceReader(iter(pieces))
    assert b"".join(iter(lambda: reader.read(size), b"")) == b"".join(pieces)


class Zeros:
    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def test_two_hundred_megabytes_pass_in_less_than_one() -> None:
    size = 200 * 2**20
    tracemalloc.start()
    try:
        stream = PieceReader(encrypted(Zeros(size), KEY))
        length = sum(map(len, decrypted(stream, KEY)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (length, peak < 2**20) == (size, True)


def test_closing_the_reader_closes_what_it_reads() -> None:
    source = io.BytesIO(sealed(b"budget"))
    with DecryptedReader(source, KEY, CONTEXT) as reader:
        assert reader.readall() == b"budget"
    assert source.closed
    with pytest.raises(ValueError, match="closed"):
        reader.readall()


def unreadable() -> Iterator[bytes]:
    yield b"x"
    raise OSError("the line broke")


def test_an_error_of_the_source_is_not_taken_for_its_end() -> None:
    with pytest.raises(OSError, match="line broke"):
        list(encrypted(PieceReader(unreadable()), KEY))
