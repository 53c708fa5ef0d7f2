"""How long a proof from tiles takes in a log of a million entries, and how many proofs are checked in a second."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import mean, quantiles
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy.log import verify_receipt
from privacy.log.checkpoints import Checkpoint
from privacy.log.merkle import (
    CompactRange,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from privacy.log.notes import sign_note, verifier_key
from privacy.log.proofs import TlogProof, verify_proof
from privacy.log.tiles import TileAddress, join_hashes, subtree_from_tiles, tile_root, tiles_of

LEAVES = 1_000_000
PROOFS = 300
ORIGIN = "log.example/bench"
Result = TypeVar("Result")


def timed(work: Callable[..., Result], *arguments: Any) -> tuple[float, Result]:
    """Seconds of processor time, and what came of it."""
    started = time.process_time()
    result = work(*arguments)
    return time.process_time() - started, result


def make_tiles(leaf_hashes: list[bytes]) -> dict[tuple[int | None, int], bytes]:
    hashes = {0: leaf_hashes}
    tiles: dict[tuple[int | None, int], bytes] = {}
    for address in tiles_of(len(leaf_hashes)):
        level = address.level or 0
        start = address.number * 256
        data = join_hashes(hashes[level][start : start + address.width])
        tiles[level, address.number] = data
        if address.is_full:
            hashes.setdefault(level + 1, []).append(tile_root(data))
    return tiles


def append_all(leaf_hashes: list[bytes]) -> CompactRange:
    grown = CompactRange()
    for part in leaf_hashes:
        grown.append(part)
    return grown


def milliseconds(times: list[float]) -> dict[str, float]:
    return {
        "mean": round(1000 * mean(times), 3),
        "p95": round(1000 * quantiles(times, n=20)[-1], 3),
        "most": round(1000 * max(times), 3),
    }


def test_proofs_from_a_million_entries(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(6962)
    entries = [b"entry %d" % number for number in range(LEAVES)]
    hashes = [leaf_hash(entry) for entry in entries]
    growing, grown = timed(append_all, hashes)
    tiling, tiles = timed(make_tiles, hashes)

    def get(address: TileAddress) -> bytes:
        return tiles[address.level, address.number]

    def get_of_smaller(address: TileAddress) -> bytes:
        # The tiles of a smaller log are beginnings of those of the larger one.
        return get(address)[: address.width * 32]

    whole = root(subtree_from_tiles(get, LEAVES), LEAVES)
    assert whole == grown.root
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    log_key = verifier_key(ORIGIN, key, cosigner=False)
    note = sign_note(Checkpoint(ORIGIN, LEAVES, whole).text, ORIGIN, key)

    def prove_inclusion(index: int) -> list[bytes]:
        # As a request does it: nothing is remembered from the proof before.
        return inclusion_proof(subtree_from_tiles(get, LEAVES), index, LEAVES)

    def prove_consistency(old_size: int) -> list[bytes]:
        return consistency_proof(subtree_from_tiles(get, LEAVES), old_size, LEAVES)

    times: dict[str, list[float]] = defaultdict(list)
    keys = [verify_receipt.Key(log_key.text, verify_receipt.ED25519)]
    for number in range(PROOFS):
        index, old_size = chance.randrange(LEAVES), chance.randrange(1, LEAVES)
        took, proof = timed(prove_inclusion, index)
        times["inclusion"].append(took)
        took, consistency = timed(prove_consistency, old_size)
        times["consistency"].append(took)
        took, _ = timed(verify_inclusion, hashes[index], index, LEAVES, proof, whole)
        times["checked"].append(took)
        receipt = TlogProof(index, tuple(proof), note).text
        took, _ = timed(verify_proof, receipt, entries[index], [log_key], ORIGIN)
        times["opened"].append(took)
        old_root = root(subtree_from_tiles(get_of_smaller, old_size), old_size)
        verify_consistency(old_size, LEAVES, old_root, whole, consistency)
        if number < 20:
            took, signers = timed(verify_receipt.parse_receipt(receipt)[2].names_of_signers, keys)
            times["offline"].append(took)
            assert signers == {ORIGIN}
    figures = {
        "leaves": LEAVES,
        "append_leaf_hash_per_second": round(LEAVES / growing),
        "tiles_seconds": round(tiling, 2),
        "tiles": len(tiles),
        "inclusion_proof_ms": milliseconds(times["inclusion"]),
        "consistency_proof_ms": milliseconds(times["consistency"]),
        "inclusion_verifications_per_second": round(1 / mean(times["checked"])),
        "receipt_verifications_per_second": round(1 / mean(times["opened"])),
        "receipt_bytes": len(receipt.encode()),
        "offline_signature_ms": milliseconds(times["offline"]),
    }
    with capsys.disabled():
        print("\n" + json.dumps({"log_proof": figures}))
    assert figures["inclusion_proof_ms"]["p95"] <= 5  # type: ignore[index]
