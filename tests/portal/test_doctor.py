"""The doctor names what has to be put right, says how, and shows no secret."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portal.operations import examining
from portal.operations.examining import SECRETS, Finding, _require_private, _secrets
from privacy.log.models import PendingLeaf

pytestmark = pytest.mark.django_db


@pytest.fixture
def _no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search through the files of the project has a test of its own."""
    monkeypatch.setattr(examining, "_kept_by_git", list)


@pytest.mark.usefixtures("_no_search")
def test_test_settings_are_found_unfit_for_people_with_advice_for_each(settings: Any) -> None:
    settings.DEBUG, settings.SECURE_SSL_REDIRECT = True, False
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", json=True, stdout=out)
    told = json.loads(out.getvalue())
    errors = {one["words"]: one["advice"] for one in told["findings"] if one["level"] == "error"}
    assert {"DEBUG is on", "plain HTTP is answered"} <= set(errors)
    assert settings.SECRET_KEY not in out.getvalue()


def test_a_key_file_that_others_may_read_is_named(tmp_path: Path) -> None:
    key = tmp_path / "kek"
    key.write_text("x")
    key.chmod(0o640)
    (found,) = _require_private(key, "GONGZHI_KEK_FILE")
    assert (found.level, found.advice) == ("error", "chmod 600")
    key.chmod(0o600)
    assert list(_require_private(key, "GONGZHI_KEK_FILE")) == []


@pytest.mark.usefixtures("_no_search")
def test_a_look_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise OSError("away")

    monkeypatch.setattr(examining, "log_lag_seconds", broken)
    found = list(examining.examine())
    assert Finding("error", "log", "could not be looked at (OSError)", "The log of the service says why.") in found
    assert found[-1].about == "secrets"


def test_entries_that_nobody_numbers_are_named() -> None:
    PendingLeaf.objects.create(
        ref="00000000-0000-4000-8000-000000000001",
        kind="feedback.accepted",
        record_label="a.b",
        record_ref="00000000-0000-4000-8000-000000000002",
        leaf="{}",
        created="2020-01-01T00:00:00Z",
    )
    assert any("has waited" in finding.words for finding in examining._log())


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("-----BEGIN EC PRIVATE KEY" + "-----", True),
        ("AKIA" + "A" * 16, True),
        ("SECRET_KEY = '" + "k" * 50 + "'", True),
        ("SECRET_KEY = env('SECRET_KEY', default='')", False),
        ("sha256:" + "0" * 64, False),
    ],
    ids=["key", "cloud", "setting", "name", "hash"],
)
def test_what_looks_like_a_secret(text: str, is_secret: bool) -> None:
    assert bool(SECRETS.search(text)) == is_secret


def test_the_project_keeps_no_secret() -> None:
    assert list(_secrets()) == []
