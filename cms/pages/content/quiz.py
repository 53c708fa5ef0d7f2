"""How a quiz is scored. It knows no database and no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """``right``: the places of the right options."""

    text: str
    options: tuple[str, ...]
    right: frozenset[int]
    explanation: str

    @property
    def has_several(self) -> bool:
        return len(self.right) > 1


@dataclass(frozen=True)
class Marked:
    """One question with what was chosen. Several right answers count only together."""

    question: Question
    chosen: frozenset[int]

    @property
    def is_right(self) -> bool:
        return self.chosen == self.question.right

    @property
    def options(self) -> list[tuple[str, bool, bool]]:
        """Every option: its text, whether it was chosen, whether it is right."""
        right = self.question.right
        return [(text, place in self.chosen, place in right) for place, text in enumerate(self.question.options)]


@dataclass(frozen=True)
class Result:
    """``score``: whole per cent of the questions, rounded down, so that a pass mark is really reached."""

    marked: tuple[Marked, ...]
    pass_mark: int

    @property
    def right(self) -> int:
        return sum(each.is_right for each in self.marked)

    @property
    def score(self) -> int:
        return self.right * 100 // len(self.marked) if self.marked else 0

    @property
    def is_passed(self) -> bool:
        return bool(self.marked) and self.score >= self.pass_mark


def questions_of(stream: Any) -> list[Question]:
    """The questions of a ``QuizBlock`` value, in their order."""
    found = []
    for block in stream:
        options = list(block.value["options"])
        found.append(
            Question(
                text=block.value["question"],
                options=tuple(option["text"] for option in options),
                right=frozenset(place for place, option in enumerate(options) if option["is_right"]),
                explanation=block.value["explanation"],
            )
        )
    return found


def mark(questions: Sequence[Question], answers: Sequence[frozenset[int]], pass_mark: int) -> Result:
    """Raises ``ValueError`` where there is not one answer for each question."""
    pairs = zip(questions, answers, strict=True)
    return Result(tuple(Marked(question, chosen) for question, chosen in pairs), pass_mark)
