"""The log as files that never change: tiles of hashes and bundles of entries (C2SP tlog-tiles).

A tile holds up to 256 consecutive hashes of one tile level: level 0 the leaf hashes, every further level the root
hashes of the full tiles below it. A full tile never changes; the last one of a level may be partial.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from privacy.log.encoding import HASH_BYTES
from privacy.log.merkle import SubtreeHash, node_hash, root, subtree_from_leaf_hashes

WIDTH = 256
# A tile stands for a subtree of this height.
HEIGHT = 8
MAX_ENTRY_BYTES = 65_535
LAST_LEVEL = 63
# 256 entries under each tile: no log is longer than that.
_MAX_PATH_PARTS = 7


class TileError(ValueError):
    """No address of a tile, or no content of one."""


class LeafTooLarge(ValueError):
    """The leaf would not fit into the log: an entry has at most ``MAX_ENTRY_BYTES`` bytes."""


@dataclass(frozen=True)
class TileAddress:
    """``level`` is None for a bundle of entries; ``width`` counts the hashes or entries, 256 when full."""

    level: int | None
    number: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= LAST_LEVEL:
            raise TileError("no such level")
        if not 0 <= self.number < 1000**_MAX_PATH_PARTS:
            raise TileError("no such tile")
        if not 1 <= self.width <= WIDTH:
            raise TileError("no such width")

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH

    @property
    def path(self) -> str:
        if self.level is None:
            return entries_path(self.number, self.width)
        return tile_path(self.level, self.number, self.width)


GetTile = Callable[[TileAddress], bytes]


# Addresses -------------------------------------------------------------------------------------


def _numbered(kind: str, number: int, width: int) -> str:
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03d}")
    path = f"tile/{kind}/" + "/".join(reversed(parts))
    return path if width == WIDTH else f"{path}.p/{width}"


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """As under the prefix of the log: ``tile/0/x001/x234/067``, partial ``tile/0/x001/x234/067.p/5``."""
    TileAddress(level, number, width)
    return _numbered(str(level), number, width)


def entries_path(number: int, width: int = WIDTH) -> str:
    TileAddress(None, number, width)
    return _numbered("entries", number, width)


_PATH = re.compile(
    r"tile/(?P<kind>entries|0|[1-9][0-9]?)"
    rf"/(?P<number>(?:x[0-9]{{3}}/){{0,{_MAX_PATH_PARTS - 1}}}[0-9]{{3}})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
)


def parse_tile_path(path: str) -> TileAddress:
    """The reverse of ``tile_path`` and ``entries_path``; any other spelling raises TileError."""
    found = _PATH.fullmatch(path)
    if not found:
        raise TileError("not the path of a tile")
    level = None if found["kind"] == "entries" else int(found["kind"])
    number = int(found["number"].replace("x", "").replace("/", ""))
    address = TileAddress(level, number, int(found["width"] or WIDTH))
    if address.path != path:
        raise TileError("not the path of a tile")
    return address


def tiles_of(size: int, *, old_size: int = 0) -> Iterator[TileAddress]:
    """The tiles of hashes of a log of ``size`` entries, without those that were full at ``old_size``."""
    level, count, old_count = 0, size, old_size
    while count:
        full, rest = divmod(count, WIDTH)
        for number in range(old_count // WIDTH, full):
            yield TileAddress(level, number)
        if rest:
            yield TileAddress(level, full, rest)
        level, count, old_count = level + 1, full, old_count // WIDTH


def has_tile(address: TileAddress, size: int) -> bool:
    """Whether a log of ``size`` entries has this tile or bundle, full or as part of what it has."""
    hashes = size >> (HEIGHT * (address.level or 0))
    return address.number * WIDTH + address.width <= hashes


# Content ---------------------------------------------------------------------------------------


def join_hashes(hashes: Iterable[bytes]) -> bytes:
    return b"".join(hashes)


def split_hashes(tile: bytes) -> list[bytes]:
    if not tile or len(tile) % HASH_BYTES or len(tile) > WIDTH * HASH_BYTES:
        raise TileError("a tile holds 1 to 256 hashes")
    return [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]


def tile_root(tile: bytes) -> bytes:
    """The one hash that stands for a full tile in the level above it."""
    hashes = split_hashes(tile)
    if len(hashes) != WIDTH:
        raise TileError("a partial tile has no place in the level above")
    return root(subtree_from_leaf_hashes(hashes), WIDTH)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry after its length in 2 bytes, big-endian (tlog-tiles, "Log entries")."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, not {len(entry)}")
        parts.append(struct.pack(">H", len(entry)) + entry)
    if not 1 <= len(parts) <= WIDTH:
        raise TileError("a bundle holds 1 to 256 entries")
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    entries: list[bytes] = []
    start = 0
    while start < len(data):
        if start + 2 > len(data):
            raise TileError("the bundle is cut off")
        (length,) = struct.unpack_from(">H", data, start)
        start += 2
        if start + length > len(data):
            raise TileError("the bundle is cut off")
        entries.append(data[start : start + length])
        start += length
    if not 1 <= len(entries) <= WIDTH:
        raise TileError("a bundle holds 1 to 256 entries")
    return entries


# Reading the tree from tiles -------------------------------------------------------------------


def subtree_from_tiles(get_tile: GetTile, size: int) -> SubtreeHash:
    """Reads the tree of ``size`` leaves from its tiles, each fetched once. Make a new one for each use.

    The tiles are not checked one by one: whoever has a signed root compares it with what comes out.
    """

    @cache
    def hashes_of(tile_level: int, number: int) -> bytes:
        width = min(WIDTH, (size >> (HEIGHT * tile_level)) - number * WIDTH)
        if width < 1:
            raise TileError(f"a log of {size} entries has no tile {number} on level {tile_level}")
        tile = get_tile(TileAddress(tile_level, number, width))
        if len(tile) != width * HASH_BYTES:
            raise TileError("the tile has not as many hashes as its width says")
        return tile

    @cache
    def subtree(level: int, index: int) -> bytes:
        tile_level, height_in_tile = divmod(level, HEIGHT)
        if height_in_tile:
            return node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))
        number, place = divmod(index, WIDTH)
        tile = hashes_of(tile_level, number)
        found = tile[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        if len(found) != HASH_BYTES:
            raise TileError(f"a log of {size} entries has no subtree {index} on level {level}")
        return found

    return subtree
