"""The whole log, recomputed from the database: entries, tiles, checkpoints, and the rows that leaves are bound to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection

from privacy.log import checkpoints, reconcile, triggers
from privacy.log.bindings import Binding, Result, check_bindings, place_of, states_of_no_leaf
from privacy.log.copies import altered_copies
from privacy.log.kinds import LeafKind
from privacy.log.living import altered_rows
from privacy.log.merkle import CompactRange, leaf_hash
from privacy.log.models import Checkpoint, Leaf, LogEntry, PendingLeaf, Tile
from privacy.log.notes import NoteError, VerifierKey, open_note
from privacy.log.queries import verifier_keys
from privacy.log.signing import own_keys, read_signed
from privacy.log.tiles import WIDTH, TileAddress, TileError, join_hashes, parse_tile_path, tile_path, tile_root
from privacy.log.tree import root_of, tile_data, tree_size

_PAGE = 1000
# What is listed. A log that is wrong in more places is wrong in one way, and the first places say which.
MOST_PROBLEMS = 1000


@dataclass(frozen=True)
class Problem:
    """``kind``: entry, column, tile, checkpoint, row, unrecorded, state, trigger or copy. ``name`` is the number, path,
    size, or "label pk" of what is wrong."""

    kind: str
    name: str
    sentence: str


@dataclass(frozen=True)
class FurtherCheck:
    """What else leaves of one kind are held to. ``of_leaves`` gets some of them at a time, each as it was hashed;
    ``without_leaf`` gives label and primary key of rows that ought to have one."""

    kind: LeafKind
    of_leaves: Callable[[list[Leaf]], Result]
    without_leaf: Callable[[], Iterable[tuple[str, int]]]


_further_checks: list[FurtherCheck] = []


def register(check: FurtherCheck) -> None:
    """Have the audit hold leaves to rows that this package does not know, such as the record of readings."""
    if check not in _further_checks:
        _further_checks.append(check)


@dataclass
class Audit:
    """``rows`` were compared with their leaves; of those, ``erased`` could not be, for their key is destroyed, and
    ``unreadable`` neither, for their table or column is no more. ``before`` counts rows by table that no leaf covers
    because they are from before the rule: these numbers never rise."""

    size: int = 0
    root: str = ""
    pending: int = 0
    checkpoints: int = 0
    tiles: int = 0
    rows: int = 0
    erased: int = 0
    unreadable: int = 0
    before: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_cut_off: bool = False

    @property
    def holds(self) -> bool:
        return not self.problems

    def blame(self, kind: str, name: str, sentence: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(kind, name, sentence))
        else:
            self.is_cut_off = True

    def as_json(self) -> dict[str, Any]:
        return {"holds": self.holds, **asdict(self)}


def audit_log(*, copy: Path | None = None) -> Audit:
    """Walk every entry once. Memory does not grow with the log, except by its checkpoints.

    ``copy`` is a folder of tiles and bundles as they were published, to be compared as well.
    """
    audit = Audit()
    # In this order: what is appended meanwhile makes the later answers larger, never smaller.
    waiting: dict[int, list[Checkpoint]] = {}
    for stored in Checkpoint.objects.order_by("size", "pk"):
        waiting.setdefault(stored.size, []).append(stored)
        audit.checkpoints += 1
    walk = _Walk(audit, waiting)
    walk.entries()
    for size in sorted(waiting):
        audit.blame("checkpoint", str(size), f"{size} entries were signed for, the log has {audit.size}")
    for tile in Tile.objects.filter(level=0, number__gte=audit.size // WIDTH)[:_PAGE]:
        if (tile.number + 1) * WIDTH > audit.size and not walk.is_broken:
            audit.blame("tile", tile_path(tile.level, tile.number), "there are no entries for this tile")
    _pending(audit)
    for state in states_of_no_leaf():
        audit.blame("state", str(state), f"the row {state} is said to stand in a leaf that does not exist")
    audit.before = reconcile.rows_from_before()
    without_leaf = [reconcile.all_without_leaf(), *(check.without_leaf() for check in _further_checks)]
    for label, pk in chain.from_iterable(without_leaf):
        audit.blame("unrecorded", f"{label} {pk}", f"the row {label} {pk} has no leaf in the log")
    for name, sentence in altered_rows():
        audit.blame("row", name, sentence)
    for name in triggers.missing(connection):
        audit.blame("trigger", name, f"the database trigger {name} is missing")
    if copy is not None:
        _compare_copy(audit, copy)
    return audit


class _Walk:
    def __init__(self, audit: Audit, waiting: dict[int, list[Checkpoint]]) -> None:
        self.audit, self.waiting = audit, waiting
        self.tree = CompactRange()
        self.is_broken = False
        self.own_keys = own_keys() if waiting else frozenset()
        # Of each level the hashes since its last full tile.
        self.open_tiles: list[list[bytes]] = []

    def entries(self) -> None:
        self._compare_checkpoints()
        for page in _pages():
            stored = self._stored_hashes(page)
            for entry in page:
                if entry.index != self.tree.size:
                    self.is_broken = True
                    self.audit.blame("entry", str(self.tree.size), f"entry {self.tree.size} is missing")
                    break
                self._append(entry, stored.get(entry.index))
            _check_leaves(self.audit, page)
            if self.is_broken:
                break
        self.audit.size, self.audit.root = self.tree.size, self.tree.root.hex()

    def _stored_hashes(self, page: list[LogEntry]) -> dict[int, bytes]:
        """What the tiles say about these entries, as far as the tiles are full."""
        first, last = page[0].index // WIDTH, page[-1].index // WIDTH
        tiles = Tile.objects.filter(level=0, number__range=(first, last))
        return {
            tile.number * WIDTH + place: bytes(tile.hashes)[place * 32 : place * 32 + 32]
            for tile in tiles
            for place in range(WIDTH)
        }

    def _append(self, entry: LogEntry, in_tile: bytes | None) -> None:
        computed, column = leaf_hash(entry.leaf.encode()), _unhex(entry.leaf_hash)
        if computed != column:
            self.audit.blame("entry", str(entry.index), f"entry {entry.index}: the leaf is not what was hashed")
            # What the tile agrees with was there first; then only what was altered is named.
            computed = column if in_tile == column else computed
        self.tree.append(computed)
        self._fill(0, computed)
        self._compare_checkpoints()

    def _fill(self, level: int, hashed: bytes) -> None:
        if level == len(self.open_tiles):
            self.open_tiles.append([])
        hashes = self.open_tiles[level]
        hashes.append(hashed)
        if len(hashes) < WIDTH:
            return
        number = (self.tree.size >> (8 * (level + 1))) - 1
        content = join_hashes(hashes)
        above = tile_root(content)
        self._compare_tile(level, number, content, above)
        self.open_tiles[level] = []
        self._fill(level + 1, above)

    def _compare_tile(self, level: int, number: int, content: bytes, above: bytes) -> None:
        address = TileAddress(level, number)
        stored = Tile.objects.filter(level=level, number=number).first()
        self.audit.tiles += 1
        if stored is None:
            self.audit.blame("tile", address.path, f"{address.path} is missing")
        elif bytes(stored.hashes) != content:
            place = _first_difference(bytes(stored.hashes), content) // 32
            under = "entry" if level == 0 else "tile below, number"
            blamed = f"{address.path} does not agree with {under} {number * WIDTH + place}"
            self.audit.blame("tile", address.path, blamed)
        elif bytes(stored.root) != above:
            self.audit.blame("tile", address.path, f"{address.path}: the hash that stands for it is another one")

    def _compare_checkpoints(self) -> None:
        size = self.tree.size
        for stored in self.waiting.pop(size, []):
            if problem := _checkpoint_problem(stored, self.tree.root, self.own_keys):
                self.audit.blame("checkpoint", str(size), f"checkpoint {size}: {problem}")


def _first_difference(left: bytes, right: bytes) -> int:
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def _pages() -> Iterator[list[LogEntry]]:
    start = 0
    while page := list(LogEntry.objects.filter(index__gte=start).order_by("index")[:_PAGE]):
        yield page
        start = page[-1].index + 1


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _checkpoint_problem(stored: Checkpoint, root: bytes, own: frozenset[bytes]) -> str:
    try:
        signed = read_signed(stored, own)
    except ValueError as error:
        return str(error)
    if signed.root != root:
        return "the entries do not come to the root that was signed"
    for cosignature in stored.cosignatures.select_related("witness"):
        try:
            key = VerifierKey.parse(cosignature.witness.verifier_key.strip())
            open_note(stored.note + cosignature.line.rstrip("\n") + "\n", [key])
        except (NoteError, ValueError) as error:
            return f"the signature of the witness {cosignature.witness.name} is not good ({error})"
    return ""


def _pending(audit: Audit) -> None:
    after = 0
    while page := list(PendingLeaf.objects.filter(pk__gt=after).order_by("pk")[:_PAGE]):
        audit.pending += len(page)
        _check_leaves(audit, page)
        after = page[-1].pk


def _check_leaves(audit: Audit, leaves: Sequence[Leaf]) -> None:
    """Hold columns and rows to what was hashed."""
    _take(audit, check_bindings([Binding.of(leaf) for leaf in leaves]))
    sound: list[Leaf] = []
    for leaf in leaves:
        # Of a leaf that was altered the walk has said so; its columns are then not what is wrong.
        if isinstance(leaf, LogEntry) and leaf_hash(leaf.leaf.encode()) != _unhex(leaf.leaf_hash):
            continue
        if altered := altered_copies(leaf):
            name = str(leaf.index) if isinstance(leaf, LogEntry) else str(leaf.ref)
            verb = "is" if len(altered) == 1 else "are"
            audit.blame("column", name, f"{place_of(leaf)}: {', '.join(altered)} {verb} not what the leaf says")
        else:
            sound.append(leaf)
    for check in _further_checks:
        if concerned := [leaf for leaf in sound if leaf.kind == check.kind]:
            _take(audit, check.of_leaves(concerned))


def _take(audit: Audit, result: Result) -> None:
    audit.rows += result.checked
    audit.erased += result.erased
    audit.unreadable += result.unreadable
    for name, sentence in result.problems:
        audit.blame("row", name, sentence)


# A copy -----------------------------------------------------------------------------------------


def _compare_copy(audit: Audit, folder: Path) -> None:
    """Hold what was published to what is here: a copy that somebody else kept is what tells a rewritten log."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        try:
            if name == "checkpoint":
                _compare_published_checkpoint(path.read_text("utf-8"))
                continue
            address = parse_tile_path(name)
            if tile_data(address) != path.read_bytes():
                audit.blame("copy", name, f"{name}: the copy holds something else")
        except (TileError, NoteError, ValueError) as error:
            audit.blame("copy", name, f"{name}: {error}")


def _compare_published_checkpoint(note: str) -> None:
    published = checkpoints.Checkpoint.parse(open_note(note, verifier_keys()).text)
    if published.size > tree_size():
        raise ValueError(f"{published.size} entries were signed for, the log has {tree_size()}")
    if root_of(published.size) != published.root:
        raise ValueError(f"the first {published.size} entries do not come to the root that was signed")
