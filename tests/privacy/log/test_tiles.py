"""Tiles: published files byte for byte, paths, bundles, and the tree read from tiles alone."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.log.merkle import (
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    subtree_from_leaf_hashes,
    verify_consistency,
    verify_inclusion,
)
from privacy.log.tiles import (
    MAX_ENTRY_BYTES,
    WIDTH,
    TileAddress,
    TileError,
    decode_bundle,
    encode_bundle,
    entries_path,
    has_tile,
    join_hashes,
    parse_tile_path,
    split_hashes,
    subtree_from_tiles,
    tile_path,
    tile_root,
    tiles_of,
)
from tests.privacy.log.published import VECTORS, needs_vectors, vector

SIZE = 66_000
LEAVES = [leaf_hash(f"leaf {number}".encode()) for number in range(SIZE)]
SUBTREE = subtree_from_leaf_hashes(LEAVES)


def tile(address: TileAddress) -> bytes:
    """As tlog-tiles defines it: hashes of perfect subtrees of height 8 x level."""
    assert address.level is not None
    first = address.number * WIDTH
    return join_hashes(SUBTREE(8 * address.level, first + place) for place in range(address.width))


def flipped(change: TileAddress) -> Callable[[TileAddress], bytes]:
    def get(address: TileAddress) -> bytes:
        data = tile(address)
        same = (address.level, address.number) == (change.level, change.number)
        return bytes([data[0] ^ 1]) + data[1:] if same else data

    return get


# Published files -------------------------------------------------------------------------------


@needs_vectors
def test_the_tiles_and_bundles_of_tessera_are_written_byte_for_byte() -> None:
    entries = [entry.encode() for entry in vector("derived/signed_notes.json")["tessera"]["entries"]]
    folder = VECTORS / "tessera/testdata/log"
    published = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("tile/**/*") if path.is_file()
    }
    ours = {}
    for size in range(1, len(entries) + 1):
        if entries_path(0, size) in published:
            ours[entries_path(0, size)] = encode_bundle(entries[:size])
        if tile_path(0, 0, size) in published:
            ours[tile_path(0, 0, size)] = join_hashes(map(leaf_hash, entries[:size]))
    assert ours == published
    assert len(published) > 20


@needs_vectors
def test_the_bundles_of_tessera_are_read() -> None:
    entries = [entry.encode() for entry in vector("derived/signed_notes.json")["tessera"]["entries"]]
    bundle = (VECTORS / "tessera/testdata/log/tile/entries/000.p/15").read_bytes()
    assert decode_bundle(bundle) == entries


# Paths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (TileAddress(0, 0), "tile/0/000"),
        (TileAddress(0, 0, 1), "tile/0/000.p/1"),
        (TileAddress(1, 999, 255), "tile/1/999.p/255"),
        (TileAddress(0, 1000), "tile/0/x001/000"),
        (TileAddress(0, 1_234_067), "tile/0/x001/x234/067"),
        (TileAddress(63, 5), "tile/63/005"),
        (TileAddress(None, 1_234_067, 8), "tile/entries/x001/x234/067.p/8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_paths_of_tlog_tiles(address: TileAddress, path: str) -> None:
    assert (address.path, parse_tile_path(path)) == (path, address)


@given(level=st.none() | st.integers(0, 63), number=st.integers(0, 2**56), width=st.integers(1, WIDTH))
def test_every_path_is_read_again(level: int | None, number: int, width: int) -> None:
    address = TileAddress(level, number, width)
    assert parse_tile_path(address.path) == address


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/data/000",
        "tile/0/" + "x999/" * 20 + "999",
        "tile/0/００１",
        "tile/entries/../000",
    ],
    ids=count(),
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(TileError):
        parse_tile_path(path)


@pytest.mark.parametrize(("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_there_is_no_address_outside_the_tree(level: int, number: int, width: int) -> None:
    with pytest.raises(TileError):
        tile_path(level, number, width)


def test_the_tiles_of_seventy_thousand_entries() -> None:
    # The example in tlog-tiles.
    tiles = list(tiles_of(70_000))
    assert sum(tile.level == 0 and tile.is_full for tile in tiles) == 273
    assert [tile for tile in tiles if tile.level != 0 or not tile.is_full] == [
        TileAddress(0, 273, 112),
        TileAddress(1, 0),
        TileAddress(1, 1, 17),
        TileAddress(2, 0, 1),
    ]


def test_the_tiles_of_exactly_one_full_tile() -> None:
    assert list(tiles_of(256)) == [TileAddress(0, 0), TileAddress(1, 0, 1)]


@given(old_size=st.integers(0, 200_000), more=st.integers(0, 3000))
def test_the_new_tiles_are_those_that_were_not_full_before(old_size: int, more: int) -> None:
    full_before = {tile for tile in tiles_of(old_size) if tile.is_full}
    assert list(tiles_of(old_size + more, old_size=old_size)) == [
        tile for tile in tiles_of(old_size + more) if tile not in full_before
    ]


@pytest.mark.parametrize(
    ("path", "has"),
    [
        ("tile/0/000", True),
        ("tile/0/x001/000", False),
        ("tile/0/273.p/112", True),
        ("tile/0/273.p/1", True),
        ("tile/0/273.p/113", False),
        ("tile/0/273", False),
        ("tile/1/001.p/17", True),
        ("tile/1/001.p/18", False),
        ("tile/2/000.p/1", True),
        ("tile/3/000.p/1", False),
        ("tile/entries/273.p/112", True),
        ("tile/entries/274.p/1", False),
    ],
)
def test_which_tiles_a_log_of_seventy_thousand_entries_has(path: str, has: bool) -> None:
    assert has_tile(parse_tile_path(path), 70_000) is has


# Content ---------------------------------------------------------------------------------------


@given(entries=st.lists(st.binary(max_size=300), min_size=1, max_size=WIDTH))
def test_a_bundle_is_read_again(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


def test_an_entry_may_have_65535_bytes_and_no_more() -> None:
    assert decode_bundle(encode_bundle([b"x" * MAX_ENTRY_BYTES])) == [b"x" * 65_535]
    with pytest.raises(TileError, match="65535"):
        encode_bundle([b"x" * (MAX_ENTRY_BYTES + 1)])


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x05abcd", b"\x00\x01a\x00", b"\x00\x00" * 257])
def test_a_malformed_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(TileError):
        decode_bundle(data)


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_holds_1_to_256_entries(count: int) -> None:
    with pytest.raises(TileError):
        encode_bundle([b""] * count)


@given(hashes=st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=WIDTH))
def test_a_tile_is_read_again(hashes: list[bytes]) -> None:
    assert split_hashes(join_hashes(hashes)) == hashes


@pytest.mark.parametrize("length", [0, 31, 33, 257 * 32])
def test_a_malformed_tile_is_refused(length: int) -> None:
    with pytest.raises(TileError):
        split_hashes(b"x" * length)


def test_a_full_tile_stands_for_its_subtree() -> None:
    assert tile_root(tile(TileAddress(0, 7))) == SUBTREE(8, 7)


def test_a_partial_tile_stands_for_nothing() -> None:
    with pytest.raises(TileError, match="partial"):
        tile_root(tile(TileAddress(0, 7, 255)))


# The tree from tiles ---------------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data(), size=st.integers(1, SIZE))
def test_proofs_from_tiles_are_those_from_leaves(data: st.DataObject, size: int) -> None:
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    from_tiles = subtree_from_tiles(tile, size)
    inclusion, consistency = inclusion_proof(from_tiles, index, size), consistency_proof(from_tiles, old_size, size)
    assert inclusion == inclusion_proof(SUBTREE, index, size)
    assert consistency == consistency_proof(SUBTREE, old_size, size)
    verify_inclusion(LEAVES[index], index, size, inclusion, root(from_tiles, size))
    verify_consistency(old_size, size, root(SUBTREE, old_size), root(from_tiles, size), consistency)


def test_only_the_tiles_of_the_size_are_asked_for() -> None:
    asked: list[TileAddress] = []

    def get(address: TileAddress) -> bytes:
        asked.append(address)
        return tile(address)

    inclusion_proof(subtree_from_tiles(get, 1000), 700, 1000)
    assert len(asked) == len(set(asked))
    assert set(asked) <= set(tiles_of(1000))


def test_a_proof_from_a_tile_with_a_flipped_bit_fails() -> None:
    from_tiles = subtree_from_tiles(flipped(TileAddress(0, 2)), SIZE)
    proof = inclusion_proof(from_tiles, 513, SIZE)
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[513], 513, SIZE, proof, root(SUBTREE, SIZE))


@pytest.mark.parametrize(("level", "number"), [(0, 257), (1, 1), (2, 0)])
def test_a_flipped_bit_in_a_tile_at_the_edge_changes_the_root(level: int, number: int) -> None:
    assert root(subtree_from_tiles(flipped(TileAddress(level, number)), SIZE), SIZE) != root(SUBTREE, SIZE)


def test_a_tile_that_is_too_short_is_refused() -> None:
    from_tiles = subtree_from_tiles(lambda address: tile(address)[:-32], 1000)
    with pytest.raises(TileError, match="width"):
        root(from_tiles, 1000)


@pytest.mark.parametrize(("level", "index"), [(0, 1000), (0, 5000), (8, 3), (16, 0)])
def test_a_subtree_beyond_the_size_is_refused(level: int, index: int) -> None:
    with pytest.raises(TileError):
        subtree_from_tiles(tile, 1000)(level, index)
