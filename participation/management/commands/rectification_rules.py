"""``manage.py rectification_rules [FILE]``: see docs/rectification.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation.rectification.rules.actions import enter_rule
from participation.rectification.rules.files import OWN, read_rules
from portal.errors import GongzhiError


class Command(BaseCommand):
    help = "Enter the rungs of escalation and the rules for the use of results of a TOML file, by default our own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", default=OWN, metavar="FILE")

    def handle(self, **options: Any) -> None:
        try:
            for row in read_rules(options["file"].read_bytes()):
                rule = enter_rule(row, acting_user=None)
                if options["verbosity"]:
                    self.stdout.write(str(rule))
        except (OSError, GongzhiError) as error:
            raise CommandError(str(error.message if isinstance(error, GongzhiError) else error)) from error
