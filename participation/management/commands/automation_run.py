"""``manage.py automation_run``: what the worker does every hour, at once; with ``--dry-run`` only told."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from participation.automation.actions import run_rule
from participation.automation.causes import new_causes
from participation.automation.clock import rules_in_force


class Command(BaseCommand):
    help = "Let every rule of automation that is in force do what it finds. Repeating it does nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        for rule in rules_in_force():
            if options["dry_run"]:
                causes = new_causes(rule, today)
                self.stdout.write(f"{rule.does}: {len(causes)}")
                for cause in causes:
                    self.stdout.write(f"  {cause.key}  {cause.subject}")
                continue
            run = run_rule(rule, acting_user=None, today=today)
            done, failed = (run.done, run.failed) if run else (0, 0)
            self.stdout.write(f"{rule.does}: {done} done, {failed} failed")
