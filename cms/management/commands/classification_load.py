"""``manage.py classification_load [FILE ...]``: see docs/classifications.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.classification.actions import load_edition
from cms.classification.editions import files, read_edition
from portal.errors import GongzhiError


class Command(BaseCommand):
    help = "Load editions of classifications from TOML files, by default those that come with the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="files with one edition each")

    def handle(self, **options: Any) -> None:
        for path in options["files"] or files():
            try:
                version = load_edition(read_edition(path.read_bytes()), acting_user=None)
            except (OSError, GongzhiError) as error:
                reason = error.message if isinstance(error, GongzhiError) else error
                raise CommandError(f"{path}: {reason}") from error
            if options["verbosity"]:
                self.stdout.write(f"{version.scheme} {version.label}: {version.entries.count()} codes")
