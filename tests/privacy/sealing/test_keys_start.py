"""No process starts with the wrong key-encryption key, and each says which variable is at fault."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from privacy.sealing import ring
from privacy.sealing.checks import check_keys, faults, refuse_wrong_key
from privacy.sealing.keys import PORTAL, Subject, key_provider
from privacy.sealing.models import DataKey
from tests.architecture.tree import ROOT
from tests.privacy.sealing.vault import TOKEN, Transit, serving

RIGHT = base64.b64encode(b"r" * 32).decode()
WRONG = base64.b64encode(b"w" * 32).decode()
# Starts once with the right key, and once more, as Daphne does it, with the wrong one.
STARTS = """
import sys
import django
django.setup()
from daphne.cli import CommandLineInterface
from django.conf import settings
from django.db import connection
from privacy.sealing import ring
from privacy.sealing.keys import PORTAL
from privacy.sealing.models import DataKey
# One table is enough to be asked for keys.
with connection.schema_editor() as editor:
    editor.create_model(DataKey)
ring.active_key(PORTAL)
import portal.asgi
print("started", file=sys.stderr, flush=True)
del sys.modules["portal.asgi"]
settings.GONGZHI_KEK = sys.argv[1]
CommandLineInterface().run(["-p", "0", "portal.asgi:application"])
"""


def test_a_server_with_the_wrong_key_does_not_start_and_says_which_variable(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.development",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'keys.sqlite3'}",
        "REDIS_URL": "",
        "GONGZHI_KEK_FILE": "",
        "GONGZHI_KEK": RIGHT,
    }
    command = [sys.executable, "-c", STARTS, WRONG]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    with_right, started, with_wrong = done.stderr.partition("started\n")
    assert (with_right, started) == ("", "started\n")
    assert done.returncode != 0
    assert "Put the right one into GONGZHI_KEK" in with_wrong
    assert WRONG not in done.stderr


# The check itself ---------------------------------------------------------------------------------


@pytest.fixture
def _with_a_key(db: Any) -> Iterator[None]:
    ring.active_key(PORTAL)
    yield
    ring.open_keys.clear()


@pytest.mark.both
@pytest.mark.usefixtures("_with_a_key")
def test_the_right_key_is_no_fault() -> None:
    assert (faults(), check_keys(None)) == ([], [])


@pytest.mark.both
@pytest.mark.usefixtures("_with_a_key")
def test_an_earlier_key_that_was_kept_is_no_fault(settings: Any) -> None:
    settings.GONGZHI_KEK_PREVIOUS, settings.GONGZHI_KEK = settings.GONGZHI_KEK, WRONG
    assert faults() == []


@pytest.mark.both
@pytest.mark.usefixtures("_with_a_key")
def test_an_earlier_key_that_was_not_kept_is_a_fault_with_both_names(settings: Any) -> None:
    before = key_provider().kek_id
    settings.GONGZHI_KEK = WRONG
    (fault,) = faults()
    assert (before in fault, key_provider().kek_id in fault, "GONGZHI_KEK_PREVIOUS" in fault) == (True, True, True)


@pytest.mark.both
@pytest.mark.usefixtures("_with_a_key")
def test_a_key_that_cannot_unwrap_what_bears_its_name_is_a_fault() -> None:
    DataKey.objects.update(wrapped=b"x" * 60)
    (fault,) = faults()
    assert fault.startswith("GONGZHI_KEK does not hold")


@pytest.mark.both
@pytest.mark.django_db
def test_destroyed_keys_need_no_key(settings: Any) -> None:
    subject = Subject("case", uuid4())
    ring.active_key(subject)
    ring.shred(subject)
    settings.GONGZHI_KEK = WRONG
    assert faults() == []


@pytest.mark.both
@pytest.mark.usefixtures("_with_a_key")
@pytest.mark.parametrize("command", ["migrate", "worker", "log_sequence"])
def test_a_command_with_the_wrong_key_ends_before_it_does_anything(settings: Any, command: str) -> None:
    settings.GONGZHI_KEK = WRONG
    with pytest.raises(SystemCheckError, match="Put the right one into GONGZHI_KEK") as refusal:
        call_command(command, skip_checks=False)
    assert WRONG not in str(refusal.value)


def test_with_a_key_file_open_to_others_a_server_refuses_to_start(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "kek"
    path.write_text(RIGHT)
    path.chmod(0o640)
    settings.GONGZHI_KEK, settings.GONGZHI_KEK_FILE = "", str(path)
    with pytest.raises(ImproperlyConfigured, match=f"Refusing to start: GONGZHI_KEK_FILE {path} is open to group"):
        refuse_wrong_key()


def test_settings_that_name_no_key_are_a_fault(settings: Any) -> None:
    settings.GONGZHI_KEK = settings.GONGZHI_KEK_FILE = ""
    assert [found.id for found in check_keys(None)] == ["privacy.E010"]
    with pytest.raises(ImproperlyConfigured, match=r"Refusing to start: .*GONGZHI_KEK or GONGZHI_KEK_FILE"):
        refuse_wrong_key()


@pytest.mark.both
@pytest.mark.django_db
def test_a_vault_that_does_not_answer_is_a_fault(settings: Any) -> None:
    settings.GONGZHI_KEK, settings.GONGZHI_VAULT_KEY, settings.GONGZHI_VAULT_TOKEN = "", "gongzhi", TOKEN
    with serving(Transit(keys={"gongzhi": [bytes(32)]})) as address:
        settings.GONGZHI_VAULT_ADDR = address
        ring.active_key(PORTAL)
        assert faults() == []
    (fault,) = faults()
    assert fault.startswith("GONGZHI_VAULT_KEY: the Vault of GONGZHI_VAULT_ADDR")
