"""``manage.py privacy_retention [--dry-run]``: see docs/rights.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from privacy.rights.retention.actions import run_retention
from privacy.rights.retention.queries import all_due
from privacy.rights.retention.showing import rows_in_words


class Command(BaseCommand):
    help = "Delete or empty what has been kept for as long as it may. The service does it by itself; this does it now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and touch nothing")

    def handle(self, **options: Any) -> None:
        if not options["dry_run"]:
            run = run_retention(acting_user=None)
            for key, number in (run.counts if run else {}).items():
                self.stdout.write(f"{key}: {number}")
            return
        for row in map(rows_in_words, all_due()):
            when = f"from before {row.before:%Y-%m-%d %H:%M}" if row.before else "no rule on record"
            self.stdout.write(f"{row.key}: {row.number} {row.what} ({row.title}, {row.period}, {when})")
