"""From published files to a printed map: what the commands do."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from participation.deliberation.opinion_map.drawing import draw_map
from participation.deliberation.opinion_map.reading import read_groups, read_statements, read_votes
from participation.deliberation.opinion_map.reporting import as_data
from participation.deliberation.opinion_map.votes import UnreadableVotes

Content = TypeVar("Content")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--votes", type=Path, required=True, metavar="FILE", help="votes.csv or participants-votes.csv")
    parser.add_argument("--comments", type=Path, required=True, metavar="FILE", help="comments.csv")
    parser.add_argument(
        "--groups-from", type=Path, metavar="FILE", help="take the groups of a table with participant and group-id"
    )
    parser.add_argument("--compatible", action="store_true", help="without our deviations, as red-dwarf 0.4.0 has it")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")


def rerun(options: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """The map as text or JSON, and notes on what was passed over. Raises ``UnreadableVotes`` naming the file."""
    read = _read(options.votes, read_votes)
    statements = _read(options.comments, read_statements)
    groups = _read(options.groups_from, read_groups) if options.groups_from else None
    votes, notes = read.votes(statements)
    data = as_data(draw_map(votes, statements, groups=groups, compatible=options.compatible))
    return json.dumps(data, allow_nan=False) if options.json else "\n".join(_lines(data)), notes


def _read(path: Path, reader: Callable[[bytes], Content]) -> Content:
    try:
        return reader(path.read_bytes())
    except UnreadableVotes as error:
        raise UnreadableVotes(f"{path.name}: {error}") from error
    except OSError as error:
        raise UnreadableVotes(f"{path}: {error.strerror}") from error


def _lines(data: dict[str, Any]) -> list[str]:
    lines = [f"{len(data['participants'])} participants, {data['k']} groups"]
    for group in data["groups"]:
        entries = data["representative"][str(group["id"])]
        stands_for = (
            ", ".join(f"{entry['tid']} ({entry['repful-for']})" for entry in entries) or "nothing in particular"
        )
        lines.append(f"group {group['id']}: {group['size']} participants; stands for {stands_for}")
    for side, entries in data["consensus"].items():
        lines.append(f"most {side} with: {', '.join(str(entry['tid']) for entry in entries) or 'nothing'}")
    return lines
