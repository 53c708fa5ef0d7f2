"""Which keys were destroyed, outside of the database: a restored backup knows nothing of what was erased since.

One line of JSON for each erasure, with random numbers only: ``scope``, ``ref``, ``erasure``, ``keys``, ``done_at``.
Keep the file with the newest copy of the keys, never in a backup of the database that is older than itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from privacy.sealing.keys import Subject


@dataclass(frozen=True)
class Line:
    scope: str
    ref: UUID
    erasure: UUID
    keys: tuple[UUID, ...]
    done_at: datetime

    @property
    def subject(self) -> Subject:
        return Subject(self.scope, self.ref)

    @classmethod
    def parse(cls, text: str) -> Line:
        """Raises ``ValueError`` for what is no line of a ledger."""
        try:
            said = json.loads(text)
            keys = tuple(UUID(key) for key in said["keys"])
            done_at = datetime.fromisoformat(said["done_at"])
            return cls(str(said["scope"]), UUID(said["ref"]), UUID(said["erasure"]), keys, done_at)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"This is no line of a ledger of erasures: {text[:80]}") from error


def path() -> Path:
    return Path(settings.ERASURE_LEDGER)


def write(line: Line) -> None:
    """Add a line, on the disk when this returns. Raises ``OSError``: then the erasure does not happen yet."""
    text = json.dumps({name: _plain(value) for name, value in asdict(line).items()}, separators=(",", ":"))
    path().parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{text}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [str(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else str(value)


def lines(source: Path | None = None) -> Iterator[Line]:
    """Every erasure in the ledger, once. Raises ``ValueError`` for a line that is none, and ``OSError``."""
    seen: set[UUID] = set()
    source = source or path()
    if not source.exists():
        return
    with source.open(encoding="utf-8") as opened:
        for text in opened:
            if text.strip():
                line = Line.parse(text)
                if line.erasure not in seen:
                    seen.add(line.erasure)
                    yield line
