"""``manage.py redraw LIST --secret HEX --group GROUP``: see docs/meetings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation import drawing


class Command(BaseCommand):
    help = "Draw a lot again from its published list and its opened secret; prints the order, one mark a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", type=Path, metavar="LIST", help="the list as published: a group and a mark a line")
        parser.add_argument("--secret", required=True, help="the opened secret, in hexadecimal")
        parser.add_argument("--commitment", help="its hash as published beforehand: another one is an error")
        parser.add_argument("--group", help="the side to draw for; all lines are drawn from without it")
        parser.add_argument("--count", type=int, help="how many to print; all without it")

    def handle(self, **options: Any) -> None:
        try:
            lines = [line.split() for line in options["list"].read_text("utf-8").splitlines() if line.strip()]
            secret = bytes.fromhex(options["secret"])
            names = [words[-1] for words in lines if options["group"] in (None, words[0])]
            order = drawing.draw(secret, names, len(names) if options["count"] is None else options["count"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if options["commitment"] and not drawing.is_opened_by(options["commitment"], secret):
            raise CommandError("This secret is not the one that was committed to.")
        for name in order:
            self.stdout.write(name)
