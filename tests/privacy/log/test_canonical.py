"""Canonical JSON by the examples of RFC 8785, and commitments."""

import datetime
import hashlib
import json
import struct
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.log.canonical import LARGEST_INTEGER, SALT_BYTES, canonical, commitment

SALT = bytes(range(SALT_BYTES))
TEXTS = st.text(st.characters(blacklist_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


class Stage(StrEnum):
    OPEN = "open"


@settings(max_examples=200)
@given(VALUES)
def test_the_text_is_the_one_of_the_reference_implementation(value: Any) -> None:
    assert canonical({"a": value, "b": {"\x7f": value}}) == rfc8785.dumps({"a": value, "b": {"\x7f": value}}).decode()


# RFC 8785 --------------------------------------------------------------------------------------


def test_the_strings_and_literals_of_the_first_example() -> None:
    # RFC 8785 section 3.2.2, without its numbers, which are floats.
    value = {"string": "\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/", "literals": [None, True, False]}
    assert canonical(value) == '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'


def test_keys_are_sorted_as_in_the_example() -> None:
    # RFC 8785 section 3.2.3: by UTF-16 code units.
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical(value)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@pytest.mark.parametrize(
    ("character", "written"),
    [
        ("\b", r"\b"),
        ("\t", r"\t"),
        ("\n", r"\n"),
        ("\f", r"\f"),
        ("\r", r"\r"),
        ('"', r"\""),
        ("\\", r"\\"),
        ("\x00", r"\u0000"),
        ("\x1f", r"\u001f"),
        ("\x7f", "\x7f"),
        ("/", "/"),
        ("\u2028", "\u2028"),
        ("市", "市"),
    ],
    ids=lambda value: ascii(value),
)
def test_characters_are_escaped_only_where_they_must_be(character: str, written: str) -> None:
    # RFC 8785 section 3.2.2.2.
    assert canonical({"a": character}) == f'{{"a":"{written}"}}'


@settings(max_examples=40)
@given(value=st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_was_written_is_read_again(value: dict[str, Any]) -> None:
    assert json.loads(canonical(value)) == value


@settings(max_examples=40)
@given(value=st.dictionaries(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1), VALUES, max_size=5))
def test_leaves_keep_the_bytes_that_they_had(value: dict[str, Any]) -> None:
    """Leaves written before this module have keys of ASCII letters."""

    def ascii_keys(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {f"k{number}": ascii_keys(part) for number, part in enumerate(inner.values())}
        return [ascii_keys(part) for part in inner] if isinstance(inner, list) else inner

    leaf = ascii_keys(value)
    assert canonical(leaf) == json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_a_whole_leaf() -> None:
    leaf = {
        "v": 1,
        "record": {"model": "feedback", "id": "x"},
        "public": {"stage": Stage.OPEN, "ok": True, "none": None},
    }
    assert canonical(leaf) == (
        '{"public":{"none":null,"ok":true,"stage":"open"},"record":{"id":"x","model":"feedback"},"v":1}'
    )


# What has no one text --------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1.0, 0.1, float("nan"), float("inf"), -0.0])
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"b": (v,)}], ids=["bare", "list", "deep"])
def test_floats_are_refused(number: float, wrap: Any) -> None:
    with pytest.raises(TypeError, match="no floats"):
        canonical({"a": wrap(number)})


@pytest.mark.parametrize("number", [LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1, 10**30])
def test_integers_that_readers_would_round_are_refused(number: int) -> None:
    with pytest.raises(TypeError, match="write them as text"):
        canonical({"a": [number]})


@pytest.mark.parametrize("number", [LARGEST_INTEGER, -LARGEST_INTEGER, 0])
def test_integers_up_to_the_limit_are_written_out(number: int) -> None:
    assert canonical({"a": number}) == f'{{"a":{number}}}'


@pytest.mark.parametrize(
    "value",
    [Decimal(1), datetime.date(2030, 1, 1), uuid.UUID(int=1), b"bytes", {1, 2}, object],
    ids=["decimal", "date", "uuid", "bytes", "set", "class"],
)
def test_other_objects_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="unsupported"):
        canonical({"a": value})


def test_keys_are_text() -> None:
    with pytest.raises(TypeError, match="keys"):
        canonical({"a": {1: "x"}})


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match="UTF-8"):
        canonical({"a": "\ud800"})


# Commitments -----------------------------------------------------------------------------------


def test_a_commitment_is_the_hash_that_the_documentation_says() -> None:
    name, value = "body", "电梯加装的钱为什么只花了四成？"
    data = b"gongzhi/commitment/v1" + SALT + struct.pack(">I", 4) + b"body" + value.encode()
    assert commitment(name, value, SALT) == hashlib.sha256(data).hexdigest()


def test_a_commitment_never_changes() -> None:
    # Whoever holds a salt of today must be able to use it in twenty years.
    assert commitment("body", "电梯", SALT) == "c2c9105f07044fabbaaf31ac4da76cf64388df516c7e777db3df41f132361836"


@given(
    one=st.tuples(TEXTS, TEXTS, st.binary(min_size=32, max_size=32)),
    other=st.tuples(TEXTS, TEXTS, st.binary(min_size=32, max_size=32)),
)
def test_commitments_differ_when_anything_differs(one: tuple[str, str, bytes], other: tuple[str, str, bytes]) -> None:
    assert (commitment(*one) == commitment(*other)) is (one == other)


def test_the_boundary_between_name_and_text_is_part_of_it() -> None:
    assert commitment("ab", "c", SALT) != commitment("a", "bc", SALT)
