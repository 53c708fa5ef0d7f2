"""Every address asked by every role: those of cms about a budget that is public, and about one that is prepared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cms.pages.site import build_site, sync_editor_groups
from participation.decisions.petitioning.actions import start_petition
from participation.discussion.actions import post_message
from participation.meetings.actions import start_series
from participation.moderation.actions import hide_item, lodge_appeal
from portal.charter.matrix import OFFICES, Actor
from tests.factories import (
    CITIZEN,
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_meeting,
    make_moderator,
    make_task,
    make_user,
)
from tests.participation.allocation.rounds import make_allocation, make_proposal
from tests.participation.decisions.rooms import make_decision_room, make_objection, open_round
from tests.participation.deliberation.conversations import make_conversation
from tests.participation.evaluations.panels import make_call, make_lot, make_seat
from tests.portal.budgets import Budgets
from tests.portal.cast import Cast, make_cast
from tests.portal.url_roles import TABLE
from tests.portal.url_roles_budgets import BUDGETS

pytestmark = pytest.mark.django_db

NOBODY = UUID(int=0)
OF_BUDGETS = ("cms:", "data:", "budget_imports:")
# To whom cms is the same as to any citizen: it knows no organisations, and these offices are not for budgets.
LIKE_CITIZENS = frozenset({Actor.MEMBER, Actor.OWNER, Actor.EVALUATOR, Actor.INTEGRITY, Actor.PRIVACY})
OF_A_MESSAGE = (":edit", ":opinion", ":pin", ":mute")
LETTERS = {200: ".", 400: "i", 401: "s", 403: "x", 404: "-", 405: "m", 409: "c"}


def names(module: str, prefix: str) -> Iterator[str]:
    def walk(resolver: Any, spaces: tuple[str, ...]) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, (*spaces, *([pattern.namespace] if pattern.namespace else [])))
            elif isinstance(pattern, URLPattern):
                yield ":".join((*spaces, str(pattern.name)))

    yield from sorted(set(walk(get_resolver(module), (prefix,))))


def every_name() -> list[str]:
    return [
        "charter",
        *names("cms.urls", "cms"),
        *names("cms.open_data.file_urls", "data"),
        *names("cms.pages.import_urls", "budget_imports"),
        *names("participation.urls", "participation"),
        *names("privacy.urls", "privacy"),
    ]


class Records:
    """What the addresses are about: one of each, of others than the people who ask, but for the organisation."""

    def __init__(self, cast: Cast) -> None:
        self.budgets = Budgets(build_site())
        line = self.budgets.public.line
        cast.people[Actor.OFFICER].appointments.update(department=line.department)
        for actor in OFFICES:
            sync_editor_groups(cast.people[actor], [actor.value])
        self.consultation = make_consultation(release=line.release, department=line.department)
        self.feedback = make_feedback(self.consultation, line=line)
        self.evaluation = make_evaluation(self.consultation, programme=line.programme)
        self.seat = make_seat(make_call(self.consultation, programmes=[line.programme]))[0]
        # Of a year without evaluations: nothing is drawn, and no secret opened.
        self.lot = make_lot(2001)
        self.answer = make_answer(self.consultation, feedback=[make_feedback(self.consultation)])
        self.task = make_task(self.answer, department=line.department)
        self.organisation, self.line = cast.organisation, line
        keeper = make_moderator()
        series = start_series(title="季度协调会", purpose="每季度一次。", acting_user=keeper)
        self.meeting = make_meeting(series=series, department=line.department, acting_user=keeper)
        self.allocation = make_allocation(line.department, acting_user=keeper)
        self.proposal = make_proposal(self.allocation)
        self.opinion_map = make_conversation(self.consultation, keeper=keeper)
        self.ballot = open_round(make_decision_room(consultation=self.consultation, acting_user=keeper, seats=0))
        self.option = self.ballot.room.options.get(key="A")
        self.objection = make_objection(self.option)
        self.petition = start_petition(self.option, standing=CITIZEN, text="太贵。", acting_user=make_user())
        hidden = make_feedback(self.consultation)
        self.decision = hide_item(hidden, rule=make_house_rule(), reason="住址", acting_user=make_moderator())
        self.appeal = lodge_appeal(self.decision, words="不是住址", acting_user=hidden.author)
        self.message = post_message(
            self.consultation, body="说一句", client_id=uuid4(), standing=CITIZEN, acting_user=make_user()
        )[0]

    def of(self, name: str, argument: str) -> Any:
        if name.startswith(OF_BUDGETS):
            return self.budgets.of(name, argument, self.budgets.public)
        room = name.split(":")[1] if ":" in name else ""
        record: Any = {
            "stakeholders": self.organisation if "organisation" in name or room_page(name) else None,
            "consultations": self.consultation,
            "feedback": self.line if argument == "line_id" else self.feedback,
            "evaluations": self.evaluated(name),
            "discussion": self.message if name.endswith(OF_A_MESSAGE) else self.consultation,
            "balance": self.answer if name.endswith((":answer", ":correct")) else self.consultation,
            "rectification": self.answer if name.endswith(":open") else self.task,
            "moderation": self.moderated(name),
            "notes": self.feedback,
            "deliberation": self.opinion_map.statements.first() if name.endswith(":statement") else self.opinion_map,
            "meetings": self.meeting.series if name.endswith(":series") else self.meeting,
            "decisions": self.decided(name),
            "allocation": self.proposal
            if name.endswith((":project", "_act", ":attachment", ":change"))
            else self.allocation,
            "history": self.consultation,
            "log": self.consultation,
        }.get(room)
        values: dict[str, Any] = {
            "consultation_id": self.consultation.row_id,
            "kind": "consultation" if room == "discussion" else "feedback",
            "subject": "consultation",
            "label": "participation.consultation",
            "name": "bank",
            "number": 1,
            "version": 1,
            "act": "agenda",
            "token": "unknown",
            "does": "funnel",
            "deed": "dispute",
        }
        return values.get(argument, record.row_id if record is not None else NOBODY)

    def evaluated(self, name: str) -> Any:
        of: dict[Any, tuple[str, ...]] = {
            self.seat.call: (":call", ":apply", ":invite"),
            self.seat: (":decide_seat", ":answer_invitation", ":declare"),
            self.seat.authors.get(): (":decide_interest", ":recuse", ":lead"),
            self.seat.reports.get(): (
                *(":report", ":report_page", ":evidence", ":remove_evidence", ":workbook", ":take_workbook"),
                *(":check_answers", ":form_check", ":reply", ":begin_correction"),
            ),
            self.line.programme: (":opinions", ":give_score", ":record_score"),
            self.lot: (":reevaluation", ":draw"),
        }
        return next((record for record, names in of.items() if name.endswith(names)), self.evaluation)

    def decided(self, name: str) -> Any:
        of = {":objection": self.objection, ":objection_act": self.objection, ":sign": self.petition}
        of |= {":option_file": self.option, ":of_petition": self.petition, ":substance": self.petition}
        return next((record for end, record in of.items() if name.endswith(end)), self.ballot.room)

    def moderated(self, name: str) -> Any:
        if name.endswith((":decision", ":review", ":appeal")):
            return self.decision
        if name.endswith(":decide_appeal"):
            return self.appeal
        return self.consultation if name.endswith("look_first") else self.feedback


def room_page(name: str) -> bool:
    return name.endswith((":papers", ":mandates", ":revoke_mandate"))


def address(name: str, records: Records) -> str:
    return reverse(name, kwargs={argument: records.of(name, argument) for argument in arguments_of(name)})


def every_address(records: Records) -> dict[str, str]:
    """By the name of each; those about a draft and those of a question have a name with a word before it."""
    found = {name: address(name, records) for name in every_name()}
    budgets = records.budgets
    for name in (name for name in list(found) if name.startswith(OF_BUDGETS)):
        arguments = {argument: budgets.of(name, argument, budgets.draft) for argument in arguments_of(name)}
        about_draft = reverse(name, kwargs=arguments)
        if about_draft != found[name]:
            found[f"a draft: {name}"] = about_draft
    return found | budgets.questions()


def arguments_of(name: str) -> list[str]:
    """The names in the address; of several addresses with one name, in the last one."""
    *spaces, last = name.split(":")
    resolver: Any = get_resolver()
    for space in spaces:
        resolver = resolver.namespace_dict[space][1]
    (_form, arguments), *_others = resolver.reverse_dict[last][0]
    return list(arguments)


def asked(client: Client, url: str) -> str:
    """One letter for the answer. What takes no GET is posted to, with nothing in it; all of it is undone."""
    with transaction.atomic():
        response = client.get(url)
        if response.status_code == 405:
            response = client.post(url)
        transaction.set_rollback(True)
    if response.status_code in (301, 302):
        return ">" if "/login/" in response["Location"] else "r"
    return LETTERS.get(response.status_code, str(response.status_code))


def test_every_address_answers_every_role_as_the_table_says(settings: LazySettings) -> None:
    settings.WRITE_RATES = dict.fromkeys(settings.WRITE_RATES, "100000/minute")
    cast = make_cast()
    records = Records(cast)
    # Programs are told of errors in a word, and no page is drawn for each.
    clients = {actor: Client(headers={"accept": "application/json"}) for actor in Actor}
    for actor, client in clients.items():
        if actor != Actor.VISITOR:
            client.force_login(cast.people[actor])
    found = {}
    for name, url in every_address(records).items():
        # What a visitor reads is for everybody.
        found[name] = asked(clients[Actor.VISITOR], url)
        if found[name] != ".":
            alike = LIKE_CITIZENS if "cms:" in name else frozenset()
            answers = {actor: asked(client, url) for actor, client in clients.items() if actor not in alike}
            found[name] = "".join(answers.get(actor, answers[Actor.CITIZEN]) for actor in Actor)
    assert found == BUDGETS | TABLE
