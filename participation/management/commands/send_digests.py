"""``manage.py send_digests``: what the worker does every few minutes, for those who run it by a clock of their own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from participation.following.digests import make_digests, send_left


class Command(BaseCommand):
    help = "Send the daily and weekly digests that are due. Repeating it sends nobody anything twice."

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_digests()
        send_left()
        self.stdout.write(f"{made} digests were due.")
