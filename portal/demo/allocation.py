"""The city's rounds of allocation: one was counted and is carried out, one takes votes, one takes proposals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from participation.allocation.actions import DATES, TEXTS, enter_allocation_rule, open_allocation, publish_list
from participation.allocation.ballots.actions import ask_to_close, cast_ballot, close_voting
from participation.allocation.models import told_as_of
from participation.allocation.proposals.actions import (
    answer_review,
    change_project,
    propose_project,
    review_project,
    withdraw_project,
)
from participation.allocation.results.actions import adopt_winner, open_task_of_winner
from participation.allocation.results.tasks import count_and_record
from participation.allocation.rule_files import RuleDefinition
from participation.consultations.actions import open_consultation
from participation.following.telling import of_the_past
from participation.models import (
    Allocation,
    AllocationBallot,
    AllocationResult,
    Consultation,
    FeasibilityReview,
    Finding,
    FrozenBallots,
    ProjectProposal,
    ProjectResult,
    RectificationTask,
    Stage,
    TaskStep,
    User,
    WayIn,
)
from participation.stakeholders.models import StakeholderGroup
from portal.demo.backdate import at, held_open
from portal.demo.city import City
from portal.demo.content import read
from privacy.history.actor import acting
from privacy.history.records import create_recorded

FEN = 100
TOUCHED = (
    *(Allocation, ProjectProposal, FeasibilityReview, AllocationBallot, FrozenBallots, AllocationResult, ProjectResult),
    *(Finding, RectificationTask, TaskStep),
)
PROPOSERS = ("citizen", "laolin", "twokids", "bus17", "soymilk", "teachermeng", "xiaogu", "riverside", "building2")
OFFICERS = {"101": "officer", "103": "officer.transport", "106": "officer.housing"}
VOTING_DAYS = 5
# What different people care for: the field that comes first for them, and how likely they are to like others.
LIKES_FIRST, LIKES_OTHERS = 0.62, 0.16
ADOPTED, TASKS_OPENED = 5, 2
RULES_FROM, ANSWER_DAYS = -400, 15


def load_allocations(city: City) -> None:
    told = read("allocation")
    if Allocation.objects.filter(title=told["counted"]["title"]).exists():
        return
    with transaction.atomic(), of_the_past():
        rule = RuleDefinition(**told["rule"], valid_from=city.calendar.date_on(RULES_FROM))
        enter_allocation_rule(rule, acting_user=None)
        counted = Telling(city, told["counted"])
        with held_open(counted.consultation):
            counted.propose()
            counted.put_to_vote()
            counted.decide()
        voting = Telling(city, told["voting"])
        with held_open(voting.consultation):
            voting.propose()
            voting.put_to_vote()
        opened = Telling(city, told["open"])
        with held_open(opened.consultation):
            opened.propose()


class Telling:
    def __init__(self, city: City, told: dict[str, Any]) -> None:
        self.city, self.told = city, told
        self.keeper, self.second = city.people["moderator"], city.people["moderator2"]
        self.officer = city.people[OFFICERS[told["department"]]]
        self.days = dict(zip(DATES, told["days"], strict=True))
        self.consultation = self._consult()
        with self._on(self.days["proposals_from"] - 2):
            self.allocation = open_allocation(
                **{name: told[name] for name in TEXTS},
                english={name: told[f"{name}_en"] for name in TEXTS},
                amount=told["amount"] * FEN,
                dates={name: city.calendar.on(day) for name, day in self.days.items()},
                consultation=self.consultation,
                department=city.departments[told["department"]],
                acting_user=self.keeper,
            )

    def _consult(self) -> Consultation:
        """The consultation that the round belongs to: it takes input from the first proposal to the last ballot."""
        first, last = self.days["proposals_from"], self.days["voting_until"]
        days = {"announced": first - 2, "open": first, "balance": last, "answered": last + 4, "follow_up": last + 8}
        starts = {kind: self.city.calendar.on(day) for kind, day in days.items()}
        ends = [*list(starts.values())[1:], None]
        told = self.told
        with at(starts["announced"], Consultation, Stage):
            return open_consultation(
                scope=Consultation.Scope.QUESTION,
                department=self.city.departments[told["department"]],
                title=told["title"],
                purpose=told["purpose"],
                decided_by=told["decided_by"],
                limits=told["limits"],
                english={name: told[f"{name}_en"] for name in (*TEXTS, "decided_by")},
                answer_within_days=ANSWER_DAYS,
                stages=[(kind, start, end) for (kind, start), end in zip(starts.items(), ends, strict=True)],
                ways_in=[
                    (WayIn.Way.ALLOCATION, StakeholderGroup.CITIZEN),
                    *((way, group) for way in (WayIn.Way.FEEDBACK, WayIn.Way.DISCUSSION) for group in StakeholderGroup),
                ],
                acting_user=self.keeper,
            )

    @contextmanager
    def _on(self, day: float) -> Iterator[None]:
        moment = self.city.calendar.on(day)
        with at(moment, *TOUCHED), told_as_of(moment):
            yield

    def propose(self) -> None:
        """Each day one or two proposals; the department speaks after all of them."""
        first = self.days["proposals_from"]
        last = min(self.days["proposals_until"], -0.2)
        entries = self.told["projects"]
        for place, (title, field, where, say, estimate, cost) in enumerate(entries):
            with self._on(first + (last - first) * (place + 0.5) / len(entries)):
                proposal = propose_project(
                    self.allocation,
                    title=title,
                    place=where,
                    description=say,
                    category=field,
                    estimate=estimate * FEN,
                    acting_user=self.city.people[PROPOSERS[place % len(PROPOSERS)]],
                )
                if cost and self.days["proposals_until"] > 0:
                    self._review(proposal, cost)
        if "changed" in self.told:
            with self._on(last):
                self._change(*self.told["changed"])

    def _change(self, number: int, description: str) -> None:
        """A proposer thinks again before a department has looked."""
        proposal = self.allocation.proposals.get(number=number)
        same = {name: getattr(proposal, name) for name in ("title", "place", "category", "estimate")}
        change_project(proposal, **same, description=description, acting_user=proposal.author)

    def _review(self, proposal: ProjectProposal, cost: int) -> None:
        review_project(
            proposal,
            is_feasible=True,
            cost=cost * FEN,
            reason="已到现场核实，可以实施；费用按本年度信息价测算。",
            acting_user=self.officer,
        )

    def put_to_vote(self) -> None:
        self._feasibility()
        with self._on(self.days["voting_from"] - 2):
            publish_list(self.allocation, acting_user=self.keeper)

    def decide(self) -> None:
        self._vote()
        end = self.days["voting_until"]
        with self._on(end + 0.5):
            ask_to_close(self.allocation, acting_user=self.keeper)
        with self._on(end + 1):
            frozen = close_voting(self.allocation, acting_user=self.second)
            result = count_and_record(AllocationResult.objects.get(allocation=frozen.allocation))
        with self._on(end + 8):
            # The others wait for the department.
            for number, row in enumerate(result.rows.won()[:ADOPTED]):
                adopted = adopt_winner(row, acting_user=self.keeper)
                if number < TASKS_OPENED:
                    due_on = self.city.calendar.date_on(60 + 10 * number)
                    open_task_of_winner(adopted, officer=self.officer, due_on=due_on, acting_user=self.keeper)

    def _feasibility(self) -> None:
        with self._on(self.days["proposals_until"] + 6):
            for proposal, entry in zip(self.allocation.proposals.all(), self.told["projects"], strict=True):
                if entry[-1]:
                    self._review(proposal, entry[-1])
                    continue
                reason = self.told["open_question"]
                review_project(proposal, is_feasible=False, reason=reason, acting_user=self.officer)
                answer_review(proposal, reply=self.told["reply"], acting_user=proposal.author)

    def _vote(self) -> None:
        rng = Random("allocation")
        projects = list(self.allocation.proposals.on_ballot())
        fields = sorted({project.category for project in projects})
        voters = self._voters(self.told["voters"])
        first, last = self.days["voting_from"], self.days["voting_until"]
        for day in range(VOTING_DAYS):
            with self._on(first + (last - first) * (day + 0.5) / VOTING_DAYS):
                for person in voters[day::VOTING_DAYS]:
                    own = rng.choice(fields)
                    liked = [
                        one.number
                        for one in projects
                        if rng.random() < (LIKES_FIRST if one.category == own else LIKES_OTHERS)
                    ]
                    votes = dict.fromkeys(liked or [rng.choice(projects).number], 1)
                    cast_ballot(self.allocation, votes=votes, acting_user=person)
        with self._on(last - 1):
            gone = self.allocation.proposals.get(number=self.told["withdrawn"])
            withdraw_project(gone, reason=self.told["withdrawn_reason"], acting_user=gone.author)

    def _voters(self, count: int) -> list[User]:
        """Neighbours who do nothing else in the city, with the password of everybody."""
        people = [
            User(
                email=f"neighbour{number}@example.org",
                display_name=f"柳溪邻居{number:03d}",
                password=self.keeper.password,
            )
            for number in range(1, count + 1)
        ]
        with at(self.city.calendar.on(self.days["proposals_from"]), User), acting(None, reason="demo"):
            create_recorded(people)
        EmailAddress.objects.bulk_create(
            EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
        )
        return people
