"""The latest vote of everybody on everything, as a sparse matrix in coordinates."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ids = NDArray[np.int64]
Indices = NDArray[np.int64]

AGREE, PASS, DISAGREE = 1, 0, -1


class UnreadableVotes(ValueError):
    """The input is not what it says it is. The message is for the person who offered it."""


@dataclass(frozen=True)
class Statement:
    """``is_rejected``: moderated out. ``is_meta``: about the conversation itself, so it is asked for but not
    analysed."""

    id: int
    is_rejected: bool = False
    is_meta: bool = False


@dataclass(frozen=True)
class Votes:
    """``participants`` (P,) and ``statements`` (C,) are ids in ascending order, each with at least one vote. Vote
    number v is ``values[v]`` (+1 agree, 0 pass, -1 disagree) of participant ``participants[rows[v]]`` on
    ``statements[columns[v]]``; each pair occurs once. Not voted is not the same as pass."""

    participants: Ids
    statements: Ids
    rows: Indices
    columns: Indices
    values: NDArray[np.int64]

    @classmethod
    def latest(
        cls,
        participants: ArrayLike,
        statements: ArrayLike,
        values: ArrayLike,
        times: ArrayLike | None = None,
        *,
        banned: Collection[int] = (),
    ) -> Self:
        """From the journal of votes, four sequences of one length. A later vote of the same person on the same
        statement replaces an earlier one: by ``times``, at equal time (or without times) by place in the journal.
        Votes of ``banned`` participants are dropped first. Raises ``UnreadableVotes`` for another value than -1, 0 or
        +1."""
        who, what, cast = (np.asarray(column, np.int64) for column in (participants, statements, values))
        if cast.size and not (cast.min() >= -1 and cast.max() <= 1):
            raise UnreadableVotes("A vote is -1 (disagree), 0 (pass) or 1 (agree).")
        if times is not None and np.any(np.diff(moments := np.asarray(times, np.int64)) < 0):
            order = np.argsort(moments, kind="stable")
            who, what, cast = who[order], what[order], cast[order]
        if banned:
            kept = ~np.isin(who, np.fromiter(banned, np.int64))
            who, what, cast = who[kept], what[kept], cast[kept]
        people, rows = np.unique(who, return_inverse=True)
        asked, columns = np.unique(what, return_inverse=True)
        cell = rows * len(asked) + columns
        order = np.argsort(cell, kind="stable")
        last = order[np.append(np.diff(cell[order]) > 0, True)] if cell.size else order
        return cls(people, asked, rows[last], columns[last], cast[last])

    @cached_property
    def shape(self) -> tuple[int, int]:
        return len(self.participants), len(self.statements)

    @cached_property
    def per_participant(self) -> Indices:
        """(P,): how many statements each has voted on."""
        return np.bincount(self.rows, minlength=len(self.participants))

    def is_one_of(self, statements: Collection[int]) -> NDArray[np.bool_]:
        """(C,): which of the statements are in the collection."""
        return np.isin(self.statements, np.fromiter(statements, np.int64))
