"""One fingerprint over all lines of a release: with it, the log holds every published number to what it was."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from cms.budget.models import Line, Release
from privacy.log.audit import FurtherCheck
from privacy.log.bindings import Result, place_of
from privacy.log.kinds import LeafKind
from privacy.log.models import Leaf

COLUMNS = (
    "row_id",
    "row_number",
    "is_leaf",
    "department__row_id",
    "programme__row_id",
    "functional_code",
    "functional_name",
    "economic_code",
    "economic_name",
    "fund",
    "note",
    "proposed",
    "adopted",
    "adjusted",
    "committed",
    "executed",
)
LINES_AT_ONCE = 5000


def lines_sha256(release: Release) -> str:
    """SHA-256, in hexadecimal, over one JSON array per line in the order of rows, each ended by a line feed.

    The array holds ``COLUMNS``: references as text, amounts in minor units, null for what was not stated.
    """
    whole = hashlib.sha256()
    lines = Line.objects.filter(release=release).order_by("row_number").values_list(*COLUMNS)
    for line in lines.iterator(chunk_size=LINES_AT_ONCE):
        text = json.dumps([_plain(value) for value in line], ensure_ascii=False, separators=(",", ":"))
        whole.update(text.encode() + b"\n")
    return whole.hexdigest()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def hold_releases(leaves: list[Leaf]) -> Result:
    """Compare the lines of the releases that ``leaves`` are about with what was published."""
    result = Result()
    for leaf in leaves:
        if (expected := json.loads(leaf.leaf)["public"].get("lines_sha256")) is None:
            continue
        result.checked += 1
        name = f"{Release._meta.label_lower} {leaf.record_ref}"
        release = Release.objects.filter(row_id=leaf.record_ref).first()
        if release is None:
            result.problems.append((name, f"the row {name} is gone; {place_of(leaf)} is about it"))
        elif lines_sha256(release) != expected:
            result.problems.append((name, f"the lines of {name} are not those that {place_of(leaf)} was written about"))
    return result


PUBLISHED_LINES = FurtherCheck(LeafKind.RELEASE_PUBLISHED, hold_releases, lambda: ())
