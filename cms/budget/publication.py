"""What else happens when a release becomes public, told by the rooms that come after this one."""

from __future__ import annotations

from collections.abc import Callable

from cms.budget.models import Release

# Each is called once, in the transaction that publishes the release: what it raises undoes the publication.
followers: list[Callable[[Release], None]] = []
# Each is called with every public release of a government that is read by other rules from now on.
regrouping: list[Callable[[Release], None]] = []


def follow(follower: Callable[[Release], None]) -> None:
    """Have ``follower`` called with every release that becomes public. Said twice, it is called once."""
    if follower not in followers:
        followers.append(follower)


def regroup(again: Callable[[Release], None]) -> None:
    """Have ``again`` called where what was summed by function has to be summed anew. Said twice, it is called once."""
    if again not in regrouping:
        regrouping.append(again)
