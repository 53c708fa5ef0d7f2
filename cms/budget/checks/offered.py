"""A file with tables as an editor offers it: made plain CSV, carried from page to page, and tried out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from cms.budget.checks import queries
from cms.budget.checks.actions import record_tables
from cms.budget.importing.budget_file import BudgetFile, Kind
from cms.budget.importing.encoding import CONTROL, examine_text
from cms.budget.importing.reading import Meter
from cms.budget.importing.workbooks import open_book
from cms.budget.models import Release
from cms.budget.table_reading import Reading, ReadRow, ReadTable, read_tables
from cms.budget.tables import Column
from cms.classification.identity import Identities
from portal.errors import Invalid, TooLarge

if TYPE_CHECKING:
    from participation.stakeholders.models import User

MOST_BYTES = 4 * 1024 * 1024
# Packed, a file travels in the form itself; below the limit for what a form may hold.
MOST_PACKED_CHARS = 1_500_000
SALT = "cms.budget.checks.offered"
# Beyond these the preview tells how many rows there are, and does not show them.
MOST_ROWS_SHOWN = 1000
MOST_PROBLEMS_SHOWN = 50


@dataclass(frozen=True)
class Offer:
    """``content``: one CSV in UTF-8. A text file that was UTF-8 already is kept to the byte."""

    name: str
    content: bytes

    def packed(self) -> str:
        """The offer as text, signed and compressed. Raises ``TooLarge``."""
        packed = signing.dumps([self.name, self.content.decode("latin-1")], salt=SALT, compress=True)
        if len(packed) > MOST_PACKED_CHARS:
            raise _too_large()
        return packed

    @classmethod
    def unpacked(cls, packed: str) -> Offer | None:
        """None where it is not what ``packed`` gave out."""
        try:
            name, content = signing.loads(packed, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(name, content.encode("latin-1"))


def offer_of(name: str, content: bytes) -> Offer:
    """Raises ``Invalid`` or ``TooLarge`` for what cannot be read as a table."""
    if len(content) > MOST_BYTES:
        raise _too_large()
    file = BudgetFile(name, content)
    if file.kind is Kind.ARCHIVE:
        raise Invalid(_("Hand in the tables as one CSV or one workbook, not as an archive."), field="file")
    if file.kind.is_workbook:
        text = io.StringIO()
        csv.writer(text).writerows(_workbook_rows(file))
        return Offer(name, CONTROL.sub("", text.getvalue()).encode())
    written = examine_text(file, None)
    if written.encoding.startswith("utf-8") and not written.controls:
        return Offer(name, content)
    return Offer(name, CONTROL.sub("", content.decode(written.encoding, "replace")).encode())


def _workbook_rows(file: BudgetFile) -> Iterator[list[str]]:
    """All sheets, one after the other: each may hold a table of its own."""
    book = open_book(file)
    for sheet in book.sheets:
        yield from book.rows(sheet, Meter())


def _too_large() -> TooLarge:
    return TooLarge(_("The file is too large. Hand in the tables of some departments at a time."), field="file")


@dataclass
class Shown:
    """A table as it was read: columns in words, and rows with an amount or None for each."""

    table: ReadTable
    columns: list[str]
    rows: list[tuple[ReadRow, list[tuple[str, int | None]]]]
    is_new_department: bool


@dataclass
class Preview:
    """What would be recorded. ``found``: what the checks would say of the release then, by rule, the gravest first."""

    tables: list[Shown] = field(default_factory=list)
    rows: int = 0
    set_aside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0
    summary: queries.Summary | None = None
    found: list[queries.RuleInWords] = field(default_factory=list)

    @property
    def can_be_recorded(self) -> bool:
        return self.summary is not None

    @property
    def shows_rows(self) -> bool:
        return self.rows <= MOST_ROWS_SHOWN


def preview_of(release: Release, offer: Offer, *, unit: int, acting_user: User) -> Preview:
    """Read the offer and, where it can be read, try it out: it is recorded and checked, and all of it taken back."""
    try:
        reading = read_tables(offer.content.decode("utf-8-sig"), unit=unit, currency=release.currency)
    except csv.Error as error:
        raise Invalid(_("The file with the tables is no CSV: %(why)s.") % {"why": error}, field="file") from error
    preview = _shown(release, reading)
    if not reading.tables and not reading.problems:
        preview.problems.append(_("The file holds none of the nine tables."))
    if preview.problems:
        return preview
    with transaction.atomic():
        record_tables(release, offer.content, unit=unit, acting_user=acting_user)
        preview.summary = queries.summary_of(release)
        for rule in queries.rules_in_words(release, acting_user):
            if rule.findings:
                # The rows that a finding leads to are gone with the trial.
                rule.findings = [replace(found, url="", may_override=False) for found in rule.findings]
                preview.found.append(rule)
        transaction.set_rollback(True)
    preview.found.sort(key=queries.gravest_first)
    return preview


def _shown(release: Release, reading: Reading) -> Preview:
    known = Identities(release.government, release.fiscal_year)
    tables = [
        Shown(
            table=table,
            columns=[str(Column(column).label) for column in table.columns],
            rows=[
                (row, [(str(Column(column).label), row.amounts.get(column)) for column in table.columns])
                for row in table.rows
            ],
            is_new_department=known.named(table.department) is None,
        )
        for table in reading.tables
    ]
    return Preview(
        tables=tables,
        rows=sum(len(table.rows) for table in reading.tables),
        set_aside=reading.set_aside,
        problems=reading.problems[:MOST_PROBLEMS_SHOWN],
        more_problems=max(0, len(reading.problems) - MOST_PROBLEMS_SHOWN),
    )
