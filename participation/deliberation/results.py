"""What a map says, in figures ready to be put into words. Fewer than five people in a cell are told nothing of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from participation.consultations.models import Contribution
from participation.deliberation.models import Conversation, MapParticipant, OpinionMap, Statement
from participation.small_cells import LEAST, without_small_cells
from participation.stakeholders.models import StakeholderGroup

LISTED = 5
# From which difference between two groups, in shares of those who answered, a statement divides.
DIVIDES_FROM = 0.3
DOTS_MOST = 400
LETTERS = "ABCDE"


@dataclass(frozen=True)
class Cell:
    """How one group answered one statement: numbers of people, and shares from 0 to 1 of those who answered."""

    agree: int
    disagree: int
    seen: int

    @property
    def is_shown(self) -> bool:
        return self.seen >= LEAST

    @property
    def agree_share(self) -> float:
        return self.agree / self.seen if self.seen else 0.0

    @property
    def disagree_share(self) -> float:
        return self.disagree / self.seen if self.seen else 0.0

    @property
    def passed(self) -> int:
        return self.seen - self.agree - self.disagree

    @property
    def passed_share(self) -> float:
        return self.passed / self.seen if self.seen else 0.0

    @property
    def likely(self) -> float:
        """The smoothed share that agrees: few answers say little."""
        return (self.agree + 1) / (self.seen + 2)

    @property
    def unlikely(self) -> float:
        return (self.disagree + 1) / (self.seen + 2)

    @property
    def disagree_from(self) -> float:
        """Where the part of those who disagree begins in a bar of width 1."""
        return 1 - self.disagree_share


@dataclass(frozen=True)
class Row:
    """A statement, how all together and how each group answered it. ``consensus``: the geometric mean over the groups
    of the smoothed share that agrees; ``dissent``: of the share that disagrees."""

    statement: Statement
    everybody: Cell
    cells: tuple[Cell, ...]
    consensus: float = 0.0
    dissent: float = 0.0

    @property
    def shown(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_shown]

    @property
    def spread(self) -> float:
        shares = [cell.likely for cell in self.shown]
        return max(shares) - min(shares) if len(shares) > 1 else 0.0

    @property
    def is_told_by_all(self) -> bool:
        return bool(self.cells) and len(self.shown) == len(self.cells)


@dataclass(frozen=True)
class StandsFor:
    """A statement that sets a group apart. ``agrees``: which way; ``cell`` of the group, ``others`` of all others."""

    statement: Statement
    agrees: bool
    cell: Cell
    others: Cell

    @property
    def share(self) -> float:
        return self.cell.agree_share if self.agrees else self.cell.disagree_share

    @property
    def share_of_others(self) -> float:
        return self.others.agree_share if self.agrees else self.others.disagree_share


@dataclass(frozen=True)
class Group:
    """``size``: None for fewer than five. ``css``: how it looks on the map, 1 to 5. ``nearer_than``: the share of the
    others in one's own group who stand farther from its middle."""

    name: str
    css: int
    size: int | None
    is_mine: bool
    stands_for: tuple[StandsFor, ...]
    nearer_than: float | None = None


@dataclass(frozen=True)
class Dot:
    """A person on the map, from 0 to 100 either way; ``css`` of their group, 0 for none."""

    x: float
    y: float
    css: int
    is_mine: bool


@dataclass(frozen=True)
class Result:
    """``rows``: every public statement, first the one that most agree on across groups. ``differences``: what somebody
    answers otherwise than more than half of their own group."""

    kept: OpinionMap
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    sides: tuple[str, ...]
    by_side: tuple[Row, ...]
    dots: tuple[Dot, ...]
    is_placed: bool
    differences: tuple[Row, ...] = ()

    @property
    def has_groups(self) -> bool:
        return len(self.groups) > 1

    @property
    def agreed(self) -> list[Row]:
        """What more than half of every group agrees with."""
        found = [row for row in self.rows if row.is_told_by_all and min(cell.likely for cell in row.cells) > 0.5]
        return found[:LISTED]

    @property
    def rejected(self) -> list[Row]:
        """What more than half of every group disagrees with."""
        found = [row for row in self.rows if row.is_told_by_all and min(cell.unlikely for cell in row.cells) > 0.5]
        return sorted(found, key=lambda row: -row.dissent)[:LISTED]

    @property
    def divided(self) -> list[Row]:
        """What groups see most differently."""
        found = sorted(self.rows, key=lambda row: -row.spread)
        return [row for row in found if row.spread >= DIVIDES_FROM][:LISTED]

    @property
    def agreed_by_sides(self) -> list[Row]:
        """What the declared sides agree on, each counting once however many people speak for it."""
        return [row for row in self.by_side if row.is_told_by_all and min(cell.likely for cell in row.cells) > 0.5][
            :LISTED
        ]

    @property
    def mine(self) -> Group | None:
        return next((group for group in self.groups if group.is_mine), None)

    @property
    def dots_left_out(self) -> int:
        return max(0, self.kept.participants - len(self.dots))


def result_of(conversation: Conversation, kept: OpinionMap, participant: MapParticipant | None) -> Result:
    """Two queries: the words of the statements that are public now, and what ``participant`` answered."""
    shown = conversation.statements.filter(status=Contribution.Status.VISIBLE, is_meta=False)
    statements = {statement.number: statement for statement in shown}
    own = participant.number if participant else None
    groups = _groups(kept, statements, own)
    sides = [group["id"] for group in kept.sides.get("groups", ())]
    dots, rows = _dots(kept, groups, own), _rows(kept, statements, "groups")
    return Result(
        kept,
        tuple(groups),
        tuple(rows),
        tuple(str(StakeholderGroup(side).label) for side in sides),
        tuple(_rows(kept, statements, "sides")) if len(sides) > 1 else (),
        tuple(dots),
        any(dot.is_mine for dot in dots),
        tuple(_differences(rows, groups, participant)),
    )


def _differences(rows: Sequence[Row], groups: Sequence[Group], participant: MapParticipant | None) -> Iterable[Row]:
    """The clearest first."""
    place = next((place for place, group in enumerate(groups) if group.is_mine and group.size is not None), None)
    if participant is None or place is None or len(groups) < 2:
        return []
    own = dict(participant.votes.exclude(value=0).values_list("statement__number", "value"))

    def against(row: Row) -> float:
        cell, value = row.cells[place], own.get(row.statement.number)
        return (cell.unlikely if value == 1 else cell.likely) if value and cell.is_shown else 0.0

    return sorted((row for row in rows if against(row) > 0.5), key=lambda row: -against(row))[:LISTED]


def _rows(kept: OpinionMap, statements: Mapping[int, Statement], by: str) -> list[Row]:
    rows = []
    for number, statement in statements.items():
        everybody = kept.tallies["all"].get(str(number))
        if everybody is None:
            continue
        cells = tuple(Cell(*cell) for cell in kept.tallies[by][str(number)])
        consensus = _mean(cell.likely for cell in cells)
        rows.append(Row(statement, Cell(*everybody), cells, consensus, _mean(cell.unlikely for cell in cells)))
    return sorted(rows, key=lambda row: (-row.consensus, row.statement.number))


def _mean(values: Iterable[float]) -> float:
    """Geometric: one group that thinks otherwise weighs as much as it should."""
    product, number = 1.0, 0
    for value in values:
        product, number = product * value, number + 1
    return float(product ** (1 / number)) if number else 0.0


def _groups(kept: OpinionMap, statements: Mapping[int, Statement], own: int | None) -> list[Group]:
    found: Sequence[dict[str, Any]] = kept.result.get("groups", ())
    sizes = without_small_cells({place: group["size"] for place, group in enumerate(found)})
    return [
        Group(
            name=LETTERS[place],
            css=place + 1,
            size=sizes.cells[place],
            is_mine=own in group["members"],
            stands_for=tuple(_stands_for(kept, statements, place, group["id"])),
            nearer_than=_nearer_than(kept, group["members"], own) if sizes.cells[place] is not None else None,
        )
        for place, group in enumerate(found)
    ]


def _nearer_than(kept: OpinionMap, members: Sequence[int], own: int | None) -> float | None:
    if own is None or own not in members:
        return None
    places = [kept.result["participants"][str(member)] for member in members]
    middle = [sum(place[axis] for place in places) / len(places) for axis in (0, 1)]
    away = dict(zip(members, (math.dist(place, middle) for place in places), strict=True))
    return sum(away[own] < one for one in away.values()) / (len(members) - 1)


def _stands_for(
    kept: OpinionMap, statements: Mapping[int, Statement], place: int, group: int | str
) -> Iterable[StandsFor]:
    for entry in kept.result["representative"].get(str(group), ()):
        statement = statements.get(entry["tid"])
        cells = kept.tallies["groups"][str(entry["tid"])]
        own = Cell(*cells[place])
        others = Cell(*(sum(cell[part] for at, cell in enumerate(cells) if at != place) for part in range(3)))
        if statement is not None and own.is_shown and others.is_shown:
            yield StandsFor(statement, entry["repful-for"] == "agree", own, others)


def _dots(kept: OpinionMap, groups: Sequence[Group], own: int | None) -> list[Dot]:
    """Everybody, or people evenly chosen where there are very many; oneself always. Groups too small to be told of
    look like nobody's."""
    people: dict[str, tuple[float, float]] = kept.result.get("participants", {})
    if not people:
        return []
    found: Sequence[dict[str, Any]] = kept.result["groups"]
    css = {
        member: group.css
        for group, told in zip(groups, found, strict=True)
        for member in told["members"]
        if group.size is not None
    }
    reach = max(max(abs(x), abs(y)) for x, y in people.values()) or 1.0
    step = -(-len(people) // DOTS_MOST)
    return [
        Dot(round(50 + 46 * x / reach, 1), round(50 - 46 * y / reach, 1), css.get(int(person), 0), int(person) == own)
        for at, (person, (x, y)) in enumerate(people.items())
        if at % step == 0 or int(person) == own
    ]
