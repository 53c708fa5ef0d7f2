"""Decisions with people in them, made by the actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from participation.consultations.models import Stage
from participation.decisions.actions import (
    add_measure,
    add_option,
    enter_decision_rule,
    enter_population,
    open_room,
    publish_options,
)
from participation.decisions.models import (
    DecisionMeasure,
    DecisionOption,
    DecisionRoom,
    DecisionRule,
    PopulationPart,
)
from participation.decisions.objecting.actions import file_objection
from participation.decisions.objecting.models import DecisionObjection
from participation.decisions.population_files import Part, PopulationDefinition
from participation.decisions.rule_files import OWN, RuleDefinition, read_rules
from participation.decisions.voting.actions import cast_ballot, close_round, open_rating
from participation.decisions.voting.counting import work_out
from participation.decisions.voting.models import DecisionBallot, DecisionRound
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.queries import Standing
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_department,
    make_government,
    make_moderator,
    make_organisation,
    make_user,
)

# Samples of the robustness report: as many as publishing takes would be slow.
FEW = 5
GROUPS = ("citizen", "social_organisation")


def make_rule(**changed: Any) -> DecisionRule:
    """The rules that come with the portal, with few citizens needed. Accounts in tests are young and say the same."""
    (given,) = read_rules(OWN.read_bytes())
    parameters = {**given.parameters, "citizen_quorum": 3, "flag_ballots": 1000, **changed}
    return enter_decision_rule(RuleDefinition(date(2025, 1, 1), "规则", parameters), acting_user=None)


def make_decision_room(
    *, groups: Sequence[str] = GROUPS, options: Mapping[str, int] | None = None, seats: int = 5, **fields: Any
) -> DecisionRoom:
    """A draft with options of these costs beside the status quo, and so many organisations of each group."""
    keeper = fields.pop("acting_user", None) or make_moderator()
    for group in groups:
        if group != StakeholderGroup.CITIZEN:
            for _number in range(seats):
                make_organisation(group, member=make_user())
    consultation = fields.pop("consultation", None) or make_consultation(
        stage=fields.pop("stage", Stage.Kind.OPEN), ways_in=[("decision", group) for group in groups]
    )
    values = {
        "title": "旧货市场怎么办",
        "title_en": "The old market",
        "question": "选一个方案。",
        "status_quo": "照旧。",
    }
    room = open_room(consultation, acting_user=keeper, **{**values, **fields})
    for number, cost in enumerate((options or {"A": 100_000, "B": 80_000}).values(), 1):
        plan = {"title": f"方案{number}", "text": "第一步，第二步。", "legal_note": "合法性审查通过。"}
        add_option(room, cost=cost, acting_user=keeper, **plan)
    return room


def make_public_room(**fields: Any) -> DecisionRoom:
    room = make_decision_room(**{"seats": 0, **fields})
    return publish_options(room, acting_user=room.opened_by)


def open_round(room: DecisionRoom, **rule: Any) -> DecisionRound:
    if not DecisionRule.objects.exists():
        make_rule(**rule)
    if room.state == DecisionRoom.State.DRAFT:
        publish_options(room, acting_user=room.opened_by)
    return open_rating(room, ends_at=timezone.now() + timedelta(days=10), acting_user=room.opened_by)


def voters(room: DecisionRoom, group: str) -> list[tuple[User, Standing]]:
    """People of the roster of a group, each with the standing for their organisation."""
    seats = room.seats.filter(group=group, removed_at__isnull=True).select_related("organisation").order_by("pk")
    found = []
    for seat in seats:
        mandate = seat.organisation.mandates.select_related("person").get()
        found.append((mandate.person, Standing(StakeholderGroup(group), seat.organisation)))
    return found


def rate(
    round_: DecisionRound,
    person: User | None = None,
    standing: Standing = CITIZEN,
    *,
    say: Any = None,
    part: str = "",
    **ratings: Any,
) -> DecisionBallot:
    """A ballot; whoever is strongly against something says why."""
    reasons = {key: "会伤到我们。" for key, rating in ratings.items() if rating is not None and rating <= 2}
    return cast_ballot(
        round_,
        standing=standing,
        ratings=ratings,
        reasons={**reasons, **(say or {})},
        part=part,
        acting_user=person or make_user(),
    )


def rate_all(round_: DecisionRound, ballots: Mapping[str, Sequence[Mapping[str, int | None]]]) -> list[DecisionBallot]:
    """``ballots``: group -> ratings of its people, in the order of the roster."""
    cast = []
    for group, rows in ballots.items():
        people = voters(round_.room, group) if group != StakeholderGroup.CITIZEN else [(None, CITIZEN)] * len(rows)
        for (person, standing), ratings in zip(people, rows, strict=False):
            cast.append(rate(round_, person, standing, **ratings))
    return cast


def end(round_: DecisionRound) -> DecisionRound:
    """Close a round whose time is over, and count it."""
    DecisionRound.objects.filter(pk=round_.pk).update(ends_at=timezone.now() - timedelta(minutes=1))
    close_round(round_, acting_user=round_.room.opened_by)
    work_out(round_.pk, resamples=FEW)
    return again(round_)


def again(round_: DecisionRound) -> DecisionRound:
    return DecisionRound.objects.select_related("room__consultation").get(pk=round_.pk)


def option(room: DecisionRoom, key: str) -> DecisionOption:
    found: DecisionOption = room.options.get(key=key)
    return found


def make_objection(about: DecisionOption, person: User | None = None, **fields: Any) -> DecisionObjection:
    values = {"harm": "unequal_burden", "part": "第三条", "text": "小企业承担不起。", "standing": CITIZEN}
    return file_objection(about, acting_user=person or make_user(), **{**values, **fields})


# A is what most citizens want and organisations do not; B is good enough for all.
MOST_WANT_A = {"A": 9, "B": 6, "SQ": 3}
WE_CANNOT = {"A": 1, "B": 5, "SQ": 5}
BALLOTS = {"citizen": [MOST_WANT_A] * 8, "social_organisation": [WE_CANNOT] * 5}


def counted_room(ballots: Any = None, **fields: Any) -> tuple[DecisionRoom, DecisionRound]:
    rule = {name: fields.pop(name) for name in list(fields) if name in ("oppose_to",)}
    room = make_decision_room(**fields)
    round_ = open_round(room, **rule)
    rate_all(round_, ballots or BALLOTS)
    round_ = end(round_)
    room.refresh_from_db()
    return room, round_


def measure_of(room: DecisionRoom, key: str = "A", cost: int = 5_000) -> DecisionMeasure:
    return add_measure(
        option(room, key),
        kind="replace",
        title="换一个摊位",
        title_en="Another stall",
        beneficiaries="现有摊主",
        cost=cost,
        department=make_department(),
        due_on=timezone.localdate() + timedelta(days=90),
        evidence="摊位合同公开",
        acting_user=room.opened_by,
    )


def make_population(**people: int) -> list[PopulationPart]:
    """Two districts with two ages each in the place of the consultations; ``people``: by the name of the district."""
    parts = tuple(
        Part(people=people.get(district, 1000), age_from=first, age_to=last, district=name, district_en=district)
        for name, district in (("城南", "South"), ("城北", "North"))
        for first, last in ((0, 34), (35, None))
    )
    return enter_population(
        PopulationDefinition(make_government().name, date(2025, 1, 1), "人口普查", parts), acting_user=None
    )
