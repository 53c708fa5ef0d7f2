"""The last mile of a story: what was promised, who put it right, and who checked it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from participation.models import (
    BudgetLinkage,
    Finding,
    ProgressReport,
    RectificationTask,
    TaskStep,
    User,
    Verification,
)
from participation.rectification.actions import (
    accept_task,
    open_task,
    post_progress,
    submit_task,
    verify_task,
)
from participation.rectification.results.actions import link_budget
from portal.demo.backdate import Act, set_deadline, written_with
from portal.demo.content import read
from portal.demo.files import attachment

if TYPE_CHECKING:
    from portal.demo.stories import Telling

TOUCHED = (Finding, RectificationTask, TaskStep, ProgressReport, Verification, BudgetLinkage)
OUTCOMES = {"verify": Verification.Outcome.VERIFIED, "return": Verification.Outcome.RETURNED}


def tell_task(telling: Telling, entry: dict[str, Any]) -> list[Act]:
    """Everything that becomes of one task, from its opening to the line of a later budget."""
    following = Following(telling, entry)
    deeds: list[tuple[float, Callable[[], object]]] = [(entry["day"], following.open)]
    deeds += [(step["day"], partial(following.step, step)) for step in entry["steps"]]
    if "link" in entry:
        deeds.append((entry["link"]["day"], following.link))
    return [Act(telling.calendar.on(day), deed, TOUCHED) for day, deed in deeds]


class Following:
    def __init__(self, telling: Telling, entry: dict[str, Any]) -> None:
        self.telling, self.entry = telling, entry
        self.programme = telling.city.programmes[entry["on"]]
        self.officer = officer_of(telling, entry["on"])
        self.task = RectificationTask()

    def open(self) -> None:
        telling, entry = self.telling, self.entry
        due_on = telling.calendar.date_on(entry["due"])
        with written_with(RectificationTask, due_on=due_on):
            self.task = open_task(
                telling.answers[entry["answer"] - 1],
                finding=telling.words(entry["finding"]),
                severity=entry["severity"],
                title=entry["title"],
                title_en=entry["title_en"],
                department=self.programme.department,
                officer=self.officer,
                due_on=telling.calendar.date_on(max(entry["due"], 2)),
                programme=self.programme,
                line=telling.city.line(telling.release, self.programme),
                acting_user=telling.person("moderator"),
            )
        set_deadline(self.task, due_on)

    def step(self, step: dict[str, Any]) -> None:
        telling = self.telling
        match step["do"]:
            case "accept":
                accept_task(self.task, acting_user=self.officer)
            case "progress":
                day = telling.calendar.date_on(step["day"])
                file = attachment(step["file"], f"{self.entry['title']}佐证", step["say"], day)
                post_progress(self.task, text=step["say"], attachment=file, acting_user=self.officer)
            case "submit":
                submit_task(self.task, acting_user=self.officer)
            case outcome:
                checker = telling.person(step["by"])
                verify_task(self.task, outcome=OUTCOMES[outcome], reason=step["say"], acting_user=checker)

    def link(self) -> None:
        telling, link = self.telling, self.entry["link"]
        later = telling.city.releases[telling.story["release"] + 1]
        link_budget(
            self.task,
            fiscal_year=later.fiscal_year,
            decision=link["decision"],
            reason=telling.words(link["say"]),
            line=telling.city.line(later, self.programme),
            acting_user=telling.person("reviewer"),
        )


def officer_of(telling: Telling, programme_code: str) -> User:
    """The officer of the department whose code the programme's begins with."""
    for entry in read("people")["officials"]:
        if programme_code.startswith(entry.get("department", " ")):
            return telling.person(entry["key"])
    raise LookupError(programme_code)
