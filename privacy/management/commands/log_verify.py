"""Check the whole log: chain, head, signatures, triggers."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from privacy.log.audit import audit_log


class Command(BaseCommand):
    help = "Recompute the log from its first entry. Exits 1 and names the first bad entry when it does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        audit = audit_log()
        if options["json"]:
            self.stdout.write(json.dumps({"holds": audit.holds, **asdict(audit)}))
        elif audit.holds:
            self.stdout.write(f"The log holds: {audit.size} entries, {audit.signed_heads} signed heads.")
            self.stdout.write(f"Chain hash: {audit.head}")
        else:
            where = f" First bad entry: {audit.first_bad}." if audit.first_bad is not None else ""
            self.stderr.write(f"The log does not hold.{where}")
            for problem in audit.problems:
                self.stderr.write(f"- {problem}")
        if not audit.holds:
            sys.exit(1)
