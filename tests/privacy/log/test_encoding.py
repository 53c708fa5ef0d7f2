"""One spelling for each value, and modules that anybody can use without a portal."""

import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.log.encoding import LARGEST_SIZE, from_base64, from_decimal, hash_from_base64, to_base64

ROOT = Path(__file__).resolve().parents[3]
PURE = ["canonical", "checkpoints", "encoding", "merkle", "notes", "proofs", "tiles", "verify_receipt", "witness"]


@given(data=st.binary())
def test_base64_is_read_again(data: bytes) -> None:
    assert from_base64(to_base64(data)) == data


@pytest.mark.parametrize("text", ["AA", "AA=", "AA==\n", " AA==", "AB==", "A-__", "ＡＡ==", "AA==AA==", "=", "A==="])
def test_any_other_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        from_base64(text)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        hash_from_base64(to_base64(bytes(length)))


@given(number=st.integers(0, LARGEST_SIZE))
def test_a_decimal_is_read_again(number: int) -> None:
    assert from_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", "00", "01", "-1", "+1", " 1", "1 ", "1_0", "1.0", "0x1", "１", "²", str(2**63), "9" * 5000],
    ids=count(),
)
def test_any_other_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"decimal|larger"):
        from_decimal(text)


@pytest.mark.parametrize("module", PURE)
def test_it_can_be_used_without_django(module: str) -> None:
    program = f"import sys, privacy.log.{module}; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0
