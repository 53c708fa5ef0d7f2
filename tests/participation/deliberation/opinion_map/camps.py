"""A made-up conversation: camps whose members answer as their camp does, except for one statement each."""

from __future__ import annotations

from participation.deliberation.opinion_map.votes import Statement, Votes

ANSWERS = {
    "river": (1, 1, 1, 1, -1, -1, -1, -1, 1, 1),
    "hill": (-1, -1, -1, -1, 1, 1, 1, 1, 1, 1),
    "harbour": (1, -1, 1, -1, 1, -1, 1, -1, -1, 1),
}
STATEMENTS = [Statement(id_) for id_ in range(10)]


def camps(**sizes: int) -> Votes:
    """People are numbered through, camp after camp; the nth of a camp passes on statement n modulo 10."""
    journal, person = [], 0
    for camp, size in sizes.items():
        for number in range(size):
            answers = list(ANSWERS[camp])
            answers[number % 10] = 0
            journal += [(person, statement, answer) for statement, answer in enumerate(answers)]
            person += 1
    return votes_of(journal)


def votes_of(journal: list[tuple[int, int, int]]) -> Votes:
    """(participant, statement, vote) each."""
    return Votes.latest(*(zip(*journal, strict=True) if journal else ([], [], [])))
