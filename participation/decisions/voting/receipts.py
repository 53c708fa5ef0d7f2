"""The receipt of a ballot: the hash of a random number and the ratings, which only the voter can tie to a person.

Whoever has the number and the ratings needs nothing of ours::

    import hashlib
    print(hashlib.sha256(b"<number> A=8 B=- SQ=3").hexdigest())   # letters in order, - for no rating

It stands in the published file in the place of the ballot. A receipt shows how somebody rated to whomever they tell the
number: it proves that a ballot was counted, and does not keep anybody from selling it.
"""

import hashlib
import secrets
from collections.abc import Mapping

NONCE_BYTES = 16


def new_nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)


def receipt_text(nonce: str, ratings: Mapping[str, int | None]) -> str:
    """What is hashed."""
    rated = (f"{key}={'-' if ratings[key] is None else ratings[key]}" for key in sorted(ratings))
    return " ".join((nonce, *rated))


def receipt_of(nonce: str, ratings: Mapping[str, int | None]) -> str:
    return hashlib.sha256(receipt_text(nonce, ratings).encode()).hexdigest()
