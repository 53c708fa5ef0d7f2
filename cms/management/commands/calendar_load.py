"""``manage.py calendar_load [FILE] [--source TEXT] [--periods]``: see docs/calendar.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.calendars.actions import enter_calendar, enter_clock
from cms.calendars.clock_files import files, read_clocks
from cms.calendars.days_file import read_days
from cms.calendars.models import CHINA
from cms.calendars.queries import changes_by
from portal.errors import GongzhiError


class Command(BaseCommand):
    help = "Enter the official working days of whole years from a CSV file, or the periods that laws set."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a table with date, is_workday, note")
        parser.add_argument("--jurisdiction", default=CHINA, help="whose days they are (ISO 3166), by default CN")
        parser.add_argument("--source", default="", help="the official notice that says so")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--periods", type=Path, nargs="*", metavar="FILE", help="periods of laws; alone: our own")

    def handle(self, **options: Any) -> None:
        if options["file"] is None and options["periods"] is None:
            raise CommandError("Name a file with days, or --periods.")
        try:
            if options["file"] is not None:
                self._days(options)
            if options["periods"] is not None:
                for path in options["periods"] or files():
                    for definition in read_clocks(path.read_bytes()):
                        clock = enter_clock(definition, acting_user=None)
                        self._say(options, str(clock))
        except (OSError, GongzhiError) as error:
            raise CommandError(str(error.message if isinstance(error, GongzhiError) else error)) from error

    def _days(self, options: dict[str, Any]) -> None:
        days = read_days(options["file"].read_bytes())
        for change in changes_by(days, options["jurisdiction"]):
            self._say(options, f"{change.day}: {_told(change.before)} -> {_told(change.after)}")
        if not options["dry_run"]:
            enter_calendar(days, jurisdiction=options["jurisdiction"], source=options["source"], acting_user=None)

    def _say(self, options: dict[str, Any], text: str) -> None:
        if options["verbosity"]:
            self.stdout.write(text)


def _told(entered: Any) -> str:
    return "weekly rule" if entered is None else f"{'worked' if entered.is_workday else 'free'} {entered.note}".strip()
