"""What we heard, what we did, and why not: the public report of a consultation, made from its links alone.

Everything in it is a public record: the inputs, the answers with their reasons, and the tasks that follow from them.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from participation.balance.models import Answer
from participation.balance.queries import Reader, answers_for
from participation.consultations.models import Consultation, Contribution
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.feedback.queries import public_author
from participation.stakeholders.models import StakeholderGroup
from portal.ui.furniture import local
from portal.ui.spreadsheets import guarded


@dataclass
class Told:
    """One answer with the inputs that everybody may read; of those that are hidden only the number is told."""

    answer: Answer
    inputs: list[Any] = field(default_factory=list)
    hidden: int = 0

    @property
    def tasks(self) -> list[Any]:
        return [task for finding in self.answer.findings.all() for task in finding.public_tasks]


@dataclass(frozen=True)
class Report:
    """Answers by outcome, in the order of ``Answer.Outcome``, and what still waits."""

    chapters: list[tuple[str, list[Told]]]
    heard: dict[str, int]
    answered: int
    waiting: int

    @property
    def total(self) -> int:
        return sum(self.heard.values())

    @property
    def sides(self) -> list[tuple[str, int]]:
        return list(self.heard.items())


def report_of(user: Reader, consultation: Consultation) -> Report:
    """Nine queries, whatever was said. What a moderator hid is hidden here from everybody."""
    told = []
    heard: Counter[str] = Counter()
    answered = waiting = 0
    public = Contribution.Status.VISIBLE
    for model in (Feedback, Evaluation):
        rows = model.objects.visible_to(user).filter(consultation=consultation, status=public).order_by()  # type: ignore[attr-defined]
        for group, answer in rows.values_list("stakeholder_group", "answered"):
            heard[group] += 1
            answered += answer is not None
            waiting += answer is None
    for answer in answers_for(user).filter(consultation=consultation).order_by("published_at", "pk"):
        one = Told(answer)
        for link in answer.inputs.all():
            if link.contribution.status == public:
                one.inputs.append(link.contribution)
            else:
                one.hidden += 1
        told.append(one)
    chapters = [
        (str(outcome.label), [one for one in told if one.answer.outcome == outcome]) for outcome in Answer.Outcome
    ]
    return Report(
        chapters=[(label, ones) for label, ones in chapters if ones],
        heard={group: heard[group] for group in StakeholderGroup.values},
        answered=answered,
        waiting=waiting,
    )


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def report_rows(user: Reader, consultation: Consultation, absolute: Any) -> Iterator[str]:
    """The report as CSV, one line for each input; ``absolute`` makes an address of a path."""
    writer = csv.writer(_Echo())
    yield writer.writerow(
        [
            _("Input"),
            _("Stakeholder group"),
            _("From"),
            _("What was said"),
            _("Answer"),
            _("What becomes of it"),
            _("Reasons"),
            _("Department that answers"),
            _("Version"),
            _("Published"),
            _("Tasks"),
            _("Address"),
        ]
    )
    for _label, ones in report_of(user, consultation).chapters:
        for one in ones:
            answer = one.answer
            tasks = " ".join(f"{task.reference} ({task.get_status_display()})" for task in one.tasks)
            for said in one.inputs:
                yield writer.writerow(
                    guarded(str(value))
                    for value in (
                        said.reference,
                        said.get_stakeholder_group_display(),
                        public_author(said),
                        getattr(said, "body", "") or getattr(said, "reasoning", ""),
                        answer.reference,
                        answer.get_outcome_display(),
                        answer.reason,
                        local(answer.department, "name") if answer.department else "",
                        answer.version,
                        answer.published_at.date().isoformat(),
                        tasks,
                        absolute(answer.get_absolute_url()),
                    )
                )
