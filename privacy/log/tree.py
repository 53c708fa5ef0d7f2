"""The Merkle tree as the database holds it: entries, and the full tiles above them."""

from privacy.log.merkle import SubtreeHash, root
from privacy.log.models import Checkpoint, LogEntry, Tile
from privacy.log.tiles import WIDTH, TileAddress, TileError, encode_bundle, has_tile, join_hashes, subtree_from_tiles


def tree_size() -> int:
    """How many entries have their number. Those after the last checkpoint are not signed for yet."""
    last: int | None = LogEntry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def tile_data(address: TileAddress) -> bytes:
    """What the file at ``address.path`` holds. Raises ``TileError`` for what this log does not have, or not whole."""
    if not has_tile(address, tree_size()):
        raise TileError("the log has no such tile yet")
    return _bundle(address) if address.level is None else hashes_of(address)


def hashes_of(address: TileAddress) -> bytes:
    """The hashes of a tile that the log is known to be large enough for."""
    if address.level is None:
        raise TileError("a bundle of entries holds no hashes")
    if address.is_full:
        stored = Tile.objects.filter(level=address.level, number=address.number).values_list("hashes", flat=True)
        parts = [bytes(tile) for tile in stored]
    else:
        parts = hashes_below(address)
    found = join_hashes(parts)
    if len(found) != address.width * 32:
        raise TileError(f"{address.path} is not whole in the database")
    return found


def hashes_below(address: TileAddress) -> list[bytes]:
    """What a tile of hashes is made of: of level 0 the leaf hashes, else the roots of the tiles below. No more than
    there are."""
    start, width = address.number * WIDTH, address.width
    if not address.level:
        entries = LogEntry.objects.filter(index__gte=start, index__lt=start + width).order_by("index")
        return [bytes.fromhex(text) for text in entries.values_list("leaf_hash", flat=True)]
    below = Tile.objects.filter(level=address.level - 1, number__gte=start, number__lt=start + width).order_by("number")
    return [bytes(tile) for tile in below.values_list("root", flat=True)]


def _bundle(address: TileAddress) -> bytes:
    start = address.number * WIDTH
    entries = LogEntry.objects.filter(index__gte=start, index__lt=start + address.width).order_by("index")
    leaves = [leaf.encode() for leaf in entries.values_list("leaf", flat=True)]
    if len(leaves) != address.width:
        raise TileError(f"{address.path} is not whole in the database")
    return encode_bundle(leaves)


def subtree(size: int) -> SubtreeHash:
    """Reads the tree of the first ``size`` entries. Make a new one for each use: it remembers what it has read."""
    return subtree_from_tiles(hashes_of, size)


def root_of(size: int) -> bytes:
    return root(subtree(size), size)


def latest_checkpoint() -> Checkpoint | None:
    """The last one signed; newer entries may follow it."""
    found: Checkpoint | None = Checkpoint.objects.order_by("size", "pk").last()
    return found
