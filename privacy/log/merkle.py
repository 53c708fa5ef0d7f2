"""The Merkle tree of the log: hashes, proofs and their verification (RFC 6962 section 2.1, RFC 9162 section 2.1).

A tree of ``size`` leaves is never held in memory. It is read through a ``SubtreeHash``: a function that gives the hash
of the perfect subtree number ``index`` (counted from 0) of height ``level``, which covers the leaves from
``index * 2**level`` up to, not including, ``(index + 1) * 2**level``. Level 0 are the leaf hashes.

All hashes are SHA-256, 32 bytes. A proof is a list of such hashes, from the leaf upwards.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hmac import compare_digest

from privacy.log.encoding import HASH_BYTES

SubtreeHash = Callable[[int, int], bytes]

# RFC 6962 section 2.1: the hash of an empty list is that of an empty string.
EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofError(ValueError):
    """A proof that cannot exist, or that does not prove what it should."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


# Making ----------------------------------------------------------------------------------------


def _largest_power_of_two_below(number: int) -> int:
    """``k`` of RFC 6962 section 2.1, for ``number`` > 1: ``k < number <= 2 * k``."""
    return 1 << ((number - 1).bit_length() - 1)


def _range_root(subtree: SubtreeHash, start: int, end: int) -> bytes:
    """MTH(D[start:end]) of RFC 6962 section 2.1, for ranges that its recursion arrives at."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _largest_power_of_two_below(width)
    return node_hash(_range_root(subtree, start, middle), _range_root(subtree, middle, end))


def root(subtree: SubtreeHash, size: int) -> bytes:
    """The root hash of the first ``size`` leaves."""
    if size < 0:
        raise ProofError("a tree has no negative size")
    return _range_root(subtree, 0, size) if size else EMPTY_ROOT


def inclusion_proof(subtree: SubtreeHash, index: int, size: int) -> list[bytes]:
    """PATH(index, D[0:size]) of RFC 6962 section 2.1.1."""
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} among {size}")
    start, end = 0, size
    siblings: list[tuple[int, int]] = []
    while end - start > 1:
        middle = start + _largest_power_of_two_below(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return [_range_root(subtree, *sibling) for sibling in reversed(siblings)]


def consistency_proof(subtree: SubtreeHash, old_size: int, new_size: int) -> list[bytes]:
    """PROOF(old_size, D[0:new_size]) of RFC 6962 section 2.1.2.

    Empty where there is nothing to prove: from an empty tree, or between equal sizes.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError(f"{new_size} leaves do not contain {old_size}")
    if old_size == 0:
        return []
    start, end = 0, new_size
    # The old root itself is left out of the proof where it is a perfect subtree: the verifier has it.
    old_root_is_known = True
    parts: list[tuple[int, int]] = []
    while end != old_size:
        middle = start + _largest_power_of_two_below(end - start)
        if old_size <= middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
            old_root_is_known = False
    if not old_root_is_known:
        parts.append((start, end))
    return [_range_root(subtree, *part) for part in reversed(parts)]


def subtree_from_leaf_hashes(leaf_hashes: Sequence[bytes]) -> SubtreeHash:
    """Reads a tree whose leaf hashes are at hand. Inner hashes are computed once, when they are first asked for."""

    @cache
    def subtree(level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hashes[index]
        return node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))

    return subtree


class CompactRange:
    """A tree that only grows: the roots of the perfect subtrees of its leaves, one for each bit set in its size.

    They are all that is needed to append leaves and to know the root (RFC 6962 section 2.1 read from left to right).
    """

    def __init__(self, hashes: Iterable[bytes] = (), size: int = 0) -> None:
        """``hashes``: of the perfect subtrees, largest (leftmost) first."""
        self.size = size
        self.hashes = list(hashes)
        if size < 0 or len(self.hashes) != size.bit_count() or any(len(part) != HASH_BYTES for part in self.hashes):
            raise ProofError(f"{len(self.hashes)} subtrees do not make up a tree of {size} leaves")

    @classmethod
    def of(cls, subtree: SubtreeHash, size: int) -> "CompactRange":
        hashes = []
        start = 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                hashes.append(subtree(level, start >> level))
                start += 1 << level
        return cls(hashes, size)

    def append(self, leaf_hash: bytes) -> None:
        joined = leaf_hash
        # Adding one turns every trailing 1 of the size into 0: those subtrees join with the new leaf.
        carried = self.size
        while carried & 1:
            joined = node_hash(self.hashes.pop(), joined)
            carried >>= 1
        self.hashes.append(joined)
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        *larger, joined = self.hashes
        for part in reversed(larger):
            joined = node_hash(part, joined)
        return joined


# Checking --------------------------------------------------------------------------------------


def _require_hashes(*hashes: bytes) -> None:
    if any(len(part) != HASH_BYTES for part in hashes):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")


def root_from_inclusion_proof(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root hash to which ``proof`` leads (RFC 9162 section 2.1.3.2, steps 1 to 4)."""
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} among {size}")
    _require_hashes(leaf_hash, *proof)
    # fn, sn, r of the RFC: the place of the node reached, the last place of its level, its hash.
    place, last, reached = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof has too many hashes")
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            reached = node_hash(reached, sibling)
        place >>= 1
        last >>= 1
    if last:
        raise ProofError("the proof has too few hashes")
    return reached


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofError unless the leaf is number ``index`` of the tree of ``size`` leaves with this root."""
    if not compare_digest(root_from_inclusion_proof(leaf_hash, index, size, proof), root):
        raise ProofError("the leaf is not in the tree with this root")


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofError unless the new tree begins with all leaves of the old one (RFC 9162 section 2.1.4.2).

    An old size of 0 is refused: every tree begins with nothing, so there is nothing to prove.
    """
    if not 0 < old_size <= new_size:
        raise ProofError(f"that {new_size} leaves begin with {old_size} cannot be proven")
    if old_size == new_size:
        if proof:
            raise ProofError("trees of one size need no proof")
        if not compare_digest(old_root, new_root):
            raise ProofError("two different trees of one size")
        return
    _require_hashes(old_root, new_root, *proof)
    if not proof:
        raise ProofError("the proof has too few hashes")
    old_is_perfect = old_size & (old_size - 1) == 0
    first, *rest = [old_root, *proof] if old_is_perfect else proof
    # fn, sn, fr, sr of the RFC.
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old_reached = new_reached = first
    for sibling in rest:
        if last == 0:
            raise ProofError("the proof has too many hashes")
        if place & 1 or place == last:
            old_reached = node_hash(sibling, old_reached)
            new_reached = node_hash(sibling, new_reached)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new_reached = node_hash(new_reached, sibling)
        place >>= 1
        last >>= 1
    if last:
        raise ProofError("the proof has too few hashes")
    if not compare_digest(old_reached, old_root):
        raise ProofError("the proof does not lead to the old root")
    if not compare_digest(new_reached, new_root):
        raise ProofError("the new tree does not begin with the old one")
