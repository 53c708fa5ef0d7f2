"""Reading a roster of residents: a CSV file with a column of identity numbers.

What is wrong is named by its row. No number of a person appears in a message, a log or the database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from participation.stakeholders.identity_number import Document, checked_number
from participation.stakeholders.models import User
from portal.errors import Invalid, TooLarge
from privacy.sealing.index import BlindIndexField

NUMBER_COLUMNS = ("identity_number", "identity number", "身份证号", "身份证号码", "公民身份号码")
DOCUMENT_COLUMNS = ("document", "证件类型")
DOCUMENTS = {
    "": Document.RESIDENT_ID,
    "resident_id": Document.RESIDENT_ID,
    "居民身份证": Document.RESIDENT_ID,
    "other": Document.OTHER,
    "其他": Document.OTHER,
}
PROBLEMS_SHOWN = 200


@dataclass(repr=False)
class RosterFile:
    """What a file holds: the blind index of each resident, and ``problems`` as (row number, what is wrong)."""

    entries: set[bytes] = field(default_factory=set)
    problems: list[tuple[int, str]] = field(default_factory=list)
    rows_read: int = 0


def number_index() -> BlindIndexField:
    found = User._meta.get_field("identity_number_index")
    if not isinstance(found, BlindIndexField):
        raise TypeError
    return found


@sensitive_variables()
def read_roster(upload: UploadedFile) -> RosterFile:  # type: ignore[type-arg]
    """Raises ``Invalid`` for a file without the column, ``TooLarge`` for one that would be written to disk."""
    if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        raise TooLarge(
            _("Please split the file: at most %(megabytes)d MB at a time are read without leaving a copy on disk.")
            % {"megabytes": settings.ATTACHMENT_MAX_BYTES // 2**20},
            field="file",
        )
    index = number_index()
    found = RosterFile()
    for row, text, document in _rows(upload.read()):
        found.rows_read += 1
        if not text:
            found.problems.append((row, _("The number is missing.")))
            continue
        if document not in DOCUMENTS:
            found.problems.append((row, _("The kind of document is not known.")))
            continue
        try:
            entry = index.entry(checked_number(text, DOCUMENTS[document]))
        except Invalid:
            found.problems.append((row, _("This is not a valid identity number.")))
            continue
        if entry is None or entry in found.entries:
            found.problems.append((row, _("The same number stands in an earlier row.")))
        else:
            found.entries.add(entry)
    return found


@sensitive_variables()
def _rows(content: bytes) -> Iterator[tuple[int, str, str]]:
    """(row number as a spreadsheet counts, number, kind of document)."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        number = next((place for place, name in enumerate(header) if name in NUMBER_COLUMNS), None)
        kind = next((place for place, name in enumerate(header) if name in DOCUMENT_COLUMNS), None)
        if number is None:
            raise Invalid(_("The first row has to name a column “identity_number” or “公民身份号码”."), field="file")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _cell(cells, number), _cell(cells, kind).lower()
    except csv.Error:
        raise Invalid(_("This is not a CSV file."), field="file") from None


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


@sensitive_variables()
def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is neither UTF-8 nor GB 18030."), field="file")
