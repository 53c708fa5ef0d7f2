"""The vocabulary is closed and typed, and documented word for word."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import override

from privacy.log import values
from privacy.log.kinds import SHAPES, LeafKind
from privacy.log.values import ListOf, MapOf, Optional, PublicType, Row

DOCUMENT = Path(__file__).parents[3] / "docs" / "privacy.md"


def documented() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (.+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    return {kind: rest.split(" | ") for kind, rest in rows}


def described(kind: LeafKind) -> list[str]:
    shape = SHAPES[kind]
    public = ", ".join(f"`{name}` {of.name}" for name, of in shape.public.items())
    committed = ", ".join(f"`{name}`" for name in sorted(shape.committed))
    return [str(kind.label), str(shape.sentence), public or "nothing", committed or "nothing"]


def test_the_documentation_says_of_every_kind_what_its_declaration_says() -> None:
    with override("en"):
        assert documented() == {kind.value: described(kind) for kind in LeafKind}


def test_a_kind_fits_its_column() -> None:
    assert max(len(kind) for kind in LeafKind.values) <= 32


REFERENCE = str(UUID(int=7))


@pytest.mark.parametrize(
    ("of", "taken", "refused"),
    [
        (values.WORD, ["open", "in_progress"], ["", "Open", "one two", "a" * 33, "公开", None, 1]),
        (values.FIELD, ["participation.user.phone"], ["user.phone", "a.b.c.d"]),
        (values.LANGUAGE, ["en", "zh-hans"], ["", "zh_hans", "Chinese"]),
        (values.DIGEST, ["0f" * 32], ["", "0F" * 32, "0f" * 31]),
        (values.AMOUNT, ["0", "-3.00", "1500.25"], ["", "1,5", "1e3", ".5", 1, 1.5]),
        (values.INSTITUTION, ["云川市"], ["", "a\nb", "x" * 201]),
        (values.REFERENCE, [REFERENCE], ["7", REFERENCE.replace("-", ""), None]),
        (values.DAY, ["2025-01-02"], ["2025-1-2", "20250102", "2025-01-02T00:00:00Z"]),
        (values.MOMENT, ["2025-01-02T03:04:05Z", "2025-01-02T03:04:05+08:00"], ["2025-01-02T03:04:05", "yesterday"]),
        (values.NUMBER, [0, 7], [-1, True, "7", 1.0, None]),
        (Optional(values.NUMBER), [None, 0], [False, ""]),
        (ListOf(values.WORD), [[], ["a", "b"]], ["a", ["A"], None]),
        (Row((values.WORD, values.NUMBER)), [["a", 1]], [["a"], [1, "a"], ["a", 1, 1]]),
        (MapOf(values.AMOUNT), [{}, {"adopted": "1.00"}], [{"Adopted": "1.00"}, {"adopted": 1}, []]),
    ],
    ids=lambda value: value.name if hasattr(value, "accepts") else "",
)
def test_a_public_type_takes_its_own_values_and_no_others(of: PublicType, taken: list[Any], refused: list[Any]) -> None:
    assert [value for value in taken if not of.accepts(value)] == []
    assert [value for value in refused if of.accepts(value)] == []
