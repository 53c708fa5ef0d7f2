"""Wrap every data key under the present key-encryption key, bound to its subject."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.custody.actions import begin_key_operation, finish_key_operation
from privacy.custody.models import KeyOperation
from privacy.management.progress import ProgressLine
from privacy.sealing.errors import KeyKeeperFailed
from privacy.sealing.models import DataKey
from privacy.sealing.rewrapping import Rewrapped, keys_to_rewrap, rewrap


class Command(BaseCommand):
    help = (
        "Wrap every data key under the present key-encryption key (KEK), bound to its subject. The earlier KEK must "
        "still be there, in GONGZHI_KEK_PREVIOUS, GONGZHI_KEK_PREVIOUS_FILE or GONGZHI_VAULT_KEY_PREVIOUS. May be "
        "stopped and started again. Exits 1 while data keys remain that are not so."
    )
    # It says itself which KEK is missing, and does what can be done without it.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        parser.add_argument(
            "--every",
            action="store_true",
            help="those under the present KEK too, of which a key service made a new version",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count the data keys there are to wrap")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._rewrapped(**options)
        except KeyKeeperFailed as error:
            raise CommandError(f"Stopped: {error}. What is done stays done; run it again.") from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report)))
        else:
            self._tell(report, is_trial=options["dry_run"])
        if (report.remaining or report.unbound) and not options["dry_run"]:
            sys.exit(1)

    def _rewrapped(self, *, dry_run: bool, every: bool, **options: Any) -> Rewrapped:
        waiting = keys_to_rewrap()
        total = sum(waiting.remaining.values()) + waiting.unbound
        if every:
            total = DataKey.objects.exclude(wrapped=None).count()
        if dry_run or not total:
            return waiting
        operation = begin_key_operation(KeyOperation.Kind.REWRAP, keys=total)
        with ProgressLine(self.stderr, total) as progress:  # type: ignore[arg-type]
            report = rewrap(progress, every=every)
        finish_key_operation(operation, keys=report.rewrapped)
        return report

    def _tell(self, report: Rewrapped, *, is_trial: bool) -> None:
        self.stdout.write(f"Present key-encryption key: {report.kek_id}")
        if not is_trial:
            self.stdout.write(f"Data keys wrapped anew: {report.rewrapped}")
        for key_id, reason in report.failed.items():
            self.stderr.write(f"Data key {key_id}: {reason}")
        for kek_id, count in report.remaining.items():
            self.stdout.write(f"Still under earlier key-encryption key {kek_id}: {count}")
        if report.unbound:
            self.stdout.write(f"Not bound to their subject yet: {report.unbound}")
        if not report.remaining:
            self.stdout.write(
                "No data key is under an earlier key-encryption key. It may be taken out of the settings now, and "
                "destroyed once the last backup of the key table from before today has expired."
            )
