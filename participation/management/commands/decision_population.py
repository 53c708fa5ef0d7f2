"""``manage.py decision_population FILE``: see docs/deciding.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation.decisions.actions import enter_population
from participation.decisions.population_files import read_populations
from portal.errors import GongzhiError


class Command(BaseCommand):
    help = "Enter how many people live in each part of a place (TOML), to weigh the ballots of citizens by."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, **options: Any) -> None:
        try:
            for definition in read_populations(options["file"].read_bytes()):
                parts = enter_population(definition, acting_user=None)
                if options["verbosity"]:
                    self.stdout.write(f"{definition.government} {definition.valid_from}: {len(parts)}")
        except (OSError, GongzhiError) as error:
            raise CommandError(str(error.message if isinstance(error, GongzhiError) else error)) from error
