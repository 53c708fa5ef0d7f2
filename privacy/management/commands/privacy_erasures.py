"""``manage.py privacy_erasures``: see docs/operations.md."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from privacy.rights.erasing import ledger
from privacy.rights.erasing.actions import carry_out_due, erase_again
from privacy.rights.erasing.models import Erasure
from privacy.rights.erasing.queries import due_now, why_not_yet
from privacy.rights.erasing.scrubbing import scrub_erased, scrub_postgresql


class Command(BaseCommand):
    help = (
        "Carry out the erasures that are due, as the worker does by itself; --replay: erase again whoever a restored "
        "database has brought back; --scrub: take what was erased out of the files of the database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--replay", nargs="?", type=Path, const=ledger.path(), help="by this ledger of erasures")
        parser.add_argument("--scrub", action="store_true", help="on PostgreSQL: locks each table while it is written")
        parser.add_argument("--dry-run", action="store_true", help="only say what is due, and what it waits for")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for erasure in due_now():
                self.stdout.write(f"{erasure}: {why_not_yet(erasure) or 'due'}")
            return
        if options["replay"]:
            try:
                lines = list(ledger.lines(options["replay"]))
            except (OSError, ValueError) as error:
                raise CommandError(str(error)) from error
            again = sum(erase_again(line) is not None for line in lines)
            self.stdout.write(f"{len(lines)} in the ledger, {again} erased again")
        else:
            self.stdout.write(f"{carry_out_due()} erased")
        if options["scrub"] and connection.vendor == "postgresql":
            scrub_postgresql()
        elif not scrub_erased():
            waiting = Erasure.objects.filter(state=Erasure.State.DONE, scrubbed_at__isnull=True).count()
            self.stdout.write(f"{waiting} not yet out of the files of the database: run it again with --scrub")
