"""The texts that proofs, notes and checkpoints are written in: base64 and decimal numbers, one spelling for each value.

Base64 is that of RFC 4648 section 4. Decimals are ASCII without leading zeros, as C2SP asks for sizes and indices.
Only the one canonical spelling is read, so that what was parsed and written again is the same text.
"""

import base64

HASH_BYTES = 32
LARGEST_SIZE = 2**63 - 1


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """ValueError unless ``text`` is exactly what ``to_base64`` writes."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("not base64") from error
    if to_base64(data) != text:
        raise ValueError("not the base64 that an encoder writes")
    return data


def hash_from_base64(text: str) -> bytes:
    data = from_base64(text)
    if len(data) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes, not {len(data)}")
    return data


def from_decimal(text: str, *, largest: int = LARGEST_SIZE) -> int:
    """ValueError unless ``text`` is the one decimal of a number from 0 to ``largest``."""
    if not text.isascii() or not text.isdigit() or (text[0] == "0" and text != "0") or len(text) > 20:
        raise ValueError("not a decimal number without leading zeros")
    number = int(text)
    if number > largest:
        raise ValueError(f"larger than {largest}")
    return number
