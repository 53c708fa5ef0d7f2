"""Receipts: what a voter keeps, and finds again in the published file in place of a name.

A receipt is the SHA-256 of the salt and the votes, in this form::

    printf '%s\\n3:1\\n7:1' SALT | sha256sum

one line for each project, its number and its points, smallest number first. The salt is known to the voter alone, so
that nobody can try out what a receipt stands for.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256

SALT_BYTES = 16
# Sealed values are filled up to a multiple of this, so that their length does not tell how many projects are chosen.
PAD_TO = 256


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


def receipt_text(salt: str, votes: Mapping[int, int]) -> str:
    return "\n".join([salt, *(f"{number}:{points}" for number, points in sorted(votes.items()))])


def receipt_of(salt: str, votes: Mapping[int, int]) -> str:
    return sha256(receipt_text(salt, votes).encode()).hexdigest()


def packed(salt: str, votes: Mapping[int, int]) -> dict[str, object]:
    """What is sealed: the votes and their salt, of a length that tells little."""
    rows = [[number, points] for number, points in sorted(votes.items())]
    return {"votes": rows, "salt": salt, "pad": " " * (-len(str(rows)) % PAD_TO)}


def votes_in(choices: Mapping[str, object]) -> dict[int, int]:
    """Number of a project -> points."""
    rows: list[list[int]] = choices["votes"]  # type: ignore[assignment]
    return {int(number): int(points) for number, points in rows}
