"""The parts of the citizen's verifier: published vectors, and agreement with the library that the log uses."""

import ast
import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from privacy.log import verify_receipt
from privacy.log.merkle import consistency_proof, inclusion_proof, leaf_hash, root, subtree_from_leaf_hashes
from tests.privacy.log.published import needs_vectors, vector_files, wycheproof

PROGRAM = Path(verify_receipt.__file__)
SIZE = 70
SUBTREE = subtree_from_leaf_hashes([leaf_hash(bytes([number])) for number in range(SIZE)])


# The program itself ----------------------------------------------------------------------------


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(PROGRAM.read_text("utf-8"))
    names = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - sys.stdlib_module_names == set()


def test_it_is_written_for_python_3_9() -> None:
    ast.parse(PROGRAM.read_text("utf-8"), feature_version=(3, 9))


def test_it_explains_itself_in_both_languages() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(PROGRAM), "--help"],
        capture_output=True,
        check=True,
        env={"PYTHONUTF8": "1", "LANG": "C.UTF-8"},
    )
    assert "Check a receipt" in done.stdout.decode()
    assert "离线核验" in done.stdout.decode()


def test_every_sentence_is_there_in_both_languages() -> None:
    for english, chinese in [*verify_receipt.SENTENCES.values(), *verify_receipt.FRAMES.values()]:
        assert english.count("{") == chinese.count("{")


@needs_vectors
@pytest.mark.parametrize(("group", "test"), wycheproof("ed25519_test.json"))
def test_ed25519_vectors_of_wycheproof(group: dict[str, Any], test: dict[str, Any]) -> None:
    public_key, message, signature = (
        bytes.fromhex(part) for part in (group["publicKey"]["pk"], test["msg"], test["sig"])
    )
    assert verify_receipt.is_signed(public_key, message, signature) is (test["result"] == "valid")


@pytest.mark.parametrize(
    ("public_key", "why"),
    [
        ((2**255 - 19 + 1).to_bytes(32, "little"), "y is not below the prime"),
        ((1 | 1 << 255).to_bytes(32, "little"), "x is 0 and has a sign"),
        ((2).to_bytes(32, "little"), "no point has this y"),
        (bytes(31), "too short"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_public_key_signs_nothing(public_key: bytes, why: str) -> None:
    assert not verify_receipt.is_signed(public_key, b"", bytes(64))


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=99), bit=st.integers(0, 511))
def test_signatures_of_the_library_are_verified_and_changed_ones_are_not(seed: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public_key, signature = key.public_key().public_bytes_raw(), bytearray(key.sign(message))
    assert verify_receipt.is_signed(public_key, message, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify_receipt.is_signed(public_key, message, bytes(signature))


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@needs_vectors
@pytest.mark.parametrize("path", vector_files("merkle/testdata/inclusion"))
def test_inclusion_vectors_of_transparency_dev(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [decoded(part) for part in case["proof"] or []]
    # A receipt holds no hash of another length, so what the vectors say of those is read off here.
    lengths = {len(part) for part in (decoded(case["leafHash"]), decoded(case["root"]), *proof)}
    reached = verify_receipt.root_from(decoded(case["leafHash"]), case["leafIdx"], case["treeSize"], proof)
    held = lengths == {32} and reached == decoded(case["root"])
    assert held is not case["wantErr"]


@needs_vectors
@pytest.mark.parametrize("path", vector_files("merkle/testdata/consistency"))
def test_consistency_vectors_of_transparency_dev(path: Path) -> None:
    case = json.loads(path.read_text())
    proof = [decoded(part) for part in case["proof"] or []]
    roots = decoded(case["root1"]), decoded(case["root2"])
    held = verify_receipt.roots_from(case["size1"], case["size2"], roots[0], proof) == roots
    assert held is not case["wantErr"]


@given(data=st.data(), size=st.integers(1, SIZE))
def test_every_proof_of_the_log_is_accepted(data: st.DataObject, size: int) -> None:
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    new_root = root(SUBTREE, size)
    assert verify_receipt.root_from(SUBTREE(0, index), index, size, inclusion_proof(SUBTREE, index, size)) == new_root
    proof, old_root = consistency_proof(SUBTREE, old_size, size), root(SUBTREE, old_size)
    assert verify_receipt.roots_from(old_size, size, old_root, proof) == (old_root, new_root)
