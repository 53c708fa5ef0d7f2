"""A receipt, and a desk at which a citizen checks it without any library."""

import subprocess
import sys
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy.log import verify_receipt
from privacy.log.canonical import canonical, commitment
from privacy.log.checkpoints import Checkpoint
from privacy.log.encoding import to_base64
from privacy.log.merkle import inclusion_proof, leaf_hash, root, subtree_from_leaf_hashes
from privacy.log.notes import cosign, sign_note, verifier_key
from privacy.log.proofs import TlogProof

PROGRAM = Path(verify_receipt.__file__)
ORIGIN = "log.example/1"
LOG_KEY, OTHER_KEY, FIRST_KEY, SECOND_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(4))
LOG = verifier_key(ORIGIN, LOG_KEY, cosigner=False).text
FIRST = verifier_key("first.example", FIRST_KEY, cosigner=True).text
SECOND = verifier_key("second.example", SECOND_KEY, cosigner=True).text
SALT, BODY = bytes(range(32)), "电梯加装的钱为什么只花了四成？\r\n第二行"
RECORD = "123e4567-e89b-42d3-a456-426614174000"
ABOUT = f"feedback.submitted, 2030-01-01T00:00:00.000001Z, participation.feedback {RECORD}"
ENTRY = canonical(
    {
        "v": 1,
        "kind": "feedback.submitted",
        "time": "2030-01-01T00:00:00.000001Z",
        "record": {"model": "participation.feedback", "id": RECORD},
        "commit": {"body": commitment("body", BODY, SALT)},
    }
).encode()
SIZE, INDEX = 21, 13
SUBTREE = subtree_from_leaf_hashes(
    [leaf_hash(ENTRY if number == INDEX else b"entry %d" % number) for number in range(SIZE)]
)


def signed(size: int, key: Ed25519PrivateKey = LOG_KEY, origin: str = ORIGIN, subtree: Any = SUBTREE) -> str:
    return sign_note(Checkpoint(origin, size, root(subtree, size)).text, origin, key)


NOTE = signed(SIZE)
WITNESSED = NOTE + cosign(NOTE, "first.example", FIRST_KEY, 11) + cosign(NOTE, "second.example", SECOND_KEY, 12)
RECEIPT = TlogProof(INDEX, tuple(inclusion_proof(SUBTREE, INDEX, SIZE)), WITNESSED, b"for the file").text


@dataclass
class Outcome:
    status: int
    english: str
    chinese: str


@dataclass
class Desk:
    """A folder with a receipt and an entry, and the program."""

    folder: Path

    def write(self, name: str, content: str | bytes) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        (self.folder / name).write_bytes(data)
        return name

    def run(self, *arguments: str, log: str = LOG) -> Outcome:
        """What the program says in each language; in this process, which is quicker than starting it."""
        outputs = []
        for language in ("en", "zh"):
            said = TextIOWrapper(BytesIO())
            with chdir(self.folder), redirect_stdout(said):
                status = verify_receipt.main(["receipt", "entry", "--log", log, *arguments, "--language", language])
            outputs.append((status, said.buffer.getvalue().decode()))  # type: ignore[attr-defined]
        assert outputs[0][0] == outputs[1][0]
        return Outcome(outputs[0][0], outputs[0][1], outputs[1][1])

    def run_alone(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """As a citizen runs it: without any library and without surroundings."""
        return subprocess.run(
            [sys.executable, "-I", "-S", str(PROGRAM), *arguments],
            cwd=self.folder,
            env={},
            capture_output=True,
            check=False,
        )


def hashes_text(hashes: list[bytes]) -> str:
    return "".join(f"{to_base64(part)}\n" for part in hashes)


def put_alone(desk: Desk, entry: bytes) -> None:
    """A receipt of a log that holds nothing but ``entry``."""
    desk.write(
        "receipt", TlogProof(0, (), sign_note(Checkpoint(ORIGIN, 1, leaf_hash(entry)).text, ORIGIN, LOG_KEY)).text
    )
    desk.write("entry", entry)


def refused(outcome: Outcome, reason: str) -> None:
    assert (outcome.status, outcome.english) == (1, f"NOT VERIFIED. {reason}\n")
    assert outcome.chinese.startswith("未通过核验。")
