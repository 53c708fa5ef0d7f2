"""Ballot files in the Pabulib format (``.pb``): sections META, PROJECTS and VOTES, columns separated by semicolons.

Format: pabulib.org/format. Read are approval, choose-1, scoring and cumulative ballots.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from participation.allocation.counting.election import Election, Project, UnreadableElection

SECTIONS = ("META", "PROJECTS", "VOTES")
WITH_POINTS = ("scoring", "cumulative")
WITHOUT_POINTS = ("approval", "choose-1")
LONGEST_LINE = 1_000_000
LONGEST_AMOUNT = 40
OWN_COLUMNS = ("project_id", "cost", "name")

Row = tuple[int, list[str]]


def read(text: str) -> Election:
    """The election in a file's text. Raises ``UnreadableElection`` with the number of the line."""
    sections = _sections(text)
    meta = {row[0].strip(): row[1].strip() if len(row) > 1 else "" for _, row in sections["META"][1:]}
    kind = meta.get("vote_type", "")
    if kind not in WITH_POINTS + WITHOUT_POINTS:
        raise UnreadableElection(
            f"The vote type “{kind}” cannot be counted. Known are: {', '.join(WITHOUT_POINTS + WITH_POINTS)}."
        )
    projects = [_project(number, row) for number, row in _dicts(sections["PROJECTS"], "project_id", "cost")]
    positions = {project.id: position for position, project in enumerate(projects)}
    columns = ("voter_id", "vote", "points") if kind in WITH_POINTS else ("voter_id", "vote")
    rows = list(_dicts(sections["VOTES"], *columns))
    ballots = [_ballot(number, row, positions, has_points=kind in WITH_POINTS) for number, row in rows]
    voters = [row["voter_id"] for _, row in rows]
    return Election(projects, ballots, _money(0, "budget", meta.get("budget", "")), meta, voters)


def write(election: Election, winners: Iterable[int] | None = None) -> str:
    """The text of a file that ``read`` reads back; with ``winners`` a column says which projects were selected."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    has_points = any(points != 1 for ballot in election.ballots for points in ballot.values())
    kind = election.meta.get("vote_type", "")
    if kind not in WITH_POINTS + WITHOUT_POINTS:
        kind = "scoring" if has_points else "approval"
    meta = dict(election.meta) | {
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(election.ballots)),
        "budget": _written(election.budget),
        "vote_type": kind,
    }
    writer.writerows([["META"], ["key", "value"], *meta.items(), ["PROJECTS"]])
    selected = None if winners is None else set(winners)
    extra = list(dict.fromkeys(key for project in election.projects for key in project.details))
    extra = [key for key in extra if key not in ("votes", "selected")]
    writer.writerow(["project_id", "cost", "votes", "name", *extra, *([] if selected is None else ["selected"])])
    for position, project in enumerate(election.projects):
        mark = [] if selected is None else [int(position in selected)]
        details = [project.details.get(key, "") for key in extra]
        votes = election.supports[position].votes
        writer.writerow([project.id, _written(project.cost), votes, project.name, *details, *mark])
    writer.writerow(["VOTES"])
    writer.writerow(["voter_id", "vote", *(["points"] if kind in WITH_POINTS else [])])
    voters = election.voters or [str(number) for number in range(1, len(election.ballots) + 1)]
    for voter, ballot in zip(voters, election.ballots, strict=True):
        vote = ",".join(election.projects[position].id for position in ballot)
        points = [",".join(map(str, ballot.values()))] if kind in WITH_POINTS else []
        writer.writerow([voter, vote, *points])
    return out.getvalue()


def _sections(text: str) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    rows: list[Row] | None = None
    for number, row in _rows(text):
        if (name := row[0].strip().upper()) in SECTIONS and not any(row[1:]):
            if name in found:
                raise UnreadableElection(f"Line {number}: the section {name} begins a second time.")
            rows = found[name] = []
        elif rows is None:
            raise UnreadableElection(f"Line {number}: the file must begin with the section META.")
        else:
            rows.append((number, row))
    if missing := [name for name in SECTIONS if not found.get(name)]:
        raise UnreadableElection(f"The file has no section {' and no section '.join(missing)}, or it is empty.")
    return found


def _rows(text: str) -> Iterator[Row]:
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise UnreadableElection(f"Line {number} has {len(line)} characters; {LONGEST_LINE} are the most.")
    reader = csv.reader(lines, delimiter=";")
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise UnreadableElection(f"Line {reader.line_num}: {error}.") from error


def _dicts(rows: list[Row], *required: str) -> Iterator[tuple[int, dict[str, str]]]:
    number, header = rows[0]
    names = [name.strip() for name in header]
    if missing := [name for name in required if name not in names]:
        raise UnreadableElection(f"Line {number}: the column {', '.join(missing)} is missing.")
    for number, row in rows[1:]:
        cells = dict(zip(names, row, strict=False))
        if len(row) < len(names) and (short := [name for name in required if name not in cells]):
            raise UnreadableElection(f"Line {number}: the value of {', '.join(short)} is missing.")
        yield number, cells


def _project(number: int, row: Mapping[str, str]) -> Project:
    if not (id_ := row["project_id"].strip()):
        raise UnreadableElection(f"Line {number}: the project has no id.")
    details = {key: value for key, value in row.items() if key not in OWN_COLUMNS}
    return Project(id_, _money(number, f"cost of project {id_}", row["cost"]), row.get("name", ""), details)


def _ballot(number: int, row: Mapping[str, str], positions: Mapping[str, int], *, has_points: bool) -> dict[int, int]:
    names = [name for name in (part.strip() for part in row["vote"].split(",")) if name]
    points = [part.strip() for part in row["points"].split(",") if part.strip()] if has_points else ["1"] * len(names)
    if len(points) != len(names):
        raise UnreadableElection(f"Line {number}: {len(names)} projects, but {len(points)} numbers of points.")
    ballot: dict[int, int] = {}
    for name, given in zip(names, points, strict=True):
        if name not in positions:
            raise UnreadableElection(f"Line {number}: project {name} is not on the list.")
        if positions[name] in ballot:
            raise UnreadableElection(f"Line {number}: project {name} is supported twice.")
        if not given.isdecimal() or len(given) > 9:
            raise UnreadableElection(f"Line {number}: “{given[:20]}” is no whole number of points.")
        # No points are no support.
        if int(given):
            ballot[positions[name]] = int(given)
    return ballot


def _money(number: int, what: str, text: str) -> Fraction:
    where = f"Line {number}: the" if number else "The"
    plain = text.strip().replace(",", ".")
    try:
        if len(plain) > LONGEST_AMOUNT or not set(plain) <= set("0123456789.-"):
            raise ValueError
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        raise UnreadableElection(f"{where} {what} is “{text.strip()[:LONGEST_AMOUNT]}”, which is no amount.") from None


def _written(amount: Fraction) -> str:
    digits = next((digits for digits in range(LONGEST_AMOUNT) if (amount * 10**digits).denominator == 1), None)
    if digits is None:
        raise UnreadableElection(f"The amount {amount} has no end as a decimal number: it cannot be written.")
    whole = str(int(amount * 10**digits)).rjust(digits + 1, "0")
    return f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole
