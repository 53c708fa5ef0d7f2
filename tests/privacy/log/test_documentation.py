"""The program that the documentation offers to outsiders does what it says."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from privacy.log.models import Checkpoint
from tests.privacy.log.written import tamper, write_many

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT = Path(__file__).parents[3] / "docs" / "transparency-log.md"


def outsider(server: Any) -> "subprocess.CompletedProcess[str]":
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.S)
    return subprocess.run(
        [sys.executable, "-I", "-c", program, f"{server.url}/log/"], capture_output=True, text=True, check=False
    )


def test_it_comes_to_the_signed_root(live_server: Any, settings: Any) -> None:
    write_many(300)
    root = Checkpoint.objects.get().note.split("\n")[2]
    result = outsider(live_server)
    said = f"300 entries of {settings.GONGZHI_LOG_ORIGIN} come to the signed root {root}\n"
    assert (result.returncode, result.stdout, result.stderr) == (0, said, "")


def test_it_finds_an_altered_entry(live_server: Any) -> None:
    write_many(3)
    tamper("""UPDATE privacy_logentry SET leaf = '{"v":2}' WHERE "index" = 1""")
    assert outsider(live_server).stderr == "the entries are not those that were signed\n"
