"""Check the whole log: entries, tiles, checkpoints, the rows they are about, triggers."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.incidents.detection import answer_alarms
from privacy.log.audit import audit_log
from privacy.sealing.alarms import sound


class Command(BaseCommand):
    help = "Recompute the log from its first entry. Exits 1 and names everything that does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tiles", type=Path, metavar="DIR", help="compare with a copy of the published tiles too")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        copy: Path | None = options["tiles"]
        if copy is not None and not copy.is_dir():
            raise CommandError(f"{copy} is not a folder.")
        audit = audit_log(copy=copy)
        if options["json"]:
            self.stdout.write(json.dumps(audit.as_json()))
        elif audit.holds:
            self.stdout.write(
                f"The log holds: {audit.size} entries, {audit.pending} pending, {audit.tiles} full tiles, "
                f"{audit.checkpoints} checkpoints, {audit.rows} rows as they were written."
            )
            self.stdout.write(f"Root hash: {audit.root}")
            if audit.erased:
                self.stdout.write(f"Of the rows, {audit.erased} cannot be compared any more: their key is destroyed.")
            if audit.unreadable:
                self.stdout.write(f"Of the rows, {audit.unreadable} have lost a column or their table since.")
            for label, count in audit.before.items():
                self.stdout.write(f"Of {label}, {count} rows are from before the log covered them; this never rises.")
        else:
            self.stderr.write("The log does not hold.")
            for problem in audit.problems:
                self.stderr.write(f"- {problem.sentence}")
            if audit.is_cut_off:
                self.stderr.write("- and more")
        if not audit.holds:
            sound("log_broken", audit.problems[0].sentence)
            answer_alarms()
            sys.exit(1)
