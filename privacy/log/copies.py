"""The columns of an entry that repeat what its leaf says. Only the leaf is hashed: they are held to it here."""

from __future__ import annotations

import json
from typing import Any

from privacy.log.models import Leaf
from privacy.log.states import plain


def altered_copies(entry: Leaf) -> list[str]:
    """The names of the columns that say something else than the leaf; all of them for a leaf that is none."""
    held = {
        "ref": entry.ref.hex,
        "kind": str(entry.kind),
        "record_label": entry.record_label,
        "record_ref": str(entry.record_ref),
        "created": plain(entry.created),
    }
    told = _told(entry.leaf)
    return [name for name, value in held.items() if told.get(name) != value]


def _told(leaf: str) -> dict[str, Any]:
    try:
        parsed = json.loads(leaf)
        return {
            "ref": parsed["ref"],
            "kind": parsed["kind"],
            "record_label": parsed["record"]["model"],
            "record_ref": parsed["record"]["id"],
            "created": parsed["time"],
        }
    except (ValueError, TypeError, KeyError):
        return {}
