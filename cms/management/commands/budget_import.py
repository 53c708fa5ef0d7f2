"""``manage.py budget_import FILE --mapping MAP.toml``: see docs/budget-import.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cms.budget.actions import ImportReport, import_release, publish_release
from cms.budget.importing.mapping import parse_mapping
from cms.budget.importing.problems import Problem, Severity
from cms.budget.importing.reading import read_budget_file
from portal.errors import GongzhiError

PROBLEMS_SHOWN = 20


class Command(BaseCommand):
    help = "Import a budget file as a new release. Nothing is written unless every row can be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="the budget file (text, one row per line of the budget)"
        )
        parser.add_argument("--mapping", type=Path, required=True, metavar="MAP.toml", help="which column means what")
        parser.add_argument("--json", action="store_true", help="print the report as JSON and nothing else")
        end = parser.add_mutually_exclusive_group()
        end.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        end.add_argument("--publish", action="store_true", help="publish the release at once")

    def handle(self, *, file: Path, mapping: Path, dry_run: bool, publish: bool, **options: Any) -> None:
        try:
            report = import_release(
                read_budget_file(file),
                source_name=file.name,
                mapping=parse_mapping(read_budget_file(mapping)),
                dry_run=dry_run,
            )
            if publish and report.release:
                publish_release(report.release, acting_user=None)
        except GongzhiError as error:
            self._print_json(_refused(error), options["json"])
            raise CommandError(str(error.message)) from error
        self._print_json(report.as_json(), options["json"])
        if not options["json"]:
            self._print_summary(report, dry_run=dry_run)
        if not report.is_clean:
            raise CommandError(_("Nothing was imported: %(count)d rows were rejected.") % {"count": report.rejected})

    def _print_json(self, report: dict[str, Any], wanted: bool) -> None:
        if wanted:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))

    def _print_summary(self, report: ImportReport, *, dry_run: bool) -> None:
        if report.release:
            self.stdout.write(_("Imported as %(release)s") % {"release": report.release})
            self.stdout.write(f"  {report.release.row_id}")
        elif dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
        counts = _("%(rows)d rows read: %(lines)d lines, %(checks)d check rows, %(rejected)d rejected")
        self.stdout.write(
            counts
            % {
                "rows": report.rows_read,
                "lines": report.lines,
                "checks": report.check_rows,
                "rejected": report.rejected,
            }
        )
        for phase, total in report.totals.items():
            self.stdout.write(f"  {phase:<10} {total:>24}")
        for problem in report.problems[:PROBLEMS_SHOWN]:
            place = _("row %(row)d") % {"row": problem.row} if problem.row is not None else _("file")
            self.stdout.write(f"  {problem.severity.label} · {place} · {problem.message}")
        left = len(report.problems) - PROBLEMS_SHOWN
        if left > 0:
            self.stdout.write(_("  … and %(count)d more; --json shows all.") % {"count": left})


def _refused(error: GongzhiError) -> dict[str, Any]:
    """The report of an import that did not come as far as the rows. ``release``: the one that is there already."""
    code = str(error.data.get("problem", error.code))
    problem = Problem(error.data.get("row"), Severity.ERROR, code, str(error.message))
    return {**ImportReport(problems=(problem,)).as_json(), "release": error.data.get("release")}
