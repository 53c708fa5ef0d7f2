"""Encryption of streams in chunks of 16 KiB: C2SP chunked-encryption, HKDF-Expand-SHA512 with AES-256-GCM.

``salt 24 | commitment 32 | chunks``, each chunk with a tag of 16 bytes. The last chunk is shorter than the others and
may be empty, so a message cut anywhere, even between chunks, is refused. The commitment is checked first: a wrong key
or context is refused before any chunk is opened. https://c2sp.org/chunked-encryption
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from hmac import compare_digest
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from privacy.sealing.errors import Tampered

if TYPE_CHECKING:
    from typing import Protocol

    from _typeshed import WriteableBuffer

    class Source(Protocol):
        """Anything that gives out bytes: at most as many as asked for, none at its end."""

        def read(self, size: int, /) -> bytes: ...


CHUNK_BYTES = 16 * 1024
KEY_BYTES = 32
SALT_BYTES = 24
COMMITMENT_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
MAX_CHUNKS = 2**38
_PREFIX = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"


class _Message:
    """The secrets of one message, and its chunks by number."""

    def __init__(self, key: bytes, salt: bytes, context: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"The key must be {KEY_BYTES} bytes, not {len(key)}.")
        if len(salt) != SALT_BYTES:
            raise ValueError(f"The salt must be {SALT_BYTES} bytes, not {len(salt)}.")
        length = KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES
        derived = HKDFExpand(algorithm=SHA512(), length=length, info=_PREFIX + salt + context).derive(key)
        self._aead = AESGCM(derived[:KEY_BYTES])
        self._base_nonce = int.from_bytes(derived[KEY_BYTES : KEY_BYTES + NONCE_BYTES], "big")
        self.commitment = derived[KEY_BYTES + NONCE_BYTES :]

    @classmethod
    def announced_by(cls, header: bytes, key: bytes, context: bytes) -> _Message:
        if len(header) != HEADER_BYTES:
            raise Tampered("the sealed stream ends before its first chunk")
        message = cls(key, header[:SALT_BYTES], context)
        if not compare_digest(message.commitment, header[SALT_BYTES:]):
            raise Tampered("the sealed stream was made with another key, or for another place")
        return message

    def _nonce(self, number: int) -> bytes:
        if number >= MAX_CHUNKS:
            raise ValueError("A sealed stream is limited to 4 PiB.")
        return (self._base_nonce ^ number).to_bytes(NONCE_BYTES, "big")

    def seal(self, number: int, chunk: bytes) -> bytes:
        return self._aead.encrypt(self._nonce(number), chunk, None)

    def open(self, number: int, sealed: bytes) -> bytes:
        if len(sealed) < TAG_BYTES:
            raise Tampered("the sealed stream was cut")
        try:
            return self._aead.decrypt(self._nonce(number), sealed, None)
        except InvalidTag:
            raise Tampered(f"chunk {number} of the sealed stream was altered, moved or cut") from None


def _filled(source: Source, size: int) -> bytes:
    """``size`` bytes, fewer only at the end: sockets and pipes give less than they are asked for."""
    block = source.read(size)
    if len(block) == size or not block:
        return block
    parts = [block]
    missing = size - len(block)
    while missing and (block := source.read(missing)):
        parts.append(block)
        missing -= len(block)
    return b"".join(parts)


def encrypted(source: Source, key: bytes, context: bytes = b"", *, salt: bytes | None = None) -> Iterator[bytes]:
    """The sealed stream of ``source``, piece by piece: header, then chunks. ``key`` is 32 uniformly random bytes.

    ``salt`` is for test vectors only: it must never repeat under one key.
    """
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    message = _Message(key, salt, context)
    yield salt + message.commitment
    number = 0
    while True:
        chunk = _filled(source, CHUNK_BYTES)
        yield message.seal(number, chunk)
        if len(chunk) < CHUNK_BYTES:
            return
        number += 1


def decrypted(source: Source, key: bytes, context: bytes = b"") -> Iterator[bytes]:
    """The plaintext of a sealed stream, piece by piece, each verified before it is handed out.

    Raises ``Tampered``, at the latest at its end: what came before is a true beginning, but not the whole.
    """
    message = _Message.announced_by(_filled(source, HEADER_BYTES), key, context)
    number = 0
    while True:
        sealed = _filled(source, SEALED_CHUNK_BYTES)
        yield message.open(number, sealed)
        if len(sealed) < SEALED_CHUNK_BYTES:
            return
        number += 1


def plaintext_bytes(sealed_bytes: int) -> int:
    """How much plaintext a sealed stream of that length holds. Raises ``Tampered`` for a length that cannot be."""
    full, last = divmod(sealed_bytes - HEADER_BYTES, SEALED_CHUNK_BYTES)
    if sealed_bytes < HEADER_BYTES or last < TAG_BYTES:
        raise Tampered("the sealed stream was cut")
    return full * CHUNK_BYTES + last - TAG_BYTES


class DecryptedReader(io.RawIOBase):
    """Random access to the plaintext of a sealed stream that starts at byte ``start`` of a seekable ``source``.

    Making one checks the commitment and opens the last chunk, so the length is known to be true before the first
    byte is read. Each chunk is verified before any of it is handed out. Holds one chunk. Closing it closes the source.
    """

    def __init__(self, source: BinaryIO, key: bytes, context: bytes = b"", *, start: int = 0) -> None:
        self._source = source
        self._first_chunk = start + HEADER_BYTES
        self.length = plaintext_bytes(source.seek(0, os.SEEK_END) - start)
        source.seek(start)
        self._message = _Message.announced_by(_filled(source, HEADER_BYTES), key, context)
        self._position = 0
        self._number, self._chunk = -1, b""
        self._load(self.length // CHUNK_BYTES)

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        at = self._first_chunk + number * SEALED_CHUNK_BYTES
        if self._source.tell() != at:
            self._source.seek(at)
        expected = min(CHUNK_BYTES, self.length - number * CHUNK_BYTES)
        chunk = self._message.open(number, _filled(self._source, expected + TAG_BYTES))
        self._number, self._chunk = number, chunk

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.length}[whence]
        if base + offset < 0:
            raise ValueError("A position before the beginning does not exist.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self.closed:
            raise ValueError("The file is closed.")
        if self._position >= self.length:
            return 0
        number, offset = divmod(self._position, CHUNK_BYTES)
        self._load(number)
        view = memoryview(buffer).cast("B")
        part = self._chunk[offset : offset + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._chunk = b""
            self._source.close()
        super().close()


class PieceReader(io.RawIOBase):
    """A stream of bytes that comes in pieces, as a file that can be read once from its beginning to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        view = memoryview(buffer).cast("B")
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
