"""``manage.py allocate FILE.pb``: see docs/allocation.md."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participation.allocation.counting import pabulib
from participation.allocation.counting.certificate import NotCertified, certify
from participation.allocation.counting.completion import Completion, Stop, count
from participation.allocation.counting.election import (
    Election,
    TieOrder,
    UnreadableElection,
    Utility,
    by_cost_votes_and_lot,
    by_id,
)
from participation.allocation.counting.explaining import comparison, decided
from participation.allocation.counting.reference_rules import greedy, phragmen
from participation.allocation.counting.report import as_text, ids, plain, report, step_in

RULES = ("equal-shares", "greedy", "phragmen")
COMPARISONS = ("shown", "decides")
LARGEST_FILE = 200_000_000


class Command(BaseCommand):
    help = "Count a participatory budget from a published ballot file (.pb), or check a published result."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.pb")
        parser.add_argument("--rule", choices=RULES, default=RULES[0])
        parser.add_argument("--utility", choices=[one.value for one in Utility], default="cost")
        parser.add_argument("--completion", choices=[one.value for one in Completion], default="none")
        parser.add_argument(
            "--stop",
            choices=[one.value for one in Stop],
            default="overspend",
            help="when larger shares end (add1, add1u)",
        )
        parser.add_argument(
            "--ties",
            metavar="lexicographic|FILE",
            help="ids as text, or a lot: a file of all ids, first drawn first; default: cost, votes, then ids",
        )
        parser.add_argument(
            "--comparison",
            choices=COMPARISONS,
            default=COMPARISONS[0],
            help="what follows where more people prefer the result by most votes first",
        )
        parser.add_argument("--json", action="store_true", help="the result as JSON")
        parser.add_argument("--write", type=Path, metavar="FILE.pb", help="the ballot file with the winners marked")

    def handle(self, **options: Any) -> None:
        try:
            election = pabulib.read(_text(options["file"]))
            ties = _ties(election, options["ties"])
            if options["rule"] == "equal-shares":
                winners, data = _equal_shares(election, ties, options)
            elif options["completion"] != "none" or options["comparison"] != "shown":
                raise CommandError("Only equal shares are completed or compared: leave out --completion, --comparison.")
            else:
                winners, data = _other_rule(election, ties, options)
            if options["write"]:
                options["write"].write_text(pabulib.write(election, winners), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except (UnreadableElection, NotCertified) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(as_text(data) if options["json"] else _in_words(election, winners, data))


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise UnreadableElection(f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableElection(f"{file.name} is not text in UTF-8 (byte {error.start}).") from error


def _ties(election: Election, given: str | None) -> TieOrder:
    if given == "lexicographic":
        return by_id(election)
    lot = [line.strip() for line in _text(Path(given)).splitlines()] if given else []
    if given and not any(lot):
        raise UnreadableElection("The lot is empty.")
    return by_cost_votes_and_lot(election, [id_ for id_ in lot if id_])


def _equal_shares(
    election: Election, ties: TieOrder, options: dict[str, Any]
) -> tuple[tuple[int, ...], dict[str, Any]]:
    completion, step = Completion(options["completion"]), step_in(election)
    result = count(
        election,
        utility=Utility(options["utility"]),
        completion=completion,
        ties=ties,
        stop=Stop(options["stop"]),
        step=step,
    )
    is_enlarged = completion in (Completion.ADD1, Completion.ADD1U)
    certificate = certify(result, ties, step=step if is_enlarged else None)
    beside = comparison(result, ties)
    if options["comparison"] == "decides":
        result = decided(result, beside)
    return result.winners, report(result, certificate, beside)


def _other_rule(election: Election, ties: TieOrder, options: dict[str, Any]) -> tuple[tuple[int, ...], dict[str, Any]]:
    if options["rule"] == "greedy":
        winners = greedy(election, Utility(options["utility"]), ties)
    else:
        winners = phragmen(election, ties)
    return winners, {
        "winners": ids(election, winners),
        "cost": plain(election.cost_of(winners)),
        "budget": plain(election.budget),
        "share": None,
        "rounds": len(winners),
        "runs": None,
        "tie_breaks": None,
    }


def _in_words(election: Election, winners: tuple[int, ...], data: dict[str, Any]) -> str:
    lines = [f"{'no.':>3}  {'cost':>14}  {'votes':>8}  project"]
    for number, position in enumerate(winners, 1):
        project = election.projects[position]
        mark = " (by votes)" if project.id in data.get("completed", ()) else ""
        votes = election.supports[position].votes
        lines.append(
            f"{number:>3}  {plain(project.cost):>14,}  {votes:>8,}  {project.id} {project.name}{mark}".rstrip()
        )
    lines.append(f"{len(winners)} projects for {data['cost']:,} of {data['budget']:,}.")
    if data["share"] is None:
        return "\n".join(lines)
    share = float(Fraction(data["share"]))
    lines.append(
        f"Every vote decided on {share:,.2f}; shares tried: {data['runs']}; "
        f"ties that the order decided: {data['tie_breaks']}."
    )
    lines.append("Counted a second time in fractions throughout: the same winners.")
    if following := data["certificate"]["next"]:
        lines.append(f"With {float(Fraction(following['share'])):,.2f} the winners would cost {following['cost']:,}.")
    beside = data["comparison"]
    lines.append(
        f"{beside['prefer_result']:,} voters get more of their projects this way, "
        f"{beside['prefer_greedy']:,} would by most votes first."
    )
    if beside["decided_by"] == "votes":
        lines.append("So the projects above are those with most votes, and not those of equal shares.")
    return "\n".join(lines)
