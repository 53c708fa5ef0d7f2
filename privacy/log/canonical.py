"""What a leaf is made of: canonical JSON (RFC 8785) and commitments to texts that the log does not tell."""

import hashlib
import json
import re
import struct
from typing import Any

import rfc8785

SALT_BYTES = 32
# JSON readers hold numbers as IEEE 754 doubles (RFC 8785 section 3.2.2.3): beyond this they are not exact.
LARGEST_INTEGER = 2**53 - 1
_COMMITMENT_TAG = b"gongzhi/commitment/v1"


def canonical(value: dict[str, Any]) -> str:
    """The one JSON text of ``value`` (RFC 8785): sorted keys, no blanks, nothing escaped that need not be.

    TypeError for what has no one text here: floats (write money in minor units and ratios as text), integers beyond
    2**53 - 1 (write them as text), keys that are no text, other objects. ValueError for text that is not UTF-8.
    """
    if _is_common(value):
        return _ENCODER.encode(value)
    _refuse_what_is_inexact(value)
    try:
        return rfc8785.dumps(value).decode()
    except rfc8785.CanonicalizationError as error:
        if "unsupported type" in str(error):
            raise TypeError(str(error)) from error
        raise


# Python's own encoder, written in C, makes the same text of what ``_is_common`` lets through.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _is_common(value: Any) -> bool:
    """Whether ``value`` holds only what everybody writes alike: no floats, no large integers, no other objects, and no
    keys beyond ASCII, which RFC 8785 sorts in an order of its own."""
    if isinstance(value, str):
        return value.isascii() or not _SURROGATE.search(value)
    kind = value.__class__
    if kind is int:
        return bool(-LARGEST_INTEGER <= value <= LARGEST_INTEGER)
    if kind is dict:
        return all(key.__class__ is str and key.isascii() and _is_common(inner) for key, inner in value.items())
    if kind is list:
        return all(map(_is_common, value))
    return value is None or kind is bool


def _refuse_what_is_inexact(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A leaf holds no floats: write money in minor units and ratios as text.")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise TypeError("A leaf holds no integers beyond 2**53 - 1: write them as text.")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("The keys of a leaf are text.")
            _refuse_what_is_inexact(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_what_is_inexact(inner)


def commitment(name: str, value: str, salt: bytes) -> str:
    """Binds the log to ``value`` without telling it. Whoever is given the salt can check the value.

    64 hexadecimal characters: SHA-256(tag | salt | length of the name, 4 bytes big-endian | name | value), in UTF-8.
    """
    length = struct.pack(">I", len(name.encode()))
    return hashlib.sha256(_COMMITMENT_TAG + salt + length + name.encode() + value.encode()).hexdigest()
