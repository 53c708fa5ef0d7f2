"""``manage.py decide FILE.json``: see docs/deciding.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation.decisions.deciding.decision import UnreadableDecision
from participation.decisions.deciding.reading import read_decision
from participation.decisions.deciding.reporting import decide, report
from participation.decisions.deciding.robustness import RESAMPLES, SEED


class Command(BaseCommand):
    help = "Decide among options from a published file of ballots, or check a published result."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--json", action="store_true", help="everything, as JSON")
        parser.add_argument(
            "--resamples", type=int, default=RESAMPLES, help="samples of the robustness report; 0: none"
        )
        parser.add_argument("--seed", type=int, default=SEED, help="seed of the samples")

    def handle(self, **options: Any) -> None:
        if options["resamples"] < 0 or options["seed"] < 0:
            raise CommandError("Resamples and seed cannot be negative.")
        try:
            decision, compensation = read_decision(options["file"].read_bytes())
            data = report(decide(decision, resamples=options["resamples"], seed=options["seed"]), compensation)
        except (OSError, UnreadableDecision) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(data, ensure_ascii=False, indent=1) if options["json"] else _in_words(data))


def _in_words(data: dict[str, Any]) -> str:
    decision = data["decision"]
    lines = [f"{decision['status']}: {decision['option'] or 'no option'} (round {decision['round']})"]
    for option, figures in data["result"].items():
        means = ", ".join(f"{g} {'-' if m is None else f'{m[1]:.2f}'}" for g, m in figures["U"].items())
        lines.append(f"  {option}: {decision['grades'][option] or 'status quo'}; {means}")
    lines += [f"  {step['rule']}: {', '.join(step['left'])}" for step in decision["steps"]]
    return "\n".join(lines)
