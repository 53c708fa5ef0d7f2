"""May this be done now? The table of deeds, stages and people, and the words for "no"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation

from participation.consultations.models import Consultation, Stage, WayIn
from participation.consultations.stages import Deed, current_stage, is_forgotten, may, next_stage, offer, require
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import Role, StakeholderGroup
from portal.errors import Closed, NotAllowed, SignInRequired
from tests.factories import (
    make_consultation,
    make_department,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_organisation,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

GIVING = (
    *(Deed.GIVE_FEEDBACK, Deed.POST_MESSAGE, Deed.SUBMIT_EVALUATION),
    *(Deed.VOTE_ON_STATEMENTS, Deed.PROPOSE_PROJECT, Deed.VOTE_ON_PROJECTS),
)
OPEN_TO = {
    **{deed: {Stage.Kind.OPEN} for deed in GIVING},
    Deed.RATE_OPTIONS: {Stage.Kind.OPEN, Stage.Kind.BALANCE},
    Deed.MODERATE: set(Stage.Kind),
    Deed.ANSWER: {Stage.Kind.OPEN, Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP},
    Deed.FOLLOW_UP: {
        Stage.Kind.OPEN,
        Stage.Kind.BALANCE,
        Stage.Kind.ANSWERED,
        Stage.Kind.FOLLOW_UP,
        Stage.Kind.CLOSED,
    },
    Deed.REACT: {Stage.Kind.OPEN},
    Deed.SPEAK_ON_TASK: {Stage.Kind.OPEN, Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP},
    Deed.MERGE: {Stage.Kind.OPEN, Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP},
    Deed.EXTEND_ANSWER: {Stage.Kind.OPEN, Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP},
    Deed.CHANGE_DATES: set(Stage.Kind) - {Stage.Kind.CLOSED},
    Deed.PUBLISH_OUTCOME: {Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP},
    Deed.CLOSE: {Stage.Kind.FOLLOW_UP},
}
OFFICIAL = {
    *(Deed.MODERATE, Deed.ANSWER, Deed.MERGE),
    *(Deed.EXTEND_ANSWER, Deed.CHANGE_DATES, Deed.PUBLISH_OUTCOME, Deed.CLOSE),
}


@pytest.mark.parametrize("stage", list(Stage.Kind))
@pytest.mark.parametrize("deed", list(Deed))
def test_each_deed_has_its_stages(deed: Deed, stage: str) -> None:
    verdict = may(make_moderator(), deed, make_consultation(stage=stage))
    assert (verdict.allowed, type(verdict.error)) == ((True, type(None)) if stage in OPEN_TO[deed] else (False, Closed))


@pytest.mark.parametrize("deed", list(Deed))
@pytest.mark.parametrize(
    ("who", "giving", "official"),
    [
        ("visitor", SignInRequired, SignInRequired),
        ("inactive", SignInRequired, SignInRequired),
        ("unconfirmed", NotAllowed, NotAllowed),
        ("citizen", None, NotAllowed),
        (Role.EDITOR, None, NotAllowed),
        (Role.REVIEWER, None, NotAllowed),
        (Role.AUDITOR, None, NotAllowed),
        (Role.MODERATOR, None, None),
    ],
)
def test_each_deed_has_its_people(deed: Deed, who: str, giving: Any, official: Any) -> None:
    people: dict[str, Any] = {
        "visitor": lambda: AnonymousUser(),
        "inactive": lambda: make_user(is_active=False),
        "unconfirmed": lambda: make_user(verified=False),
        "citizen": make_user,
    }
    user = people[who]() if who in people else make_officeholder(Role(who))
    wanted = official if deed in OFFICIAL else giving
    stage = Stage.Kind.OPEN if Stage.Kind.OPEN in OPEN_TO[deed] else Stage.Kind.FOLLOW_UP
    assert type(may(user, deed, make_consultation(stage=stage)).error) is (wanted or type(None))


def test_an_office_that_has_ended_gives_no_right() -> None:
    moderator = make_moderator()
    moderator.appointments.update(revoked_at=timezone.now())
    moderator.__dict__.pop("role_names", None)
    assert type(may(moderator, Deed.MODERATE, make_consultation()).error) is NotAllowed


@pytest.mark.parametrize(
    ("deed", "way"),
    [
        (Deed.GIVE_FEEDBACK, WayIn.Way.FEEDBACK),
        (Deed.POST_MESSAGE, WayIn.Way.DISCUSSION),
        (Deed.SUBMIT_EVALUATION, WayIn.Way.EVALUATION),
        (Deed.VOTE_ON_STATEMENTS, WayIn.Way.OPINION_MAP),
        (Deed.RATE_OPTIONS, WayIn.Way.DECISION),
        (Deed.PROPOSE_PROJECT, WayIn.Way.ALLOCATION),
    ],
)
@pytest.mark.parametrize("group", list(StakeholderGroup))
def test_a_way_in_is_open_to_the_sides_that_it_names(deed: Deed, way: str, group: StakeholderGroup) -> None:
    consultation = make_consultation(ways_in=[(way, StakeholderGroup.ENTERPRISE)])
    verdict = may(make_user(), deed, consultation, group=group)
    assert verdict.allowed == (group == StakeholderGroup.ENTERPRISE)


def test_a_way_that_is_not_used_is_closed_to_all() -> None:
    consultation = make_consultation(ways_in=[("feedback", "citizen")])
    assert type(may(make_user(), Deed.POST_MESSAGE, consultation).error) is Closed


def test_the_words_say_when_it_opens_and_who_may() -> None:
    with translation.override("en"):
        coming = make_consultation(stage=Stage.Kind.ANNOUNCED)
        day = timezone.localtime(coming.stages.get(kind=Stage.Kind.OPEN).starts_at)
        assert may(make_user(), Deed.GIVE_FEEDBACK, coming).reason == f"This opens on {day:%b.} {day.day}, {day.year}."
        enterprises = make_consultation(ways_in=[("feedback", "enterprise"), ("feedback", "research")])
        assert may(make_user(), Deed.GIVE_FEEDBACK, enterprises).reason == (
            "This way of taking part is open to: Enterprise, Research institution."
        )


def test_a_visitor_of_a_closed_consultation_is_not_sent_to_sign_in() -> None:
    with pytest.raises(Closed):
        require(AnonymousUser(), Deed.GIVE_FEEDBACK, make_consultation(stage=Stage.Kind.CLOSED))


# Which stage it is ---------------------------------------------------------------------------------


def plan(*stages: tuple[str, int, int | None]) -> Consultation:
    """A consultation with stages given as (kind, start, end) in days from now."""
    consultation, now = make_consultation(), timezone.now()
    consultation.stages.all().delete()
    for kind, start, end in stages:
        Stage.objects.create(
            consultation=consultation,
            kind=kind,
            starts_at=now + timedelta(days=start),
            ends_at=None if end is None else now + timedelta(days=end),
        )
    return Consultation.objects.get(pk=consultation.pk)


@pytest.mark.parametrize(
    ("stages", "now", "coming"),
    [
        ((), None, None),
        ((("announced", 1, 5),), None, "announced"),
        ((("announced", -5, 5), ("open", -1, 5)), "open", None),
        ((("announced", -9, -5), ("open", 2, 5)), None, "open"),
        ((("open", -9, -5),), None, None),
        # Nothing closes without an outcome: the stage before goes on.
        ((("follow_up", -20, -9), ("closed", -9, None)), "follow_up", None),
    ],
)
def test_the_stage_is_the_one_that_started_last_and_has_not_ended(stages: Any, now: Any, coming: Any) -> None:
    consultation = plan(*stages)
    found = (current_stage(consultation), next_stage(consultation))
    assert tuple(stage.kind if stage else None for stage in found) == (now, coming)


def test_a_consultation_closes_by_its_dates_once_it_has_an_outcome() -> None:
    consultation = plan(("open", -20, -9), ("closed", -9, None))
    before = (current_stage(consultation).kind, is_forgotten(consultation))  # type: ignore[union-attr]
    consultation.outcome_at = timezone.now()
    assert (before, current_stage(consultation).kind, is_forgotten(consultation)) == (  # type: ignore[union-attr]
        ("open", True),
        "closed",
        False,
    )


@pytest.mark.parametrize("deed", [Deed.CHANGE_DATES, Deed.EXTEND_ANSWER, Deed.PUBLISH_OUTCOME])
def test_an_officer_looks_after_what_is_asked_about_the_own_department(deed: Deed) -> None:
    line = make_line()
    own = make_consultation(release=line.release, department=line.department, stage=Stage.Kind.BALANCE)
    whole = make_consultation(release=line.release, stage=Stage.Kind.BALANCE)
    officer, stranger = make_officer(line.department), make_officer(make_department())
    verdicts = [may(*asked).allowed for asked in ((officer, deed, own), (officer, deed, whole), (stranger, deed, own))]
    assert verdicts == [True, False, False]


def test_citizens_need_the_level_that_a_consultation_asks_for_and_organisations_do_not() -> None:
    consultation = make_consultation(required_level=Level.PHONE)
    with translation.override("en"):
        reason = may(make_user(), Deed.GIVE_FEEDBACK, consultation).reason
    known = make_user(phone_verified_at=timezone.now())
    allowed = [
        may(known, Deed.GIVE_FEEDBACK, consultation).allowed,
        may(make_user(), Deed.GIVE_FEEDBACK, consultation, group=StakeholderGroup.ENTERPRISE).allowed,
    ]
    assert (reason.startswith("This needs a confirmed telephone number"), allowed) == (True, [True, True])


def test_a_stage_ends_at_the_moment_it_names() -> None:
    consultation = plan(("open", -1, 1))
    ends = consultation.stages.get().ends_at
    assert ends is not None
    just_before = current_stage(consultation, ends - timedelta(microseconds=1))
    assert (just_before is not None, current_stage(consultation, ends)) == (True, None)


# What a form can offer -----------------------------------------------------------------------------


def test_a_form_offers_every_side_that_a_person_may_speak_for() -> None:
    person = make_user()
    organisation = make_organisation(member=person)
    make_organisation(member=person, status="pending")
    offered = offer(person, Deed.GIVE_FEEDBACK, make_consultation())
    assert [standing.organisation for standing in offered.standings] == [None, organisation]


def test_a_form_offers_only_the_sides_that_are_invited() -> None:
    person = make_user()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=person)
    offered = offer(person, Deed.GIVE_FEEDBACK, make_consultation(ways_in=[("feedback", "enterprise")]))
    assert [standing.organisation for standing in offered.standings] == [organisation]


def test_an_evaluation_is_offered_to_organisations_only() -> None:
    consultation, person = make_consultation(), make_user()
    assert type(offer(person, Deed.SUBMIT_EVALUATION, consultation).verdict.error) is NotAllowed
    organisation = make_organisation(member=person)
    offered = offer(person, Deed.SUBMIT_EVALUATION, consultation)
    assert (offered.verdict.allowed, [each.organisation for each in offered.standings]) == (True, [organisation])


def test_a_member_of_an_invited_side_learns_what_is_missing_and_not_who_else_is_invited() -> None:
    person = make_user(verified=False)
    make_organisation(StakeholderGroup.ENTERPRISE, member=person)
    with translation.override("en"):
        verdict = offer(person, Deed.GIVE_FEEDBACK, make_consultation(ways_in=[("feedback", "enterprise")])).verdict
        assert verdict.reason.startswith("Please confirm your e-mail address first")
