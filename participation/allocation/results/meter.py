"""How far a count is, told while it goes on, and ended where it takes too long."""

from __future__ import annotations

import time
from collections.abc import Callable

from participation.allocation.counting.equal_shares import Outcome

# So often (seconds) it is told.
TELL_EVERY = 0.5


class TooLong(RuntimeError):
    """The count was ended."""


class Meter:
    """``tell`` hears of per cents, which only rise. ``most_seconds``: of processor time; more raises ``TooLong``.

    Shares are tried up to ``until`` per cent: how much of the budget their winners cost says how near the end is.
    """

    def __init__(self, tell: Callable[[int], object], *, until: int = 40, most_seconds: float | None = None) -> None:
        self.tell, self.until, self.most_seconds = tell, until, most_seconds
        self.percent = 5
        self.began, self.told_at = time.thread_time(), 0.0

    def run(self, outcome: Outcome) -> None:
        """One share was tried."""
        part = min(1.0, float(outcome.cost / outcome.election.budget))
        self.at(5 + int((self.until - 5) * part))

    def at(self, percent: int) -> None:
        if self.most_seconds is not None and time.thread_time() - self.began > self.most_seconds:
            raise TooLong
        self.percent = max(self.percent, percent)
        if time.monotonic() - self.told_at >= TELL_EVERY:
            self.told_at = time.monotonic()
            self.tell(self.percent)
