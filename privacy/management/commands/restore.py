"""``manage.py restore``: see docs/operations.md."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy.rights.backups.database import BackupError
from privacy.rights.backups.restoring import restore


class Command(BaseCommand):
    help = (
        "Put back a backup: what is in the database and in the folders of files is replaced. Take the newest keys, "
        "however old the data is. Whoever was erased since is erased again. Stop the server and the worker first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", type=Path, help="folder of one backup of the data")
        parser.add_argument("keys", type=Path, help="folder of one backup of the keys: the newest")
        parser.add_argument("--erasures", type=Path, help="ledger of erasures, if not the one of this site")
        parser.add_argument("--yes", action="store_true", help="do it; without it nothing is touched")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"]:
            raise CommandError("This replaces the database and the files of this site. Say --yes if you mean it.")
        try:
            done = restore(options["data"], options["keys"], erasures=options["erasures"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{done.keys} keys; {done.erased} erased again; the log has {done.log_size} signed entries.\n"
            "Now run log_verify and privacy_selftest --all, and compare the number of entries with the last checkpoint "
            "that anybody else has: what was signed since is lost, and has to be told."
        )
        if done.erased and not done.is_scrubbed:
            self.stdout.write("Run privacy_erasures --scrub to take what was erased out of the files of the database.")
