"""What can be done on the page of a task beside the main steps: the form, the action, and to whom it is offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participation.rectification import actions, deed_forms
from participation.rectification.course import Extension
from participation.rectification.extensions.actions import RUNNING, ask_for_time, decide_on_time
from participation.rectification.ladder.actions import propose_consequence
from participation.rectification.models import RectificationTask
from participation.rectification.panels.actions import call_panel, cast_vote, draw_panel, join_panel, leave_panel
from participation.rectification.panels.models import Panel
from participation.rectification.permissions import (
    Reader,
    may_ask_about,
    may_explain,
    may_join,
    may_supervise,
    sides_of,
)
from participation.rectification.photos.actions import add_photo, decide_on_photo
from participation.rectification.photos.models import PlacePhoto
from participation.rectification.questions.actions import answer_question, ask_question
from participation.rectification.questions.models import RecommendationQuestion
from participation.rectification.supervision.actions import instruct_department
from participation.rectification.transitions import Side, steps_open_to
from participation.stakeholders.models import User
from portal.errors import Conflict

Status = RectificationTask.Status


@dataclass(frozen=True)
class Situation:
    """A task as one reader finds it; loaded once for all deeds."""

    task: RectificationTask
    user: Reader
    sides: frozenset[Side]
    steps: frozenset[str]
    panel: Panel | None
    extension: Extension | None
    question: RecommendationQuestion | None
    photo: PlacePhoto | None


def situation(task: RectificationTask, user: Reader) -> Situation:
    sides = sides_of(user, task)
    return Situation(
        task=task,
        user=user,
        sides=sides,
        steps=frozenset(steps_open_to(task.status, sides)),
        # The page of a task has these loaded.
        panel=next((each for each in task.panels.all() if each.ended_at is None), None),
        extension=next((each for each in task.extensions.all() if each.status == Extension.Status.ASKED), None),
        question=next((each for each in task.questions.all() if each.answered_at is None), None),
        photo=task.photos.filter(status=PlacePhoto.Status.HELD).first() if Side.DESK in sides else None,
    )


@dataclass(frozen=True)
class Deed:
    label: str | Promise
    form: type[deed_forms.DeedForm]
    run: Callable[[Situation, dict[str, Any], User], object]
    is_offered: Callable[[Situation], bool]
    done: str | Promise


def _there(record: Any) -> Any:
    if record is None:
        raise Conflict
    return record


def _is_volunteering(now: Situation) -> bool:
    return isinstance(now.user, User) and now.panel is not None and now.panel.drawn_at is None


def _is_volunteer(now: Situation) -> bool:
    return now.panel is not None and now.panel.members.filter(person=now.user.pk, left_at__isnull=True).exists()


DEEDS: dict[str, Deed] = {
    "assign": Deed(
        _("Assign the task"),
        deed_forms.ButtonForm,
        lambda now, values, person: actions.assign_task(now.task, acting_user=person),
        lambda now: "assign" in now.steps,
        _("The task is assigned."),
    ),
    "dispute": Deed(
        _("Dispute the task"),
        deed_forms.ReasonForm,
        lambda now, values, person: actions.dispute_task(now.task, **values, acting_user=person),
        lambda now: "dispute" in now.steps,
        _("Your objection is on record. The desk decides on it."),
    ),
    "settle": Deed(
        _("Decide the dispute"),
        deed_forms.DisputeForm,
        lambda now, values, person: actions.decide_dispute(now.task, **values, acting_user=person),
        lambda now: "uphold" in now.steps,
        _("The dispute is decided."),
    ),
    "time": Deed(
        _("Ask for more time"),
        deed_forms.TimeForm,
        lambda now, values, person: ask_for_time(now.task, **values, acting_user=person),
        lambda now: Side.RESPONSIBLE in now.sides and now.task.status in RUNNING and now.extension is None,
        _("You asked for more time. The desk decides on it."),
    ),
    "grant": Deed(
        _("Decide on more time"),
        deed_forms.TimeDecisionForm,
        lambda now, values, person: decide_on_time(_there(now.extension), **values, acting_user=person),
        lambda now: Side.DESK in now.sides and now.extension is not None,
        _("The decision is published."),
    ),
    "instruct": Deed(
        _("Say what has to be done now"),
        deed_forms.InstructionForm,
        lambda now, values, person: instruct_department(now.task, **values, acting_user=person),
        lambda now: not now.task.is_at_rest and may_supervise(now.user, now.task),
        _("Your instruction is published, and the officer is told."),
    ),
    "ask": Deed(
        _("Ask what the recommendation means"),
        deed_forms.QuestionForm,
        lambda now, values, person: ask_question(now.task, **values, acting_user=person),
        lambda now: not now.task.is_at_rest and now.question is None and may_ask_about(now.user, now.task),
        _("Your question is published. Whoever evaluated answers it."),
    ),
    "explain": Deed(
        _("Answer the question on the recommendation"),
        deed_forms.ExplainForm,
        lambda now, values, person: answer_question(_there(now.question), **values, acting_user=person),
        lambda now: now.question is not None and may_explain(now.user, now.task),
        _("Your answer is published."),
    ),
    "join": Deed(
        _("Volunteer for the citizens' panel"),
        deed_forms.ButtonForm,
        lambda now, values, person: join_panel(_there(now.panel), acting_user=person),
        lambda now: (
            _is_volunteering(now)
            and may_join(now.user, now.task)  # type: ignore[arg-type]
            and not _is_volunteer(now)
        ),
        _("You volunteered. If you are drawn, we tell you."),
    ),
    "leave": Deed(
        _("Step back from the citizens' panel"),
        deed_forms.ButtonForm,
        lambda now, values, person: leave_panel(_there(now.panel), acting_user=person),
        lambda now: _is_volunteering(now) and _is_volunteer(now),
        _("You stepped back. Until the draw you may volunteer again."),
    ),
    "vote": Deed(
        _("Vote in the panel"),
        deed_forms.VoteForm,
        lambda now, values, person: cast_vote(_there(now.panel), **values, acting_user=person),
        lambda now: (
            isinstance(now.user, User)
            and now.panel is not None
            and now.panel.members.filter(person=now.user, place__isnull=False, vote="").exists()
        ),
        _("You voted. All votes are shown together with the verdict."),
    ),
    "panel": Deed(
        _("Have a citizens' panel check it"),
        deed_forms.PanelForm,
        lambda now, values, person: call_panel(now.task, **values, acting_user=person),
        lambda now: Side.DESK in now.sides and now.task.status == Status.SUBMITTED and now.panel is None,
        _("People can volunteer now."),
    ),
    "draw": Deed(
        _("Draw the panel"),
        deed_forms.ButtonForm,
        lambda now, values, person: draw_panel(_there(now.panel), acting_user=person),
        lambda now: Side.DESK in now.sides and now.panel is not None and now.panel.can_be_drawn,
        _("The lot is drawn, and its secret is open."),
    ),
    "look": Deed(
        _("Look at a photo of the place"),
        deed_forms.PhotoDecisionForm,
        lambda now, values, person: decide_on_photo(_there(now.photo), **values, acting_user=person),
        lambda now: now.photo is not None,
        _("The decision on the photo is recorded."),
    ),
    "reassign": Deed(
        _("Make others responsible"),
        deed_forms.ReassignForm,
        lambda now, values, person: actions.reassign_task(now.task, **values, acting_user=person),
        lambda now: "reassign" in now.steps,
        _("Others are responsible now."),
    ),
    "close": Deed(
        _("Close the task"),
        deed_forms.ReasonForm,
        lambda now, values, person: actions.close_task(now.task, **values, acting_user=person),
        lambda now: "close" in now.steps,
        _("The task is closed."),
    ),
    "reopen": Deed(
        _("Reopen the task"),
        deed_forms.ReopenForm,
        lambda now, values, person: actions.reopen_task(now.task, **values, acting_user=person),
        lambda now: "reopen" in now.steps,
        _("The task is open again."),
    ),
    "propose": Deed(
        _("Propose an accountability record or a commendation"),
        deed_forms.ProposeForm,
        lambda now, values, person: propose_consequence(now.task, **values, acting_user=person),
        lambda now: Side.DESK in now.sides and now.task.status != Status.DRAFTED,
        _("It is proposed. Somebody decides on it by name."),
    ),
    "photo": Deed(
        _("Attach a photo of the place"),
        deed_forms.PhotoForm,
        lambda now, values, person: add_photo(now.task, **values, acting_user=person),
        lambda now: isinstance(now.user, User) and not now.task.is_at_rest and now.task.status != Status.DRAFTED,
        _("Thank you. A moderator looks at it, then it is shown."),
    ),
}


def offered(now: Situation) -> list[str]:
    """The deeds that the reader may do now, the most pressing first."""
    return [name for name, deed in DEEDS.items() if deed.is_offered(now)]
