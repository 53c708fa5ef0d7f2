"""``manage.py doctor``: what is wrong with this installation, and what to do about each finding."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from portal.operations.examining import LEVELS, examine


class Command(BaseCommand):
    help = (
        "Look through settings, keys, database, log, background work, mail, disk and the program itself. Changes "
        "nothing and shows no secret. Exits 1 where something has to be put right."
    )
    # It is there to say what is wrong; a check that fails first would keep it from saying the rest.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        parser.add_argument("--mail", action="store_true", help="connect to the mail server, too; sends nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(examine(with_mail=options["mail"]))
        is_ill = any(one.level == "error" for one in found)
        if options["json"]:
            self.stdout.write(json.dumps({"holds": not is_ill, "findings": [asdict(one) for one in found]}))
        else:
            for one in sorted(found, key=lambda finding: LEVELS.index(finding.level)):
                self.stdout.write(f"[{one.level}] {one.about}: {one.words}")
                if one.advice:
                    self.stdout.write(f"        {one.advice}")
            counts = {level: sum(one.level == level for one in found) for level in LEVELS}
            self.stdout.write(", ".join(f"{count} {level}" for level, count in counts.items()))
        if is_ill:
            sys.exit(1)
