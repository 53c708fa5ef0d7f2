"""Whether sealed values can still be opened."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.incidents.detection import answer_alarms
from privacy.management.progress import ProgressLine
from privacy.sealing.errors import KeyKeeperFailed
from privacy.sealing.orphans import orphans, remove
from privacy.sealing.selftest import Examined, selftest

SAMPLE = 50
_COUNTS = ("opened", "tampered", "unknown_key", "shredded", "missing")


class Command(BaseCommand):
    help = (
        "Open a sample of every sealed column, in rows, history, revisions and files, and count what became of it. "
        "Nothing is shown and no reading is recorded. Stored sealed files that nobody has are counted. Exits 1 when "
        "values were tampered with, their key is unknown or a file is missing."
    )
    # A missing key is what it is there to count.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        size = parser.add_mutually_exclusive_group()
        size.add_argument("--sample", type=int, default=SAMPLE, help=f"values of each column (default {SAMPLE})")
        size.add_argument("--all", action="store_true", help="every value")
        parser.add_argument(
            "--remove-orphans", action="store_true", help="delete stored sealed files that nobody has, after a day"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sample"] < 1:
            raise CommandError("--sample is 1 or more.")
        try:
            with ProgressLine(self.stderr) as progress:  # type: ignore[arg-type]
                found = selftest(None if options["all"] else options["sample"], progress)
        except KeyKeeperFailed as error:
            raise CommandError(f"Stopped: {error}.") from error
        unnamed = list(orphans())
        removed = sum(remove(orphan) for orphan in unnamed) if options["remove_orphans"] else 0
        holds = all(examined.holds for examined in found)
        if options["json"]:
            columns = [asdict(examined) for examined in found]
            self.stdout.write(
                json.dumps({"holds": holds, "columns": columns, "orphans": len(unnamed), "orphans_removed": removed})
            )
        else:
            self._tell(found)
            if unnamed:
                self.stdout.write(f"Stored sealed files that nobody has: {len(unnamed)}, removed: {removed}.")
        # What does not open has sounded its alarm.
        answer_alarms()
        if not holds:
            sys.exit(1)

    def _tell(self, found: list[Examined]) -> None:
        width = max(len(examined.name) for examined in found)
        self.stdout.write(" ".join([" " * width, *(f"{name:>11}" for name in _COUNTS)]))
        for examined in found:
            counts = (f"{getattr(examined, name):>11}" for name in _COUNTS)
            self.stdout.write(" ".join([examined.name.ljust(width), *counts]))
        for examined in found:
            for row in examined.faults:
                self.stderr.write(f"{examined.name}: {row} does not open")
