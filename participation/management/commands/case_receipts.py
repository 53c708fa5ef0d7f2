"""``manage.py case_receipts``: put what reporters wrote on earlier days into the log."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from participation.whistleblowing.actions import enter_receipts


class Command(BaseCommand):
    help = "Put what reporters of wrongdoing wrote on earlier days into the log. Run it once every night."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{enter_receipts(acting_user=None)} cases entered.")
