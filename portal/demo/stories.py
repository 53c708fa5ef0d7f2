"""Telling a story of the city: a consultation, what is said in it, what is answered, and what is put right.

Every act goes through the action that people's pages call, in the order in which the story has them happen.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from django.db import transaction

from cms.models import Programme
from participation.balance.actions import draft_answer, publish_answers, review_draft, submit_draft
from participation.consultations.actions import accept_contribution, open_consultation
from participation.discussion.actions import post_message
from participation.evaluations.actions import submit_evaluation
from participation.feedback.actions import submit_feedback
from participation.models import (
    Answer,
    ConfidentialPart,
    Consultation,
    Decision,
    Evaluation,
    Event,
    Feedback,
    HouseRule,
    Stage,
    User,
    WayIn,
)
from participation.moderation.actions import hide_item, review_decision
from participation.stakeholders.confidential import NOTHING, Confidential
from participation.stakeholders.models import StakeholderGroup
from portal.demo.backdate import Act, at, held_open
from portal.demo.city import City
from portal.demo.files import attachment
from portal.demo.followup import tell_task
from portal.demo.heard import tell_outcome

MODERATORS = ("moderator", "moderator2")
EVALUATORS = (StakeholderGroup.SOCIAL_ORGANISATION, StakeholderGroup.ENTERPRISE, StakeholderGroup.RESEARCH)
STAGE_ORDER = ("announced", "open", "balance", "answered", "follow_up", "closed")


class Telling:
    """One story on its way into the records."""

    def __init__(self, story: dict[str, Any], city: City) -> None:
        self.story, self.city, self.calendar = story, city, city.calendar
        self.release = city.releases[story["release"]]
        self.title = city.words(story["title"], self.release)
        self.rng = Random(story["title"])
        self.feedback: list[Feedback] = []
        self.evaluations: list[Evaluation] = []
        self.answers: list[Answer] = []
        self.messages = 0
        self.consultation = Consultation()

    @property
    def is_told(self) -> bool:
        return Consultation.objects.filter(release=self.release, title=self.title).exists()

    @transaction.atomic
    def tell(self) -> None:
        self._open()
        with held_open(self.consultation):
            for act in sorted(self._acts(), key=lambda act: act.moment):
                act.perform()
        tell_outcome(self.consultation, self.story, self.calendar, self.moderator())

    def person(self, key: str) -> User:
        return self.city.people[key]

    def moderator(self) -> User:
        return self.person(MODERATORS[int(self.rng.random() * len(MODERATORS))])

    def second_moderator(self, first: User) -> User:
        """The one who did not do it."""
        return next(person for key in MODERATORS if (person := self.person(key)) != first)

    def words(self, text: str, programme: Programme | None = None) -> str:
        return self.city.words(text, self.release, programme)

    def programme_of(self, entry: dict[str, Any]) -> Programme | None:
        return self.city.programmes[entry["on"]] if "on" in entry else None

    def _open(self) -> None:
        story, timeline = self.story, self.story["timeline"]
        kinds = [kind for kind in STAGE_ORDER if kind in timeline]
        ends = [*(self.calendar.on(timeline[later]) for _kind, later in pairwise(kinds)), None]
        stages = [(kind, self.calendar.on(timeline[kind]), end) for kind, end in zip(kinds, ends, strict=True)]
        ways = (WayIn.Way.FEEDBACK, WayIn.Way.DISCUSSION, WayIn.Way.OPINION_MAP)
        everybody = [(way, group) for way in ways for group in StakeholderGroup]
        with at(self.calendar.on(timeline["announced"]), Consultation, Stage):
            self.consultation = open_consultation(
                release=self.release,
                department=self.city.departments[story["department"]] if "department" in story else None,
                title=self.title,
                purpose=self.words(story["purpose"]),
                decided_by=self.words(story["decided_by"]),
                limits=self.words(story["limits"]),
                english={
                    name: self.words(story[f"{name}_en"]) for name in ("title", "purpose", "decided_by", "limits")
                },
                answer_within_days=story["answer_within_days"],
                stages=stages,
                ways_in=[
                    *everybody,
                    *((WayIn.Way.EVALUATION, group) for group in EVALUATORS),
                    *((WayIn.Way.DECISION, group) for group in story.get("decided_by_groups", ())),
                ],
                acting_user=self.moderator(),
            )

    def _acts(self) -> list[Act]:
        start, end = self.story["timeline"]["open"], self.story["timeline"]["balance"]
        acts: list[Act] = []

        def spread(name: str, first: float) -> list[tuple[datetime, dict[str, Any]]]:
            moments = self.calendar.spread(len(self.story[name]), first, end, self.rng)
            return list(zip(moments, self.story[name], strict=True))

        answered = {number for answer in self.story["answers"] for number in answer.get("feedback", [])}
        taken_up = set(self.story.get("accepted", [])) | (answered if end < 0 else set())
        for number, (moment, entry) in enumerate(spread("feedback", start), start=1):
            acts.append(Act(moment, lambda e=entry, m=moment: self._give_feedback(e, m), (Feedback, ConfidentialPart)))  # type: ignore[misc]
            if "hidden" in entry:
                later = self._after(moment, 2, 9)
                touched = (Feedback, Decision)
                acts.append(Act(later, lambda n=number, e=entry: self._hide(self.feedback[n - 1], e), touched))  # type: ignore[misc]
            elif number in taken_up:
                later = self._after(moment, 8, 30)
                acts.append(Act(later, lambda n=number: self._accept(n), (Feedback,)))  # type: ignore[misc]
        for moment, entry in spread("messages", start + 0.3):
            acts.append(Act(moment, lambda e=entry: self._speak(e), (Event, Decision)))  # type: ignore[misc]
        for moment, entry in spread("evaluations", start + (min(end, 0) - start) / 2):
            acts.append(Act(moment, lambda e=entry, m=moment: self._evaluate(e, m), (Evaluation, ConfidentialPart)))  # type: ignore[misc]
        for entry in self.story["answers"]:
            moment = self.calendar.on(entry["day"])
            acts.append(Act(moment, lambda e=entry: self._answer(e), (Answer, Feedback, Evaluation)))  # type: ignore[misc]
        for entry in self.story.get("tasks", []):
            acts += tell_task(self, entry)
        return acts

    def _after(self, moment: datetime, least_hours: float, most_hours: float) -> datetime:
        later = moment + timedelta(hours=least_hours + (most_hours - least_hours) * self.rng.random())
        return min(later, self.calendar.on(-0.03))

    def _give_feedback(self, entry: dict[str, Any], moment: datetime) -> None:
        person, programme = self.person(entry["by"]), self.programme_of(entry)
        given = submit_feedback(
            self.consultation,
            line=self.city.line(self.release, programme) if programme else None,
            kind=entry["kind"],
            body=self.words(entry["say"], programme),
            standing=self.city.standing(person),
            is_anonymous=entry.get("anonymous", False),
            callback_phone=entry.get("phone", ""),
            confidential=self._confidential(entry, moment),
            acting_user=person,
        )
        self.feedback.append(given)

    def _hide(self, said: Feedback | Event, entry: dict[str, Any]) -> None:
        """Under a rule of the house, and a second moderator looks at it."""
        first = self.moderator()
        rule = HouseRule.objects.in_force().get(number=entry["rule"])
        decision = hide_item(said, rule=rule, reason=entry["hidden"], acting_user=first)
        second = self.second_moderator(first)
        review_decision(decision, outcome=Decision.Review.CONFIRMED, reason="同意。", acting_user=second)

    def _accept(self, number: int) -> None:
        accept_contribution(self.feedback[number - 1], acting_user=self.moderator())

    def _speak(self, entry: dict[str, Any]) -> None:
        person = self.person(entry["by"])
        message, _repeated = post_message(
            self.consultation,
            body=self.words(entry["say"]),
            # The same every time, so that a story is never told twice over.
            client_id=uuid.uuid5(self.consultation.row_id, str(self.messages)),
            standing=self.city.standing(person),
            acting_user=person,
        )
        self.messages += 1
        if "hidden" in entry:
            self._hide(message, entry)

    def _evaluate(self, entry: dict[str, Any], moment: datetime) -> None:
        person, programme = self.person(entry["by"]), self.city.programmes[entry["on"]]
        text = self.words(entry["say"], programme)
        file = (
            attachment(entry["file"], f"{programme.name}第三方评价", text, moment.date()) if "file" in entry else None
        )
        given = submit_evaluation(
            self.consultation,
            programme=programme,
            score=Decimal(entry["score"]),
            reasoning=text,
            standing=self.city.standing(person),
            attachment=file,
            confidential=self._confidential(entry, moment),
            acting_user=person,
        )
        self.evaluations.append(given)

    def _confidential(self, entry: dict[str, Any], moment: datetime) -> Confidential:
        if "confidential" not in entry:
            return NOTHING
        told = entry["confidential"]
        passage = self.words(told["passage"])
        title = f"{self.city.programmes[entry['on']].name}内部资料"
        return Confidential(
            passage=passage,
            attachment=attachment(told["file"], title, passage, moment.date()) if "file" in told else None,
            ground=told["ground"],
            justification=self.words(told["justification"]),
        )

    def _answer(self, entry: dict[str, Any]) -> None:
        writer = self.moderator()
        draft = draft_answer(
            self.consultation,
            feedback=[self.feedback[number - 1] for number in entry.get("feedback", [])],
            evaluations=[self.evaluations[number - 1] for number in entry.get("evaluations", [])],
            outcome=entry["outcome"],
            reason=self.words(entry["reason"]),
            department=self.city.departments[entry["department"]] if "department" in entry else None,
            acting_user=writer,
        )
        submit_draft(draft, acting_user=writer)
        review_draft(draft, is_approved=True, acting_user=self.second_moderator(writer))
        self.answers += publish_answers([draft], acting_user=writer)
