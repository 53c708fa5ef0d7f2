"""``manage.py backup``: see docs/operations.md."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy.rights.backups.database import BackupError
from privacy.rights.backups.saving import save


class Command(BaseCommand):
    help = (
        "Save database, files and the latest checkpoint of the log into a new folder in DATA, and the data keys with "
        "the ledger of erasures into one in KEYS, which belongs to another place. The site may go on working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", type=Path, help="folder of backups of the data")
        parser.add_argument("keys", type=Path, help="folder of backups of the keys, elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data, keys = save(options["data"], options["keys"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"data: {data}\nkeys: {keys}")
