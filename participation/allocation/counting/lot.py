"""The lot for ties: drawn once, committed to before voting closes, and the same for everybody who draws it again.

1. Before voting closes a secret seed is made and its ``commitment`` published: the SHA-256 of the seed's UTF-8 bytes.
2. After closing the seed is revealed. Anybody can hash it: ``printf %s SEED | sha256sum``.
3. Projects are put in the order of the SHA-256 of seed, line feed, id, smallest first:
   ``printf '%s\\n%s' SEED ID | sha256sum``.

Nobody can choose the order after seeing the votes, and the order in which projects are listed does not matter.
"""

import secrets
from collections.abc import Iterable
from hashlib import sha256


def new_seed() -> str:
    """A seed that nobody can guess: 64 hexadecimal digits."""
    return secrets.token_hex(32)


def commitment(seed: str) -> str:
    return sha256(seed.encode()).hexdigest()


def drawn(seed: str, committed: str, ids: Iterable[str]) -> list[str]:
    """The ids, first drawn first. Raises ``ValueError`` if the seed is not the one that was committed to."""
    if commitment(seed) != committed:
        raise ValueError("This seed is not the one that was committed to.")
    return sorted(ids, key=lambda id_: sha256(f"{seed}\n{id_}".encode()).digest())
