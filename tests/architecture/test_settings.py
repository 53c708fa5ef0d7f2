"""Production starts only when it is safe to."""

import base64
import os
import subprocess
import sys

import pytest

from portal.settings import base
from tests.architecture.tree import ROOT

SAFE = {
    "DEBUG": "0",
    "SECRET_KEY": "k7" * 30,
    "GONGZHI_KEK": base64.b64encode(bytes(range(32))).decode(),
    "GONGZHI_KEK_FILE": "",
    "ALLOWED_HOSTS": "budget.example.org",
    "SECURE_SSL_REDIRECT": "1",
    "SECURE_HSTS_SECONDS": "31536000",
}


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import portal.settings.production"],
        cwd=ROOT,
        env=os.environ | SAFE | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_safe_settings() -> None:
    done = start()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", base.PUBLISHED_SECRET_KEY, "SECRET_KEY is"),
        ("SECRET_KEY", "", "SECRET_KEY is"),
        ("SECRET_KEY", "short", "SECRET_KEY is"),
        ("GONGZHI_KEK", base.PUBLISHED_KEK, "GONGZHI_KEK or GONGZHI_KEK_FILE is"),
        ("GONGZHI_KEK", "", "GONGZHI_KEK or GONGZHI_KEK_FILE is"),
        ("DEBUG", "1", "DEBUG is on"),
        ("SECURE_SSL_REDIRECT", "0", "HTTPS is off"),
        ("SECURE_HSTS_SECONDS", "0", "HTTPS is off"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty"),
    ],
)
def test_production_refuses_to_start(name: str, value: str, complaint: str) -> None:
    done = start(**{name: value})
    last_line = done.stderr.strip().splitlines()[-1]
    assert (done.returncode, f"Refusing to start: {complaint}" in last_line) == (1, True)
