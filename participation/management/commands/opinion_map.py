"""``manage.py opinion_map``: draw a published opinion map again. See docs/opinion-map.md."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation.deliberation.opinion_map.rerunning import add_arguments, rerun
from participation.deliberation.opinion_map.votes import UnreadableVotes


class Command(BaseCommand):
    help = "Draw the opinion map of a conversation again from its published files."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, **options: Any) -> None:
        try:
            result, notes = rerun(Namespace(**options))
        except UnreadableVotes as error:
            raise CommandError(str(error)) from error
        for note in notes:
            self.stderr.write(note)
        self.stdout.write(result)
