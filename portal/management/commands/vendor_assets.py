"""Fetch the scripts of others that the lock file lists, or check those that are kept."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.management import vendored


class Command(BaseCommand):
    help = "Fetch the vendored scripts by npm and check them against the lock file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare the kept files with the lock file")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            try:
                for name in vendored.fetch():
                    self.stdout.write(name)
            except (FileNotFoundError, vendored.WrongDigest) as error:
                raise CommandError(f"{type(error).__name__}: {error}") from error
        if found := vendored.problems():
            raise CommandError("\n".join(found))
        self.stdout.write("ok")
