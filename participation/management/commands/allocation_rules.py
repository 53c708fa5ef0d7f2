"""``manage.py allocation_rules [FILE]``: see docs/allocation.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation.allocation.actions import enter_allocation_rule
from participation.allocation.rule_files import OWN, read_rules
from portal.errors import GongzhiError


class Command(BaseCommand):
    help = "Enter the rules for allocations of a TOML file, by default those that come with the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", default=OWN, metavar="FILE")

    def handle(self, **options: Any) -> None:
        try:
            for definition in read_rules(options["file"].read_bytes()):
                rule = enter_allocation_rule(definition, acting_user=None)
                if options["verbosity"]:
                    self.stdout.write(str(rule))
        except (OSError, GongzhiError) as error:
            raise CommandError(str(error.message if isinstance(error, GongzhiError) else error)) from error
