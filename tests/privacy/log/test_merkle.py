"""The Merkle tree: published vectors, a slow tree written from the RFC's definition, and everything that must fail."""

import base64
import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.log.merkle import (
    EMPTY_ROOT,
    CompactRange,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_from_inclusion_proof,
    subtree_from_leaf_hashes,
    verify_consistency,
    verify_inclusion,
)
from tests.privacy.log.published import needs_vectors, vector, vector_files

LARGEST = 300
LEAVES = [leaf_hash(f"leaf {number}".encode()) for number in range(LARGEST)]
SUBTREE = subtree_from_leaf_hashes(LEAVES)
ROOTS = [root(SUBTREE, size) for size in range(LARGEST + 1)]


def mth(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 defines it, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def flip(data: bytes, bit: int) -> bytes:
    bit %= len(data) * 8
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


# Published vectors -----------------------------------------------------------------------------


def outcome(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except ProofError:
        return False
    return True


@needs_vectors
@pytest.mark.parametrize("path", vector_files("merkle/testdata/inclusion"))
def test_inclusion_vectors_of_transparency_dev(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [decoded(part) for part in case["proof"] or []]
    held = outcome(
        verify_inclusion, decoded(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, decoded(case["root"])
    )
    assert held is not case["wantErr"]


@needs_vectors
@pytest.mark.parametrize("path", vector_files("merkle/testdata/consistency"))
def test_consistency_vectors_of_transparency_dev(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [decoded(part) for part in case["proof"] or []]
    roots = decoded(case["root1"]), decoded(case["root2"])
    assert outcome(verify_consistency, case["size1"], case["size2"], *roots, proof) is not case["wantErr"]


@needs_vectors
def test_reference_roots_and_nodes_of_rfc_6962() -> None:
    reference = vector("derived/rfc6962_reference.json")
    leaves = [leaf_hash(bytes.fromhex(data)) for data in reference["leaf_inputs_hex"]]
    subtree = subtree_from_leaf_hashes(leaves)
    assert [root(subtree, size).hex() for size in range(9)] == reference["roots_by_size"]
    for level, hashes in enumerate(reference["node_hashes_by_level"]):
        assert [subtree(level, index).hex() for index in range(len(hashes))] == hashes


@needs_vectors
def test_reference_hashes_of_rfc_6962() -> None:
    reference = vector("derived/rfc6962_reference.json")
    inputs = reference["hasher_inputs"]
    left, right = (part.encode() for part in inputs["RFC6962 Node"])
    ours = {
        "RFC6962 Empty": EMPTY_ROOT,
        "RFC6962 Empty Leaf": leaf_hash(b""),
        "RFC6962 Leaf": leaf_hash(inputs["RFC6962 Leaf"].encode()),
        "RFC6962 Node": node_hash(left, right),
    }
    assert {case["desc"]: ours[case["desc"]].hex() for case in reference["hasher"]} == {
        case["desc"]: case["want"] for case in reference["hasher"]
    }


# The tree --------------------------------------------------------------------------------------


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root(SUBTREE, 0).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_leaf_and_node_hashes_of_rfc_6962() -> None:
    # From the Certificate Transparency reference tree.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert node_hash(leaf_hash(b""), leaf_hash(b"\x00")).hex() == (
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    )


def test_roots_are_those_of_the_definition() -> None:
    assert [root(SUBTREE, size) for size in range(70)] == [mth(LEAVES[:size]) for size in range(70)]


def test_a_tree_has_no_negative_size() -> None:
    with pytest.raises(ProofError, match="negative"):
        root(SUBTREE, -1)


def test_every_proof_of_a_small_tree_holds() -> None:
    for size in range(1, 34):
        for index in range(size):
            verify_inclusion(LEAVES[index], index, size, inclusion_proof(SUBTREE, index, size), ROOTS[size])
        for old_size in range(1, size + 1):
            proof = consistency_proof(SUBTREE, old_size, size)
            verify_consistency(old_size, size, ROOTS[old_size], ROOTS[size], proof)


@given(data=st.data(), size=st.integers(1, LARGEST))
def test_every_inclusion_proof_holds(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(SUBTREE, index, size)
    assert root_from_inclusion_proof(LEAVES[index], index, size, proof) == ROOTS[size]


@given(data=st.data(), size=st.integers(1, LARGEST))
def test_every_consistency_proof_holds(data: st.DataObject, size: int) -> None:
    old_size = data.draw(st.integers(1, size))
    verify_consistency(old_size, size, ROOTS[old_size], ROOTS[size], consistency_proof(SUBTREE, old_size, size))


# What must fail --------------------------------------------------------------------------------


@given(data=st.data(), size=st.integers(2, LARGEST), bit=st.integers(0))
def test_an_inclusion_proof_with_a_flipped_bit_fails(data: st.DataObject, size: int, bit: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    parts = [LEAVES[index], ROOTS[size], *inclusion_proof(SUBTREE, index, size)]
    place = data.draw(st.integers(0, len(parts) - 1))
    leaf, new_root, *proof = [flip(part, bit) if number == place else part for number, part in enumerate(parts)]
    with pytest.raises(ProofError):
        verify_inclusion(leaf, index, size, proof, new_root)


@given(data=st.data(), size=st.integers(2, LARGEST))
def test_an_inclusion_proof_with_a_hash_too_many_or_too_few_fails(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(SUBTREE, index, size)
    place = data.draw(st.integers(0, len(proof)))
    longer = [*proof[:place], LEAVES[0], *proof[place:]]
    shorter = proof[:place] + proof[place + 1 :] if place < len(proof) else proof[:-1]
    for wrong in (longer, shorter):
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[index], index, size, wrong, ROOTS[size])


@given(data=st.data(), size=st.integers(2, LARGEST))
def test_an_inclusion_proof_fails_for_every_other_place(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[index], other, size, inclusion_proof(SUBTREE, index, size), ROOTS[size])


@pytest.mark.parametrize(("index", "size"), [(5, 5), (6, 5), (-1, 5), (0, 0)])
def test_an_index_out_of_range_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="no leaf"):
        inclusion_proof(SUBTREE, index, size)
    with pytest.raises(ProofError, match="no leaf"):
        verify_inclusion(LEAVES[0], index, size, [], ROOTS[1])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(b"x" * length, 0, 1, [], b"x" * length)
    with pytest.raises(ProofError, match="32 bytes"):
        verify_consistency(2, 3, ROOTS[2], ROOTS[3], [b"x" * length])


@given(data=st.data(), size=st.integers(2, LARGEST), bit=st.integers(0))
def test_a_consistency_proof_with_a_flipped_bit_fails(data: st.DataObject, size: int, bit: int) -> None:
    old_size = data.draw(st.integers(1, size))
    parts = [ROOTS[old_size], ROOTS[size], *consistency_proof(SUBTREE, old_size, size)]
    place = data.draw(st.integers(0, len(parts) - 1))
    old_root, new_root, *proof = [flip(part, bit) if number == place else part for number, part in enumerate(parts)]
    with pytest.raises(ProofError):
        verify_consistency(old_size, size, old_root, new_root, proof)


@given(data=st.data(), size=st.integers(2, LARGEST))
def test_a_consistency_proof_with_a_hash_too_many_or_too_few_fails(data: st.DataObject, size: int) -> None:
    old_size = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(SUBTREE, old_size, size)
    place = data.draw(st.integers(0, len(proof) - 1))
    for wrong in ([*proof[:place], LEAVES[0], *proof[place:]], [*proof, LEAVES[0]], proof[:place] + proof[place + 1 :]):
        with pytest.raises(ProofError):
            verify_consistency(old_size, size, ROOTS[old_size], ROOTS[size], wrong)


@given(data=st.data(), size=st.integers(2, LARGEST))
def test_a_log_that_rewrote_a_leaf_is_not_consistent(data: st.DataObject, size: int) -> None:
    old_size = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old_size - 1))
    leaves = [leaf_hash(b"rewritten") if number == changed else leaf for number, leaf in enumerate(LEAVES[:size])]
    rewritten = subtree_from_leaf_hashes(leaves)
    proof = consistency_proof(rewritten, old_size, size)
    with pytest.raises(ProofError):
        verify_consistency(old_size, size, ROOTS[old_size], root(rewritten, size), proof)


def test_from_an_empty_log_there_is_nothing_to_prove() -> None:
    assert consistency_proof(SUBTREE, 0, 5) == []
    with pytest.raises(ProofError, match="cannot be proven"):
        verify_consistency(0, 5, EMPTY_ROOT, ROOTS[5], [])


@pytest.mark.parametrize(("old_size", "new_size"), [(6, 5), (-1, 5)])
def test_sizes_in_the_wrong_order_are_refused(old_size: int, new_size: int) -> None:
    with pytest.raises(ProofError):
        consistency_proof(SUBTREE, old_size, new_size)
    with pytest.raises(ProofError):
        verify_consistency(old_size, new_size, ROOTS[5], ROOTS[5], [])


# Growing ---------------------------------------------------------------------------------------


def test_a_growing_tree_has_the_root_of_each_size() -> None:
    grown = CompactRange()
    roots = [grown.root]
    for leaf in LEAVES:
        grown.append(leaf)
        roots.append(grown.root)
    assert roots == ROOTS


@given(size=st.integers(0, LARGEST - 1))
def test_a_growing_tree_can_be_taken_up_again(size: int) -> None:
    grown = CompactRange.of(SUBTREE, size)
    grown.append(LEAVES[size])
    assert (grown.size, grown.root) == (size + 1, ROOTS[size + 1])


@pytest.mark.parametrize(("hashes", "size"), [([], 1), ([LEAVES[0]], 3), ([b"short"], 1), ([], -1)])
def test_a_growing_tree_is_not_taken_up_from_too_little(hashes: list[bytes], size: int) -> None:
    with pytest.raises(ProofError, match="do not make up"):
        CompactRange(hashes, size)


def test_the_size_before_is_part_of_every_later_tree() -> None:
    for old_size, new_size in pairwise([1, 2, 3, 7, 8, 9, 100, 255, 256, 257, LARGEST]):
        proof = consistency_proof(SUBTREE, old_size, new_size)
        verify_consistency(old_size, new_size, ROOTS[old_size], ROOTS[new_size], proof)
