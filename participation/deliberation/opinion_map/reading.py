"""Published files into votes, statements and groups: the open export format of Polis.

``votes.csv``: timestamp, comment-id, voter-id, vote. ``participants-votes.csv``: participant, group-id, figures, and
one column for each statement. ``comments.csv``: comment-id, moderated, and sometimes is-meta. +1 agree, 0 pass, -1
disagree.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from participation.deliberation.opinion_map.votes import Statement, UnreadableVotes, Votes

LARGEST_FILE = 512 * 1024 * 1024

Journal = NDArray[np.int64]
JOURNAL = ("timestamp", "comment-id", "voter-id", "vote")
PARTICIPANT, GROUP = "participant", "group-id"


@dataclass(frozen=True)
class Read:
    """``journal`` (4, n): times, statements, participants, values. ``notes``: what was passed over, in words."""

    journal: Journal
    notes: tuple[str, ...] = ()

    def votes(self, statements: Iterable[Statement], *, banned: Collection[int] = ()) -> tuple[Votes, tuple[str, ...]]:
        """The latest votes, and the notes. Votes on statements that are not among ``statements`` are left out, with a
        note: nobody could read what was voted on, and whether it had been rejected."""
        known = np.fromiter((statement.id for statement in statements), np.int64)
        is_known = np.isin(self.journal[1], known)
        times, asked, people, values = self.journal[:, is_known]
        notes = list(self.notes)
        if missing := np.unique(self.journal[1][~is_known]).tolist():
            some = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
            left = np.count_nonzero(~is_known)
            notes.append(f"Left out: {left} votes on statements that the comments do not list ({some}).")
        return Votes.latest(people, asked, values, times, banned=banned), tuple(notes)


def read_votes(raw: bytes) -> Read:
    """``votes.csv`` or ``participants-votes.csv``, told apart by the header. A header row that occurs again inside
    the file is passed over. Raises ``UnreadableVotes`` with the line for everything else that is no vote."""
    text = _text(raw)
    header = next(_rows(text), (0, []))[1]
    if PARTICIPANT in header:
        return _read_matrix(text)
    places = _places(header, JOURNAL, "votes")
    clean = _read_at_once(text, places)
    return Read(clean.T) if clean is not None else _read_journal(text, header, places)


def _read_at_once(text: str, places: Sequence[int]) -> Journal | None:
    """(n, 4) of a file without surprises; None where somebody must look at each line."""
    if "\n" not in text.strip():
        return None
    try:
        clean = np.loadtxt(
            io.StringIO(text),
            np.int64,
            delimiter=",",
            skiprows=1,
            usecols=places,
            comments=None,
            quotechar='"',
            ndmin=2,
        )
    except (ValueError, OverflowError):
        return None
    return clean if clean[:, 3].min() >= -1 and clean[:, 3].max() <= 1 else None


def _read_journal(text: str, header: Sequence[str], places: Sequence[int]) -> Read:
    rows, notes = [], list[str]()
    for line, row in _body(text, header, notes):
        time, statement, participant, value = (row[place] for place in places)
        rows.append((_whole(time, line), _whole(statement, line), _whole(participant, line), _vote(value, line)))
    return Read(np.array(rows, np.int64).reshape(-1, len(JOURNAL)).T, tuple(notes))


def _read_matrix(text: str) -> Read:
    header = next(_rows(text))[1]
    participant = header.index(PARTICIPANT)
    statements = [(place, int(name)) for place, name in enumerate(header) if name.isdecimal()]
    if len({id_ for _, id_ in statements}) < len(statements):
        raise UnreadableVotes("The header of the votes names a statement twice.")
    rows, notes, seen = [], list[str](), set[int]()
    for line, row in _body(text, header, notes):
        person = _whole(row[participant], line)
        if person in seen:
            raise UnreadableVotes(f"Line {line}: participant {person} has a row already.")
        seen.add(person)
        rows += [(0, id_, person, _vote(row[place], line)) for place, id_ in statements if row[place].strip()]
    return Read(np.array(rows, np.int64).reshape(-1, len(JOURNAL)).T, tuple(notes))


def read_statements(raw: bytes) -> list[Statement]:
    """``comments.csv``; ``moderated`` is -1 for a rejected statement. Raises ``UnreadableVotes``."""
    text = _text(raw)
    header = next(_rows(text), (0, []))[1]
    id_place, moderated = _places(header, ("comment-id", "moderated"), "comments")
    meta = header.index("is-meta") if "is-meta" in header else None
    statements: dict[int, Statement] = {}
    for line, row in _body(text, header, []):
        id_, state = _whole(row[id_place], line), _whole(row[moderated], line)
        if id_ in statements:
            raise UnreadableVotes(f"Line {line}: statement {id_} occurs twice in the comments.")
        if state not in (-1, 0, 1):
            raise UnreadableVotes(f"Line {line}: moderated is -1 (rejected), 0 (not yet) or 1 (accepted), not {state}.")
        statements[id_] = Statement(id_, state == -1, meta is not None and row[meta].strip().lower() in ("true", "1"))
    return list(statements.values())


def read_groups(raw: bytes) -> dict[int | str, list[int]]:
    """Any table with the columns participant and group-id, so also ``participants-votes.csv``. An empty group-id: in
    no group. The ids are whole numbers if all of them are. Raises ``UnreadableVotes``."""
    text = _text(raw)
    header = next(_rows(text), (0, []))[1]
    participant, group = _places(header, (PARTICIPANT, GROUP), "groups")
    groups: dict[str, list[int]] = {}
    seen = set[int]()
    for line, row in _body(text, header, []):
        person = _whole(row[participant], line)
        if person in seen:
            raise UnreadableVotes(f"Line {line}: participant {person} is in the file of groups already.")
        seen.add(person)
        if name := row[group].strip():
            groups.setdefault(name, []).append(person)
    if not groups:
        raise UnreadableVotes("The file of groups puts nobody in a group.")
    if all(name.isdecimal() for name in groups) and len(set(map(int, groups))) == len(groups):
        return {int(name): groups[name] for name in sorted(groups, key=int)}
    return {name: groups[name] for name in sorted(groups)}


def _text(raw: bytes) -> str:
    if len(raw) > LARGEST_FILE:
        raise UnreadableVotes(f"The file is larger than {LARGEST_FILE // 1024**2} MB.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableVotes("The file is not UTF-8 text.") from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with the number of their last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise UnreadableVotes(f"Line {reader.line_num}: this is not a CSV table ({error}).") from error


def _body(text: str, header: Sequence[str], notes: list[str]) -> Iterator[tuple[int, list[str]]]:
    rows = _rows(text)
    next(rows, None)
    for line, row in rows:
        if row == header:
            notes.append(f"Line {line} is the header again: passed over.")
        elif len(row) != len(header):
            raise UnreadableVotes(f"Line {line} has {len(row)} cells, the header {len(header)}.")
        else:
            yield line, row


def _places(header: Sequence[str], wanted: Sequence[str], what: str) -> list[int]:
    if missing := [name for name in wanted if name not in header]:
        found = ", ".join(header)[:200] or "nothing"
        raise UnreadableVotes(f"The file of {what} has no column {missing[0]}. Its first line is: {found}")
    return [header.index(name) for name in wanted]


def _whole(cell: str, line: int) -> int:
    try:
        value = int(cell)
    except ValueError as error:
        raise UnreadableVotes(f"Line {line}: {cell[:40]!r} is not a whole number.") from error
    if abs(value) >= 2**62:
        raise UnreadableVotes(f"Line {line}: {cell[:40]} is too large.")
    return value


def _vote(cell: str, line: int) -> int:
    value = _whole(cell, line)
    if value not in (-1, 0, 1):
        raise UnreadableVotes(f"Line {line}: a vote is -1 (disagree), 0 (pass) or 1 (agree), not {cell[:40]}.")
    return value
