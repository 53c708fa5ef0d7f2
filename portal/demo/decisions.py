"""The city's decisions among options: one that was decided and is followed up, and one that takes ratings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from participation.decisions.actions import (
    BURDEN,
    add_measure,
    add_option,
    enter_decision_rule,
    enter_population,
    open_room,
    publish_options,
)
from participation.decisions.carrying.actions import add_commitment, conclude_room, open_task_of_commitment
from participation.decisions.objecting.actions import draw_panel, file_objection, join_panel, vote_on_objection
from participation.decisions.objecting.queries import bench_of
from participation.decisions.population_files import Part, PopulationDefinition
from participation.decisions.rule_files import OWN, RuleDefinition, read_rules
from participation.decisions.voting.actions import cast_ballot, close_round, open_rating
from participation.decisions.voting.counting import work_out
from participation.following.telling import of_the_past
from participation.models import (
    Consultation,
    DecisionBallot,
    DecisionCommitment,
    DecisionMeasure,
    DecisionObjection,
    DecisionOption,
    DecisionRoom,
    DecisionRound,
    DecisionSeat,
    ObjectionVote,
    User,
)
from participation.stakeholders.models import StakeholderGroup
from portal.demo.backdate import at
from portal.demo.city import City
from portal.demo.content import read

TOUCHED = (
    *(DecisionRoom, DecisionOption, DecisionMeasure, DecisionSeat, DecisionRound, DecisionBallot),
    *(DecisionObjection, ObjectionVote, DecisionCommitment),
)
VALID_FROM = date(2025, 1, 1)


def load_decisions(city: City) -> None:
    told = read("decisions")
    (rules,) = read_rules(OWN.read_bytes())
    parameters = {**rules.parameters, "citizen_quorum": told["citizen_quorum"]}
    enter_decision_rule(RuleDefinition(VALID_FROM, rules.source, parameters, rules.source_en), acting_user=None)
    _enter_population(city, told["population"])
    for entry in told["decisions"]:
        if not DecisionRoom.objects.filter(title=entry["title"]).exists():
            with of_the_past():
                Telling(city, entry).tell()


def _enter_population(city: City, told: dict[str, Any]) -> None:
    parts = tuple(Part(**part) for part in told["parts"])
    words = {name: told[name] for name in ("source", "source_en")}
    enter_population(
        PopulationDefinition(city.departments["101"].government.name, VALID_FROM, parts=parts, **words),
        acting_user=None,
    )


class Telling:
    """No transaction around it: the count opens sealed ballots, and each opening has to be on record whatever comes."""

    room: DecisionRoom
    round: DecisionRound

    def __init__(self, city: City, entry: dict[str, Any]) -> None:
        self.city, self.entry, self.keeper = city, entry, city.people["moderator"]

    @contextmanager
    def _on(self, day: float) -> Iterator[None]:
        with at(self.city.calendar.on(day), *TOUCHED):
            yield

    def tell(self) -> None:
        entry = self.entry
        with self._on(entry["created"]):
            self._prepare()
        with self._on(entry["opened"]):
            ends_at = self.city.calendar.on(entry["ends"])
            self.round = open_rating(self.room, ends_at=ends_at, acting_user=self.keeper)
            self.room = self.round.room
            self._rate()
        if "objection" in entry:
            with self._on(entry["opened"] + 2):
                self._object(entry["objection"])
        if "decided" in entry:
            with self._on(entry["ends"]):
                close_round(self.round, acting_user=self.keeper)
                work_out(self.round.pk)
            with self._on(entry["decided"]):
                self._decide()

    def _prepare(self) -> None:
        entry = self.entry
        found = Consultation.objects.filter(title__contains=entry["consultation"]).order_by("-created")
        names = ("title", "title_en", "question", "question_en", "status_quo", "status_quo_en", "budget")
        self.room = open_room(found[0], **{name: entry[name] for name in names}, acting_user=self.keeper)
        for told in entry["options"]:
            plan = {name: told[name] for name in ("title", "title_en", "text", "text_en", "cost")}
            plan |= {name: told[name] for name in BURDEN if name in told}
            option = add_option(self.room, **plan, legal_note=told["legal"], acting_user=self.keeper)
            for measure in told.get("measures", []):
                names = ("kind", "title", "title_en", "beneficiaries", "beneficiaries_en", "cost", "evidence")
                add_measure(
                    option,
                    **{name: measure[name] for name in names},
                    department=self.city.departments[measure["department"]],
                    due_on=self.city.calendar.date_on(measure["due"]),
                    acting_user=self.keeper,
                )
        publish_options(self.room, acting_user=self.keeper)
        self.room.refresh_from_db()

    def _people(self, group: str) -> list[User]:
        """Those who speak for a side here: one for each organisation on the roster, or citizens."""
        if group == StakeholderGroup.CITIZEN:
            # The account that visitors try has not rated yet, and one cannot.
            others = {entry["key"] for entry in read("people")["officials"]} | {"citizen", "unverified"}
            people = [person for key, person in self.city.people.items() if key not in others]
            return [person for person in people if self.city.standing(person).group == group]
        seats = self.room.seats.filter(group=group).select_related("organisation").order_by("pk")
        owners = (seat.organisation.mandates.current().filter(is_owner=True).first() for seat in seats)
        return [mandate.person for mandate in owners if mandate is not None]

    def _rate(self) -> None:
        ratings = self.entry["ratings"]
        why = ratings.get("why", {})
        keys, parts = self.round.options, sorted(self.room.charter["groups"]["citizen"]["parts"])
        for group in self.room.charter["groups"]:
            said = ratings.get(f"{group}_parts", ())
            for number, (person, row) in enumerate(zip(self._people(group), ratings.get(group, ()), strict=False)):
                given = {
                    key: None if value == "-" else int(value) for key, value in zip(keys, row.split(), strict=True)
                }
                low = [key for key, value in given.items() if value is not None and value <= 1]
                cast_ballot(
                    self.round,
                    standing=self.city.standing(person),
                    ratings=given,
                    reasons={key: why.get(group, "") for key in low},
                    part=parts[said[number]] if number < len(said) else "",
                    acting_user=person,
                )

    def _object(self, told: dict[str, Any]) -> None:
        for group in self.room.charter["groups"]:
            for person in self._people(group)[:3]:
                join_panel(self.room, standing=self.city.standing(person), acting_user=person)
        draw_panel(self.room, acting_user=self.keeper)
        author = self.city.people[told["by"]]
        objection = file_objection(
            self.room.options.get(key=told["option"]),
            standing=self.city.standing(author),
            **{name: told[name] for name in ("harm", "part", "text")},
            acting_user=author,
        )
        for juror in bench_of(objection):
            if objection.state == DecisionObjection.State.FILED:
                vote_on_objection(objection, admits=True, reason=told["panel"], acting_user=juror.person)
                objection.refresh_from_db()

    def _decide(self) -> None:
        entry, today = self.entry, timezone.localdate()
        conclude_room(
            self.room,
            reasons=entry["reasons"],
            reasons_en=entry["reasons_en"],
            review_on=today + timedelta(days=entry["review"]),
            acting_user=self.keeper,
        )
        for told in entry["commitments"]:
            names = ("text", "text_en", "beneficiaries", "beneficiaries_en", "evidence", "cost")
            made = add_commitment(
                self.room,
                **{name: told[name] for name in names},
                department=self.city.departments[told["department"]],
                due_on=self.city.calendar.date_on(told["due"]),
                acting_user=self.keeper,
            )
            if "officer" in told:
                officer = self.city.people[told["officer"]]
                open_task_of_commitment(made, officer=officer, acting_user=self.keeper)
