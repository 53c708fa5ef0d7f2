"""What is taken for an Office file: archives made to break or to slow down whoever looks into them are refused."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from participation.attachments import ZIP_ENTRIES_MAX, sniff_type

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(names: list[str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name in names:
            zipped.writestr(name, b"")
    return made.getvalue()


SOUND = archive(["[Content_Types].xml", "word/document.xml"])
CENTRAL = SOUND.index(b"PK\x01\x02")


def with_bytes(place: int, content: bytes) -> bytes:
    return SOUND[:place] + content + SOUND[place + len(content) :]


def found(content: bytes) -> str | None:
    return sniff_type(io.BytesIO(content), "a.docx")


def test_an_office_file_is_taken() -> None:
    assert found(SOUND) == DOCX


@pytest.mark.parametrize(
    "content",
    [
        # The name says that it is UTF-8 and is not.
        with_bytes(CENTRAL + 8, struct.pack("<H", 0x800))[: CENTRAL + 46] + b"\xff" + SOUND[CENTRAL + 47 :],
        with_bytes(CENTRAL + 6, struct.pack("<H", 99)),
        SOUND[:CENTRAL],
        b"PK\x03\x04" + b"\x00" * 100,
        with_bytes(len(SOUND) - 10, b"\xff\xff\xff\xff"),
    ],
    ids=["name", "version", "cut off", "empty", "size of directory"],
)
def test_an_archive_that_breaks_its_reader_is_refused(content: bytes) -> None:
    assert found(content) is None


def test_an_archive_of_very_many_entries_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    many = archive(["word/document.xml", *(f"{number:x}" for number in range(ZIP_ENTRIES_MAX))])
    # The end record may say what it likes.
    lying = many[:-14] + struct.pack("<HH", 1, 1) + many[-10:]

    def reads(*_arguments: object) -> None:
        raise AssertionError("the archive was read")

    monkeypatch.setattr(zipfile, "ZipFile", reads)
    assert (found(many), found(lying)) == (None, None)
