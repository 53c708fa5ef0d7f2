"""What came of the made-up city's consultations: one that has closed says it, with the address of what was decided."""

from __future__ import annotations

from typing import Any

from participation.consultations.actions import publish_outcome
from participation.models import Consultation, Stage, User
from portal.demo.backdate import at
from portal.demo.calendar import Calendar


def tell_outcome(consultation: Consultation, story: dict[str, Any], calendar: Calendar, moderator: User) -> None:
    """The outcome of a story that has one, published on the day that its follow-up began."""
    if "outcome" not in story:
        return
    with at(calendar.on(story["timeline"]["follow_up"] + 1), Consultation, Stage):
        publish_outcome(
            consultation,
            outcome=story["outcome"],
            outcome_en=story["outcome_en"],
            links=consultation.release.get_absolute_url() if consultation.release else "",
            acting_user=moderator,
        )
