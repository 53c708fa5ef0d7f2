"""Reports of wrongdoing in the made-up city, so that the integrity officers' desk is not empty."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from participation.models import Case, CaseEntry
from participation.whistleblowing.actions import add_reporter_message, change_state, open_case, reply
from participation.whistleblowing.queries import case_of_code
from portal.demo.backdate import at
from portal.demo.city import City
from portal.demo.content import read


@transaction.atomic
def load_reports(city: City) -> None:
    for story in read("reports")["reports"]:
        if case_of_code(story["code"]) is None:
            _tell(story, city)


def _tell(story: dict[str, Any], city: City) -> None:
    """``code`` is published with the demo: everybody may try how a reporter comes back."""
    with at(city.calendar.on(story["day"]), Case, CaseEntry):
        case = open_case(
            story["code"],
            account=story["say"],
            place_and_time=story.get("place_and_time", ""),
            department=city.departments[story["department"]] if "department" in story else None,
            item=story.get("item", ""),
        )
    for step in story.get("thread", []):
        with at(city.calendar.on(step["day"]), Case, CaseEntry):
            _step(case, step, city)


def _step(case: Case, step: dict[str, Any], city: City) -> None:
    if "by" not in step:
        add_reporter_message(case, text=step["say"])
    elif "state" in step:
        officer = city.people[step["by"]]
        change_state(case, state=step["state"], outcome=step.get("outcome", ""), text=step["say"], acting_user=officer)
    else:
        reply(case, text=step["say"], acting_user=city.people[step["by"]])
