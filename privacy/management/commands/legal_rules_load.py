"""``manage.py legal_rules_load [FILE ...]``: see docs/rights.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.rights.deadlines import enter_rule, files, read_rules


class Command(BaseCommand):
    help = "Enter the periods that laws set for personal data, by default those that come with the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="files in the form of our own")

    def handle(self, **options: Any) -> None:
        for path in options["files"] or files():
            try:
                entered = [enter_rule(definition, acting_user=None) for definition in read_rules(path.read_bytes())]
            except (OSError, KeyError, TypeError, ValueError) as error:
                raise CommandError(f"{path}: {error}") from error
            if options["verbosity"]:
                self.stdout.write(f"{path.stem}: {len(entered)} periods")
