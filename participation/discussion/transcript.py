"""The whole of what was said in a room, to be read, kept and checked.

Each row carries a hash of itself and of the row before it, so that a copy shows at once where it was changed: SHA-256
of the hash before (empty for the first), a line feed, and the row as canonical JSON (RFC 8785).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import rfc8785

from participation.discussion.models import Room
from participation.discussion.places import Reader
from participation.discussion.queries import entries_since

COLUMNS = (
    "seq",
    "kind",
    "form",
    "row_id",
    "created",
    "group",
    "organisation",
    "author",
    "reply_to",
    "passage",
    "target_seq",
    "hidden",
    "edited",
    "body",
)
AT_ONCE = 500


def rows_of(user: Reader, room: Room) -> Iterator[dict[str, Any]]:
    """Every event with its hash, as ``user`` may see it."""
    before = ""
    since = 0
    while entries := entries_since(room, since, limit=AT_ONCE):
        for entry in entries:
            since = entry.seq
            frame = entry.for_user(user)
            row = {name: frame[name] for name in COLUMNS}
            row["passage"] = entry.event.passage
            before = hashlib.sha256(before.encode() + b"\n" + rfc8785.dumps(row)).hexdigest()
            yield {**row, "sha256": before}
