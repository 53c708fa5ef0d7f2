"""Drawing by lot, so that nobody can choose who is drawn, and anybody can draw again.

1. Before anybody can put their name down, a secret is made, and its ``commit`` (SHA-256, in hexadecimal) is published.
2. When no more names are taken, the list of names is published.
3. The secret is opened. ``draw`` orders the names by the HMAC-SHA256 of their UTF-8 bytes, with the secret as the key,
   smallest first, and takes the first ones. The order in which the list is written does not matter.

Whoever has the opened secret and the list needs nothing of ours::

    import hashlib, hmac

    secret = bytes.fromhex("...")              # as it was opened
    names = open("names.txt").read().split("\\n")  # as the list was published, one to a line
    count = 12

    assert hashlib.sha256(secret).hexdigest() == "..."  # as it was committed to
    rank = lambda name: hmac.new(secret, name.encode(), hashlib.sha256).digest()
    print(sorted(names, key=rank)[:count])

What it does not prove: that every name is a person. Whoever holds the secret could try names before the list is
closed; therefore names are given out by the portal, never chosen, and the secret is kept sealed until it is opened.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

SECRET_BYTES = 32


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def commit(secret: bytes) -> str:
    """What is published beforehand: 64 hexadecimal digits. ``ValueError`` for a secret that could be guessed."""
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"A secret has at least {SECRET_BYTES} bytes.")
    return hashlib.sha256(secret).hexdigest()


def is_opened_by(commitment: str, secret: bytes) -> bool:
    """Whether this secret is the one that was committed to."""
    return hmac.compare_digest(hashlib.sha256(secret).hexdigest(), commitment.lower())


def draw(secret: bytes, names: Sequence[str], count: int) -> list[str]:
    """The names that are drawn, first drawn first: ``count`` of them, or all if there are fewer.

    With ``count=len(names)`` it is the whole order, for a waiting list. ``ValueError`` for a name that is there twice,
    which would have two chances, and for a count below zero.
    """
    if len(set(names)) < len(names):
        raise ValueError("A name is in the list twice.")
    if count < 0:
        raise ValueError("A count is not below zero.")
    return sorted(names, key=lambda name: hmac.digest(secret, name.encode(), "sha256"))[:count]
