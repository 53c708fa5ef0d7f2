"""``manage.py cube_rebuild [--check]``: see docs/analysis.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.analysis import column_store, cube


class Command(BaseCommand):
    help = "Make the sums that pages of analysis read anew from the lines; --check only compares the two."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where the sums differ")

    def handle(self, **options: Any) -> None:
        if not options["check"]:
            years = cube.rebuild()
            column_store.refresh()
            if options["verbosity"]:
                self.stdout.write(f"{years} years of governments")
        wrong = list(cube.differences())
        for difference in wrong:
            self.stderr.write(
                f"{difference.release}, department {difference.department}: "
                f"cube {difference.cube}, lines {difference.lines}"
            )
        if wrong:
            raise CommandError(f"{len(wrong)} sums are not those of the lines. Run cube_rebuild.")
        if options["check"] and options["verbosity"]:
            self.stdout.write("Every sum is that of the lines.")
