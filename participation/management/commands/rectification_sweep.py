"""``manage.py rectification_sweep [--dry-run]``: see docs/rectification.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from participation.rectification.ladder.sweep import rungs_due, sweep


class Command(BaseCommand):
    help = "Take late tasks up the ladder of escalation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, **options: Any) -> None:
        taken = rungs_due() if options["dry_run"] else sweep()
        for each in taken:
            self.stdout.write(f"{each.task.reference}: {each.rung.get_deed_display()}")
