"""Everything that is held about somebody as one zip archive: CSV and JSON for each kind, files, and a README."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.rights.exporting.tables import Table, csv_pieces, json_pieces, tables_of
from privacy.rights.exporting.zipping import zipped
from privacy.rights.registry import personal_data_of
from privacy.rights.retention.periods import period_in_words
from privacy.sealing.keys import Subject


class Archive:
    """The archive of one subject, in the language that is active. Memory does not grow with what is in it."""

    def __init__(self, subject: Subject) -> None:
        self.tables = tables_of(personal_data_of(subject), subject)

    @property
    def steps(self) -> int:
        """How often ``step`` is called: each row is written twice."""
        return 2 * sum(table.count for table in self.tables)

    def pieces(self, step: Callable[[], None]) -> Iterator[bytes]:
        return zipped(self._entries(step))

    def _entries(self, step: Callable[[], None]) -> Iterator[tuple[str, Iterator[bytes]]]:
        yield "README.txt", iter([self.readme().encode()])
        written: set[str] = set()
        for table in self.tables:
            yield f"{table.name}.csv", csv_pieces(table, step)
            yield f"{table.name}.json", json_pieces(table, step)
            for name, content in table.files():
                if name not in written:
                    written.add(name)
                    yield name, content

    def readme(self) -> str:
        lines = [
            _("Your data, as it was held by %(site)s on %(moment)s")
            % {
                "site": settings.WAGTAIL_SITE_NAME,
                "moment": timezone.localtime().strftime("%Y-%m-%d %H:%M %Z"),
            },
            "",
            _("Each kind of data stands in two files: a table (CSV) for spreadsheets, and JSON for programs."),
            _("In tables, an apostrophe is put before a text that a spreadsheet would take for a formula."),
            _('Files that you attached are in the folder "files". Times carry their time zone.'),
            _("What is sealed was opened for this archive only. Keep it where nobody else can read it."),
            "",
        ]
        for table in self.tables:
            lines += [*_described(table), ""]
        return "\r\n".join(lines)


def _described(table: Table) -> list[str]:
    declared = table.declared
    lines = [
        f"{table.name}: {table.title}",
        "  " + _("Rows: %(number)d") % {"number": table.count},
        "  " + _("What for: %(purpose)s") % {"purpose": declared.purpose.label},
        "  "
        + _("Why this is allowed: %(basis)s (%(articles)s)")
        % {"basis": declared.basis.label, "articles": "; ".join(declared.basis.articles)},
        "  " + _("How long: %(period)s") % {"period": period_in_words(declared)},
        "  " + _("Who else can see it: %(who)s") % {"who": declared.seen_by.label},
    ]
    columns = ", ".join(f"{name} ({heading})" for name, heading in zip(table.columns, table.headings(), strict=True))
    return [*lines, "  " + _("Columns: %(columns)s") % {"columns": columns}]
