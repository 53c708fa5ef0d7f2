"""Make the blind indexes anew under the present index root."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.custody.actions import begin_key_operation, finish_key_operation
from privacy.custody.models import KeyOperation
from privacy.incidents.detection import answer_alarms
from privacy.management.progress import ProgressLine
from privacy.sealing.errors import KeyKeeperFailed
from privacy.sealing.index import indexes
from privacy.sealing.reindexing import Reindexed, new_index_root, reindex, to_index

# What never has an entry, and is met again each time; --json counts it.
EXPECTED = ("no_form", "shredded")
GO_ON = "What is done stays done; run it again without --new-root."


class Command(BaseCommand):
    help = (
        "Make every blind index anew whose entries are missing or under an earlier index root. May be stopped and "
        "started again; meanwhile both roots are searched. Exits 1 while entries remain under an earlier root."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-root", action="store_true", help="make a new index root first")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._reindexed(has_new_root=options["new_root"])
        except KeyKeeperFailed as error:
            raise CommandError(f"Stopped: {error}. {GO_ON}") from error
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {GO_ON}", returncode=130) from None
        answer_alarms()
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(report), "made": report.made}))
        else:
            self._tell(report)
        if report.remaining:
            sys.exit(1)

    def _reindexed(self, *, has_new_root: bool) -> Reindexed:
        found = list(indexes())
        operations: list[KeyOperation] = []

        def begin() -> None:
            operations.append(begin_key_operation(KeyOperation.Kind.REINDEX, keys=int(has_new_root)))

        if has_new_root:
            begin()
            new_index_root()
        waiting = sum(to_index(index).count() for index in found)
        with ProgressLine(self.stderr, waiting) as progress:  # type: ignore[arg-type]
            # Where nothing is done, nothing is put on record: values without any form are met again each time.
            report = reindex(found, progress, before_first=lambda: None if operations else begin())
        for operation in operations:
            finish_key_operation(operation, keys=int(has_new_root), values=report.made)
        return report

    def _tell(self, report: Reindexed) -> None:
        self.stdout.write(f"Entries made anew: {report.made}")
        for name, counts in report.columns.items():
            if told := ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if outcome not in EXPECTED):
                self.stdout.write(f"{name}: {told}")
        for row in report.doubles:
            self.stderr.write(f"{row}: another row has the same value, which this index allows once.")
        for name, count in report.remaining.items():
            self.stderr.write(f"{name}: {count} entries are still under an earlier root.")
