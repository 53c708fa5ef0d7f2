"""``manage.py budget_import FILE --mapping MAP.toml``: see docs/budget-import.md."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from cms.budget.actions import import_release, publish_release
from cms.budget.checks import run_checks
from cms.budget.drafts.actions import OPERATOR_SIGNED, sign_off_release
from cms.budget.drafts.models import MappingProfile
from cms.budget.importing.budget_file import open_budget_file
from cms.budget.importing.mapping import Mapping, mapping_from, parse_mapping
from cms.budget.importing.problems import Problem, Severity, refusal
from cms.budget.importing.reading import read_budget_file
from cms.budget.importing.suggesting import sniff
from cms.budget.importing.toml_text import suggested_toml
from cms.budget.reports import ImportReport
from portal.errors import GongzhiError

PROBLEMS_SHOWN = 20


class Command(BaseCommand):
    help = "Import a budget file as a new release. Nothing is written unless every row can be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the budget file: CSV, XLSX, XLS, ODS or ZIP")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--mapping", type=Path, metavar="MAP.toml", help="which column means what")
        what.add_argument("--profile", metavar="NAME", help="a mapping that was kept in the administration")
        what.add_argument("--suggest", action="store_true", help="print a mapping for the file, with reasons")
        parser.add_argument("--year", type=int, help="the fiscal year, with --profile")
        parser.add_argument("--json", action="store_true", help="print the report as JSON and nothing else")
        parser.add_argument("--sign-off", metavar="NOTE", help="answer for the import as the operator, with a note")
        end = parser.add_mutually_exclusive_group()
        end.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        end.add_argument("--publish", action="store_true", help="sign the release off as the operator, and publish it")

    def handle(self, *, file: Path, dry_run: bool, publish: bool, **options: Any) -> None:
        try:
            opened = open_budget_file(file)
            if options["suggest"]:
                self.stdout.write(suggested_toml(sniff(opened)))
                return
            report = import_release(opened.content, source_name=file.name, mapping=_mapping(options), dry_run=dry_run)
            if report.release:
                run_checks(report.release)
                if options["sign_off"] is not None and not publish:
                    sign_off_release(report.release, note=options["sign_off"], acting_user=None)
            if publish:
                report = _published(report, options["sign_off"] or "")
        except GongzhiError as error:
            self._print_json(_refused(error), options["json"])
            raise CommandError(str(error.message)) from error
        self._print_json(report.as_json(), options["json"])
        if not options["json"]:
            self._print_summary(report, dry_run=dry_run)
        if publish and report.release and not report.release.published_at:
            raise CommandError(_("It was imported, but not published."))
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


def _published(report: ImportReport, note: str) -> ImportReport:
    """The report of a release that the operator has signed off and published, or of what is in the way: then it stays
    a draft that nobody has signed off."""
    if report.release is None:
        return report
    try:
        with transaction.atomic():
            signed = sign_off_release(report.release, note=note, acting_user=None)
            published = publish_release(signed, acting_user=None)
        told = [remark for remark in published.problems.all() if remark.code == OPERATOR_SIGNED]
        remarks = (Problem(None, Severity(remark.severity), remark.code, remark.message) for remark in told)
        return replace(report, release=published, problems=(*report.problems, *remarks))
    except GongzhiError as error:
        code = str(error.data.get("problem", "not_publishable"))
        problem = Problem(None, Severity.ERROR, code, str(error.message))
        return replace(report, problems=(*report.problems, problem))


def _mapping(options: dict[str, Any]) -> Mapping:
    if options["mapping"]:
        return parse_mapping(read_budget_file(options["mapping"]))
    found = list(MappingProfile.objects.filter(name=options["profile"]))
    if len(found) != 1:
        raise refusal(
            "mapping",
            _("There is no mapping, or more than one, that is kept as “%(name)s”.") % {"name": options["profile"]},
        )
    values = found[0].mapping
    if options["year"]:
        values = {**values, "release": {**values["release"], "fiscal_year": options["year"]}}
    return mapping_from(values)
