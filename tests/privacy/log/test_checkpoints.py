"""Checkpoints: one text for one value, published examples, malformed ones."""

import base64
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.log.checkpoints import Checkpoint, CheckpointError
from privacy.log.encoding import LARGEST_SIZE
from privacy.log.merkle import leaf_hash, root, subtree_from_leaf_hashes
from tests.privacy.log.published import VECTORS, needs_vectors, vector

ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
LINES = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1)


@needs_vectors
def test_the_checkpoints_of_tessera_are_written_byte_for_byte() -> None:
    tessera = vector("derived/signed_notes.json")["tessera"]
    subtree = subtree_from_leaf_hashes([leaf_hash(entry.encode()) for entry in tessera["entries"]])
    ours = [Checkpoint("example.com/log/testdata", size, root(subtree, size)).text for size in range(16)]
    published = [(VECTORS / f"tessera/testdata/log/checkpoint.{size}").read_text() for size in range(16)]
    assert ours == [note.rpartition("\n\n")[0] + "\n" for note in published]


@given(
    origin=LINES, size=st.integers(0, LARGEST_SIZE), digest=st.binary(min_size=32, max_size=32), more=st.lists(LINES)
)
def test_what_was_written_is_read_again(origin: str, size: int, digest: bytes, more: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, digest, tuple(more))
    assert Checkpoint.parse(checkpoint.text) == checkpoint


def test_a_checkpoint_is_three_lines() -> None:
    assert Checkpoint("log.example/1", 12, ROOT).text == f"log.example/1\n12\n{ROOT_TEXT}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"log\n12\n{ROOT_TEXT}",
        f"log\n12\n{ROOT_TEXT}\n\n",
        f"\n12\n{ROOT_TEXT}\n",
        f"log\n{ROOT_TEXT}\n",
        f"log\n012\n{ROOT_TEXT}\n",
        f"log\n-1\n{ROOT_TEXT}\n",
        f"log\n+1\n{ROOT_TEXT}\n",
        f"log\n1 \n{ROOT_TEXT}\n",
        f"log\n１２\n{ROOT_TEXT}\n",
        f"log\n{2**63}\n{ROOT_TEXT}\n",
        f"log\n{'9' * 5000}\n{ROOT_TEXT}\n",
        "log\n12\nAAAA\n",
        f"log\n12\n{ROOT_TEXT[:-1]}\n",
        f"log\n12\n{ROOT_TEXT} \n",
        f"log\n12\n{ROOT_TEXT[:-2]}9=\n",
        "log\n12\n" + "哈" * 44 + "\n",
        f"log\r\n12\r\n{ROOT_TEXT}\r\n",
    ],
    ids=count(),
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "digest", "extensions"),
    [
        ("", 1, ROOT, ()),
        ("two\nlines", 1, ROOT, ()),
        ("log", -1, ROOT, ()),
        ("log", 1, b"short", ()),
        ("log", 1, ROOT, ("",)),
    ],
    ids=count(),
)
def test_no_malformed_checkpoint_can_be_written(
    origin: str, size: int, digest: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint(origin, size, digest, extensions)
