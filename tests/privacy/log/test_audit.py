"""Whatever is done to the log behind its back is found, and the first bad entry is named."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from privacy.log import verify
from privacy.log.actions import sign_head
from privacy.log.audit import audit_log
from privacy.log.models import LogEntry, SignedHead
from tests.privacy.log.chain import append, tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def log() -> list[LogEntry]:
    return [append(committed={}) for _ in range(5)]


def rebuilt(entries: list[LogEntry], start: int) -> None:
    """Forge the chain from ``start`` on, as somebody who knows the method and owns the database would."""
    previous = entries[start - 1].chain_hash if start else verify.GENESIS
    for entry in LogEntry.objects.filter(index__gte=start):
        leaf_hash = verify.leaf_hash(entry.leaf)
        previous = verify.chain_hash(previous, leaf_hash)
        tamper(
            'UPDATE privacy_logentry SET leaf_hash = %s, chain_hash = %s WHERE "index" = %s',
            leaf_hash,
            previous,
            entry.index,
        )
    tamper("UPDATE privacy_loghead SET head = %s", previous)


def test_a_sound_log_holds(log: list[LogEntry]) -> None:
    sign_head()
    audit = audit_log()
    assert (audit.holds, audit.size, audit.head, audit.signed_heads) == (True, 5, log[4].chain_hash, 1)


def test_an_empty_log_holds() -> None:
    assert audit_log().holds


@pytest.mark.parametrize(
    ("sql", "first_bad"),
    [
        ("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 2", 2),
        ('UPDATE privacy_logentry SET leaf_hash = chain_hash WHERE "index" = 2', 2),
        ('UPDATE privacy_logentry SET chain_hash = leaf_hash WHERE "index" = 2', 2),
        ('DELETE FROM privacy_logentry WHERE "index" = 2', 2),
        ('DELETE FROM privacy_logentry WHERE "index" = 0', 0),
        ('DELETE FROM privacy_logentry WHERE "index" >= 3', 3),
        ("UPDATE privacy_loghead SET size = 4", 4),
    ],
)
def test_tampering_is_found_and_named(log: list[LogEntry], sql: str, first_bad: int) -> None:
    tamper(sql)
    audit = audit_log()
    assert (audit.holds, audit.first_bad) == (False, first_bad)


def test_a_chain_forged_throughout_is_given_away_by_the_signed_head(log: list[LogEntry]) -> None:
    sign_head()
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 2")
    rebuilt(log, 2)
    assert verify.verify_chain(LogEntry.objects.order_by("index")).first_bad is None
    assert audit_log().first_bad == 4


def test_entries_cut_off_after_they_were_signed_are_missed(log: list[LogEntry]) -> None:
    sign_head()
    tamper('DELETE FROM privacy_logentry WHERE "index" = 4')
    tamper("UPDATE privacy_loghead SET size = 4, head = %s", log[3].chain_hash)
    assert audit_log().first_bad == 4


def test_a_forged_signature_is_found(log: list[LogEntry]) -> None:
    sign_head()
    tamper("UPDATE privacy_signedhead SET created = '2020-01-01 00:00:00+00:00'")
    assert audit_log().problems == ("the signature under size 5 is not good",)


def test_a_head_signed_with_an_earlier_key_is_checked_against_that_key(log: list[LogEntry], settings: Any) -> None:
    sign_head()
    settings.GONGZHI_KEK = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItISE="
    assert audit_log().holds
    assert sign_head().key_id != SignedHead.objects.order_by("pk")[0].key_id
    assert audit_log().holds


def test_the_command_reports_a_sound_log(log: list[LogEntry]) -> None:
    out = StringIO()
    call_command("log_verify", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "holds": True,
        "size": 5,
        "head": log[4].chain_hash,
        "signed_heads": 0,
        "first_bad": None,
        "problems": [],
    }


def test_the_command_exits_1_and_names_the_first_bad_entry(log: list[LogEntry]) -> None:
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 3")
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as plain:
        call_command("log_verify", stderr=err)
    with pytest.raises(SystemExit) as machine:
        call_command("log_verify", "--json", stdout=out)
    assert (plain.value.code, machine.value.code) == (1, 1)
    assert "First bad entry: 3." in err.getvalue()
    assert (json.loads(out.getvalue())["holds"], json.loads(out.getvalue())["first_bad"]) == (False, 3)


def test_the_signing_command_prints_the_note(log: list[LogEntry]) -> None:
    out = StringIO()
    call_command("log_sign", stdout=out)
    assert out.getvalue() == SignedHead.objects.get().note


def test_the_signing_command_refuses_a_broken_log(log: list[LogEntry]) -> None:
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 3")
    with pytest.raises(CommandError, match="log_verify"):
        call_command("log_sign")
