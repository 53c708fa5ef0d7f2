"""Case codes and tickets."""

from __future__ import annotations

import re
import unicodedata

import pytest
from django.core import signing
from django.utils import timezone

from participation.whistleblowing import codes
from participation.whistleblowing.models import Case
from participation.whistleblowing.queries import case_of_code
from privacy.sealing.reindexing import new_index_root
from tests.factories import make_case

CODE = "K7MQ-4XWD-9TRA-VC63-HN8P"


def test_a_code_is_long_enough_never_to_be_guessed() -> None:
    assert len(codes.ALPHABET) ** codes.CODE_CHARS >= 2**80
    assert re.fullmatch(rf"([{codes.ALPHABET}]{{4}}-){{4}}[{codes.ALPHABET}]{{4}}", codes.new_code())


def test_no_two_characters_of_a_code_look_alike() -> None:
    for alike in ("0OD", "1IL", "2Z", "5S", "8B", "UV"):
        assert len(set(alike) & set(codes.ALPHABET)) <= 1


@pytest.mark.parametrize(
    "typed",
    [CODE.lower(), CODE.replace("-", " "), CODE.replace("-", ""), f"  {CODE}\n", CODE.replace("-", "—")],
    ids=["small letters", "blanks", "in one piece", "around it", "a long dash"],
)
def test_a_code_may_be_typed_in_any_way(typed: str) -> None:
    assert codes.plain(typed) == codes.plain(CODE)


def test_full_width_characters_and_letters_that_look_like_digits_are_read() -> None:
    full_width = "".join(chr(ord(c) + 0xFEE0) if c != "-" else "－" for c in CODE)
    assert unicodedata.normalize("NFKC", full_width) == CODE
    assert codes.plain(full_width) == codes.plain(CODE)
    assert codes.plain("Z5SB") == codes.plain("2558")


def test_a_ticket_brings_back_its_code() -> None:
    ticket = codes.new_ticket()
    code = codes.code_of(ticket)
    assert (code is not None, ticket.startswith(str(code))) == (True, True)


def test_a_ticket_that_is_old_or_not_ours_brings_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = codes.new_ticket()
    forged = signing.TimestampSigner(salt="elsewhere").sign(CODE)
    assert (codes.code_of(forged), codes.code_of(CODE), codes.code_of("")) == (None, None, None)
    monkeypatch.setattr(codes, "TICKET_SECONDS", -1)
    assert codes.code_of(ticket) is None


@pytest.mark.django_db
@pytest.mark.both
def test_of_the_code_only_a_keyed_hash_is_kept() -> None:
    code = codes.new_code()
    case = make_case(code)
    fresh = Case.objects.get(pk=case.pk)
    assert (bytes(fresh.code_digest), len(fresh.code_digest)) == (codes.digests(code)[0], 32)
    assert fresh.received_on == timezone.localdate()


@pytest.mark.django_db
@pytest.mark.both
def test_a_code_leads_to_its_case_also_after_the_index_root_was_changed_twice() -> None:
    code = codes.new_code()
    case = make_case(code)
    for _change in range(2):
        new_index_root()
    assert case_of_code(code) == case
    assert make_case(code) == case


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [CODE, "", "no code at all", "K" * 5000])
def test_an_unknown_code_finds_nothing(typed: str) -> None:
    make_case()
    assert case_of_code(typed) is None
