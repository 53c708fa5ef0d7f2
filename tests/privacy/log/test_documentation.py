"""The program that the documentation offers to outsiders does what it says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from privacy.log.actions import sign_head
from tests.privacy.log.chain import append

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[3] / "docs" / "privacy.md"


def outsider(entries: str) -> "subprocess.CompletedProcess[str]":
    (program,) = (block for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S) if "stdin" in block)
    return subprocess.run(
        [sys.executable, "-I", "-c", program], input=entries, capture_output=True, text=True, check=False
    )


def test_it_comes_to_the_signed_head(client: Client) -> None:
    for _ in range(3):
        append()
    head = sign_head()
    result = outsider(client.get(reverse("privacy:log:entries")).content.decode())
    assert (result.returncode, result.stdout.split()) == (0, [str(head.size), head.head])


def test_it_finds_an_altered_entry(client: Client) -> None:
    for _ in range(3):
        append()
    data = client.get(reverse("privacy:log:entries")).json()
    data["entries"][1]["leaf"] += " "
    assert outsider(json.dumps(data)).stderr == "entry 1 does not follow on the one before it\n"
