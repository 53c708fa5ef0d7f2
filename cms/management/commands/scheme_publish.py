"""``manage.py scheme_publish [FILE ...]``: see docs/performance-goals.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.performance.actions import publish_scheme
from cms.performance.scheme_files import files, read_scheme
from portal.errors import GongzhiError


class Command(BaseCommand):
    help = "Publish scoring schemes from TOML files, by default those that come with the portal. Twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="files with one scheme each")

    def handle(self, **options: Any) -> None:
        for path in options["files"] or files():
            try:
                scheme = publish_scheme(read_scheme(path.read_bytes()), acting_user=None)
            except (OSError, GongzhiError) as error:
                reason = error.message if isinstance(error, GongzhiError) else error
                raise CommandError(f"{path}: {reason}") from error
            if options["verbosity"]:
                self.stdout.write(str(scheme))
