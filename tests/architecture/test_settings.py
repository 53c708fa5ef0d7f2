"""Production starts only when it is safe to."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.settings import base
from tests.architecture.tree import ROOT

SAFE = {
    "DEBUG": "0",
    "SECRET_KEY": "k7" * 30,
    "GONGZHI_KEK": base64.b64encode(bytes(range(32))).decode(),
    "GONGZHI_KEK_FILE": "",
    "ALLOWED_HOSTS": "budget.example.org",
    "BASE_URL": "https://budget.example.org",
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
        ("GONGZHI_KEK", "garbage", "GONGZHI_KEK does not hold 32 bytes in base64"),
        ("GONGZHI_KEK", base64.b64encode(bytes(31)).decode(), "GONGZHI_KEK does not hold 32 bytes in base64"),
        ("DEBUG", "1", "DEBUG is on"),
        ("SECURE_SSL_REDIRECT", "0", "HTTPS is off"),
        ("SECURE_HSTS_SECONDS", "0", "HTTPS is off"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty"),
        ("BASE_URL", "http://budget.example.org", "BASE_URL is not"),
        ("REQUIRE_MFA", "0", "REQUIRE_MFA is off"),
        ("OIDC_SERVER_URL", "https://login.example.org", "OIDC_SERVER_URL (https), OIDC_CLIENT_ID"),
        ("SMS_BACKEND", "participation.stakeholders.levels.sms.ConsoleBackend", "SMS_BACKEND prints"),
    ],
)
def test_production_refuses_to_start(name: str, value: str, complaint: str) -> None:
    done = start(**{name: value})
    last_line = done.stderr.strip().splitlines()[-1]
    assert (done.returncode, f"Refusing to start: {complaint}" in last_line) == (1, True)


def start_with_key_file(path: Path) -> tuple[int, str]:
    done = start(GONGZHI_KEK="", GONGZHI_KEK_FILE=str(path))
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1].partition("Refusing to start: ")[2]


def test_production_starts_with_a_key_from_a_file(tmp_path: Path) -> None:
    key_file = tmp_path / "kek"
    key_file.write_text(SAFE["GONGZHI_KEK"] + "\n")
    assert start_with_key_file(key_file) == (0, "")


@pytest.mark.parametrize(
    ("held", "complaint"),
    [
        (base.PUBLISHED_KEK + "\n", "GONGZHI_KEK or GONGZHI_KEK_FILE is missing or a published default"),
        ("garbage", "GONGZHI_KEK_FILE does not hold 32 bytes in base64"),
        (None, "GONGZHI_KEK_FILE cannot be read"),
    ],
)
def test_production_refuses_a_key_file_that_protects_nothing(tmp_path: Path, held: str | None, complaint: str) -> None:
    key_file = tmp_path / "kek"
    if held is not None:
        key_file.write_text(held)
    code, refusal = start_with_key_file(key_file)
    assert (code, refusal.startswith(complaint), "garbage" in refusal) == (1, True, False)
