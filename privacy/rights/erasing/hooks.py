"""What other apps add to an erasure. They know accounts, offices and votes; nothing of them is known here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from privacy.sealing.keys import Subject


@dataclass(frozen=True)
class Obstacle:
    """What has to be settled by the person first, in words, and the page where that is done."""

    words: str
    url: str = ""


@dataclass(frozen=True)
class Wait:
    """What ends by itself, in words, and when at the earliest. Until then nothing is erased."""

    words: str
    until: datetime | None = None
    url: str = ""


@dataclass(frozen=True)
class Letterbox:
    """Where a person can be written to, and in which language."""

    address: str
    language: str


# Each is called with the subject.
find_obstacles: list[Callable[[Subject], Iterable[Obstacle]]] = []
find_waits: list[Callable[[Subject], Iterable[Wait]]] = []
find_letterbox: list[Callable[[Subject], Letterbox | None]] = []
# In the transaction, before the keys are destroyed: end what is recorded (mandates), then what only an app knows of an
# account (sign-in, sessions, address). Each may be called again for somebody who was erased already.
end_accounts: list[Callable[[Subject], None]] = []
# After the commit: what was kept in memory, such as pages.
forget_kept: list[Callable[[], None]] = []


def obstacles(subject: Subject) -> list[Obstacle]:
    return [one for find in find_obstacles for one in find(subject)]


def waits(subject: Subject) -> list[Wait]:
    return [one for find in find_waits for one in find(subject)]


def letterboxes(subject: Subject) -> Iterator[Letterbox]:
    for find in find_letterbox:
        found = find(subject)
        if found is not None and found.address:
            yield found
