"""What tests of several kinds of sealed field ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import storages

from privacy.sealing import opening


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The labels of the fields that are opened, in order; nothing is recorded meanwhile."""
    heard: list[str] = []
    monkeypatch.setattr(opening, "_listeners", [lambda instance, field: heard.append(field.label)])
    return heard


@pytest.fixture
def _no_stored_statements() -> None:
    folder = Path(storages["attachments"].path("statement"))
    for path in folder.iterdir() if folder.is_dir() else ():
        path.unlink()
