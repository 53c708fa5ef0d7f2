"""A zip archive that is made while it is read: no file on the way, and no more memory than one piece."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Outlet(io.RawIOBase):
    """What is written, until it is taken."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        before = len(self._written)
        self._written += data
        return len(self._written) - before

    def taken(self) -> bytes:
        found, self._written = bytes(self._written), bytearray()
        return found


def zipped(entries: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """The archive, piece by piece. ``entries`` are names and contents, each read when its turn comes."""
    outlet = _Outlet()
    moment = timezone.localtime().timetuple()[:6]
    # An outlet that cannot be rewound: sizes stand behind each entry.
    archive_file: IO[bytes] = outlet  # type: ignore[assignment]
    with ZipFile(archive_file, "w", ZIP_DEFLATED) as archive:
        for name, content in entries:
            about = ZipInfo(name, moment)
            about.compress_type = ZIP_DEFLATED
            with archive.open(about, "w", force_zip64=True) as entry:
                for piece in content:
                    entry.write(piece)
                    if found := outlet.taken():
                        yield found
    yield outlet.taken()
