"""The receipt of an entry, written by the command, satisfies the verifier that needs no server."""

import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from privacy.log import verify_receipt
from privacy.sealing.keys import LOG_SIGNING_ROOT
from privacy.sealing.ring import retire
from tests.privacy.log.written import REASON, tamper, wait_for_number, write

pytestmark = pytest.mark.django_db


def receipt(ref: UUID, folder: Path, *salts: str) -> str:
    said = StringIO()
    call_command("log_receipt", str(ref), out=folder, salt=list(salts), stdout=said)
    return said.getvalue()


def verified(command: str, folder: Path) -> bool:
    _python, _script, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-I", verify_receipt.__file__, *arguments], cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0


def test_the_command_that_is_printed_verifies_the_receipt(tmp_path: Path) -> None:
    assert verified(receipt(write().ref, tmp_path), tmp_path)


def test_the_key_that_is_printed_is_the_one_that_signed_also_when_there_is_a_newer_one(tmp_path: Path) -> None:
    entry = write()
    retire(LOG_SIGNING_ROOT)
    assert verified(receipt(entry.ref, tmp_path), tmp_path)


@pytest.mark.parametrize(("text", "holds"), [(REASON, True), ("另一个理由", False)])
def test_with_its_salt_a_text_is_proven_to_be_the_one(tmp_path: Path, text: str, holds: bool) -> None:
    command = receipt(write().ref, tmp_path, "reason").replace("TEXT", text)
    assert verified(command, tmp_path) is holds


def test_there_is_no_salt_for_what_was_not_committed_to(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="commits to no body"):
        receipt(write().ref, tmp_path, "body")


def test_a_record_stands_for_its_latest_entry(tmp_path: Path) -> None:
    entry = write()
    receipt(entry.record_ref, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{entry.ref}.json", f"{entry.ref}.tlog-proof"]


def test_two_receipts_stand_side_by_side(tmp_path: Path) -> None:
    for entry in (write(), write()):
        receipt(entry.ref, tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


def test_an_unknown_reference_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="has no entry"):
        receipt(UUID(int=1), tmp_path)


def test_what_is_not_signed_for_yet_has_no_receipt(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no entry|No checkpoint"):
        receipt(wait_for_number().ref, tmp_path)


def test_no_receipt_is_written_that_would_not_be_verified(tmp_path: Path) -> None:
    entry = write()
    tamper("UPDATE privacy_logentry SET leaf = '{}'")
    with pytest.raises(CommandError, match="log_verify"):
        receipt(entry.ref, tmp_path)
    assert list(tmp_path.iterdir()) == []
