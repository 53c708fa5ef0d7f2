"""Typed lines between reading and writing: in a temporary file, so that their number takes no memory."""

from __future__ import annotations

import marshal
import tempfile
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

LINES_AT_ONCE = 2000
# Files with fewer lines than this never reach the disk.
IN_MEMORY_BYTES = 4 * 1024 * 1024


class Named(NamedTuple):
    """A department or programme as the source names it."""

    code: str
    name: str


class PlannedLine(NamedTuple):
    """One row to be kept. ``department`` and ``programme`` are places in the lists of the plan, None for none.

    ``amounts`` are minor units in the order of ``Plan.phases``; None: not stated.
    """

    row: int
    is_leaf: bool
    department: int | None
    programme: int | None
    functional_code: str
    functional: str
    economic_code: str
    economic: str
    fund: str
    note: str
    amounts: tuple[int | None, ...]


class PlannedLines:
    """Lines in the order in which they were added. They can be read again and again, but not changed."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES, prefix="gongzhi-lines-")  # noqa: SIM115
        self._batch: list[tuple[object, ...]] = []
        self._starts: list[int] = []
        self._count = 0

    def add(self, line: PlannedLine) -> None:
        # A plain tuple, which marshal knows.
        self._batch.append(tuple(line))
        self._count += 1
        if len(self._batch) >= LINES_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            self._file.seek(0, 2)
            self._starts.append(self._file.tell())
            self._file.write(marshal.dumps(self._batch))
            self._batch = []

    def __len__(self) -> int:
        return self._count

    def batches(self) -> Iterator[list[PlannedLine]]:
        self._flush()
        self._file.seek(0, 2)
        ends = [*self._starts[1:], self._file.tell()]
        for start, end in zip(self._starts, ends, strict=True):
            self._file.seek(start)
            # Written by this very process a moment ago: nobody else can have put anything there.
            yield [PlannedLine(*line) for line in marshal.loads(self._file.read(end - start))]  # noqa: S302

    def __iter__(self) -> Iterator[PlannedLine]:
        for batch in self.batches():
            yield from batch


class Repeats:
    """How many rows repeat another one, counted by eight bytes for each."""

    def __init__(self) -> None:
        self._prints = array("q")

    def see(self, cells: list[str]) -> None:
        self._prints.append(hash(tuple(cells)))

    def count(self) -> int:
        return sum(one == other for one, other in pairwise(sorted(self._prints)))
