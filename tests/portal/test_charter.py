"""The matrix of rights says what the code does: every act, role and stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from cms.budget.permissions import require_may_import, require_may_publish, require_may_set_jurisdiction
from cms.calendars.permissions import require_may_enter_clocks, require_may_maintain
from cms.classification.permissions import require_may_declare, require_may_load
from cms.performance.permissions import require_may_approve_goals, require_may_publish_scheme, require_may_report
from participation.allocation.permissions import require_opener, require_reviewing_office
from participation.automation.permissions import require_may_set_rules, require_may_stop_rules
from participation.balance.permissions import require_contributor
from participation.consultations.models import Consultation, Stage
from participation.consultations.stages import STAGES_OF_DEED, Deed, offer, require, require_keeper
from participation.decisions.permissions import require_judge, require_legal_unit
from participation.evaluations.calls.permissions import require_commissioner
from participation.evaluations.reports.permissions import require_replier
from participation.meetings.permissions import require_convener
from participation.moderation.permissions import require_rule_maker
from participation.recognition.permissions import require_case_writer
from participation.recognition.permissions import require_keeper as require_keeper_of_awards
from participation.rectification.models import RectificationTask
from participation.rectification.permissions import may_decide_on_money, may_join, sides_of
from participation.rectification.transitions import Side
from participation.stakeholders.directory import StakeholderDirectory
from participation.stakeholders.legal_basis import LegalBasis
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import (
    require_confirmed,
    require_moderator,
    require_owner,
    require_privacy_officer,
    require_right,
)
from participation.whistleblowing.permissions import require_counts, require_integrity
from portal.charter.matrix import MATRIX, OFFICES, Act, Actor, allows, offices
from portal.errors import GongzhiError
from tests.factories import make_consultation, make_line, make_task
from tests.portal.cast import Cast, make_cast

pytestmark = pytest.mark.django_db

STAGES = [stage.value for stage in Stage.Kind]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except GongzhiError:
        return True
    return False


def test_everybody_has_a_duty_and_every_office_is_an_office() -> None:
    from portal.charter.matrix import DUTIES

    assert (set(DUTIES), {actor.value for actor in OFFICES}, set(MATRIX)) == (set(Actor), set(Role.values), set(Act))


def test_what_was_promised_is_worked_on_and_verified_in_the_same_stages() -> None:
    assert STAGES_OF_DEED[Deed.FOLLOW_UP] == MATRIX[Act.VERIFY_TASK].stages


def test_every_deed_has_its_stages_and_every_stage_is_one() -> None:
    assert [deed for deed in Deed if not STAGES_OF_DEED[deed] or not STAGES_OF_DEED[deed] <= set(STAGES)] == []


def done(person: Any, deed: Deed, consultation: Consultation) -> bool:
    if deed == Deed.SUBMIT_EVALUATION:
        return bool(offer(person, deed, consultation).standings)
    return not is_refused(lambda: require(person, deed, consultation))


@pytest.mark.parametrize("stage", STAGES)
def test_every_deed_is_done_by_whom_and_when_the_matrix_says(cast: Cast, stage: str) -> None:
    line = make_line()
    cast.people[Actor.OFFICER].appointments.update(department=line.department)
    consultation = make_consultation(release=line.release, department=line.department, stage=stage)
    if stage == Stage.Kind.CLOSED:
        Consultation.objects.filter(pk=consultation.pk).update(outcome="已决定", outcome_at=timezone.now())
    consultation = Consultation.objects.prefetch_related("stages", "ways_in").get(pk=consultation.pk)
    deeds = [deed for deed in Deed if deed != Deed.FOLLOW_UP]
    found = {(actor, deed.value): done(cast.people[actor], deed, consultation) for actor in Actor for deed in deeds}
    told = {(actor, deed.value): allows(Act(deed.value), [actor], stage) for actor in Actor for deed in deeds}
    assert {key for key in found if found[key] != told[key]} == set()


# What the rooms ask, beside the acts whose stages are above.
PERMISSIONS: dict[Act, Callable[[Any, Cast], object]] = {
    Act.CONTRIBUTE_ANSWER: lambda person, cast: require_contributor(person, cast.department, None),  # type: ignore[arg-type]
    Act.GRANT_MANDATE: lambda person, cast: require_owner(person, cast.organisation),
    Act.HAND_IN_PAPERS: lambda person, cast: require_owner(person, cast.organisation),
    Act.OPEN_CONSULTATION: lambda person, cast: require_keeper(person, cast.department, None),
    Act.KEEP_DECISION: lambda person, cast: require_keeper(person, cast.department, None),
    Act.KEEP_ALLOCATION: lambda person, cast: require_opener(person, cast.department),
    Act.REVIEW_PROJECT: lambda person, cast: require_reviewing_office(person, cast.department),
    Act.JUDGE_BALLOT: lambda person, cast: require_judge(person),
    Act.RECORD_LEGAL_FINDING: lambda person, cast: require_legal_unit(person),
    Act.CONVENE_MEETING: lambda person, cast: require_convener(person, cast.department),
    Act.KEEP_OPINION_MAP: lambda person, cast: require_keeper(person, cast.department, None),
    Act.CALL_FOR_EVALUATIONS: lambda person, cast: require_commissioner(person),
    Act.CHECK_EVALUATION: lambda person, cast: require_right(person, Act.CHECK_EVALUATION),
    Act.REPLY_TO_FINDING: lambda person, cast: require_replier(person, cast.department),
    Act.RECORD_OFFICIAL_SCORE: lambda person, cast: require_right(person, Act.RECORD_OFFICIAL_SCORE),
    Act.VERIFY_ORGANISATION: lambda person, cast: require_right(person, Act.VERIFY_ORGANISATION),
    Act.CHECK_RESIDENCE: lambda person, cast: require_right(person, Act.CHECK_RESIDENCE),
    Act.OPEN_SEALED: lambda person, cast: require_moderator(person),
    Act.IMPORT_BUDGET: lambda person, cast: require_may_import(person),
    Act.PUBLISH_BUDGET: lambda person, cast: (require_may_publish(person), require_may_approve_goals(person)),
    Act.REPORT_PERFORMANCE: lambda person, cast: require_may_report(person, cast.department),
    Act.MAINTAIN_NAMES: lambda person, cast: (require_may_declare(person), require_may_maintain(person)),
    Act.SET_RULES: lambda person, cast: (
        require_may_load(person),
        require_may_enter_clocks(person),
        require_may_set_jurisdiction(person),
        require_may_publish_scheme(person),
    ),
    Act.LOAD_ROSTER: lambda person, cast: require_privacy_officer(person),
    Act.PUBLISH_HOUSE_RULE: lambda person, cast: require_rule_maker(person),
    Act.HANDLE_REPORTS: lambda person, cast: require_integrity(person),
    Act.COUNT_REPORTS: lambda person, cast: require_counts(person),
    Act.KEEP_AWARD: lambda person, cast: require_keeper_of_awards(person),
    Act.DRAFT_CASE: lambda person, cast: require_case_writer(person),
    Act.SET_AUTOMATION: lambda person, cast: require_may_set_rules(person),
    Act.STOP_AUTOMATION: lambda person, cast: require_may_stop_rules(person),
}


@pytest.mark.parametrize("act", sorted(PERMISSIONS))
def test_what_the_rooms_permit_is_what_the_matrix_says(cast: Cast, act: Act) -> None:
    asked = {actor: partial(PERMISSIONS[act], person, cast) for actor, person in cast.people.items()}
    found = {actor for actor, ask in asked.items() if not is_refused(ask)}
    assert found == MATRIX[act].actors


# What is done about a task, by those who have no part in it but their office.
DONE_ABOUT_TASKS: dict[Act, Callable[[Any, RectificationTask], bool]] = {
    Act.JOIN_PANEL: lambda person, task: isinstance(person, User) and may_join(person, task),
    Act.CALL_PANEL: lambda person, task: Side.DESK in sides_of(person, task),
    Act.ADD_PHOTO: lambda person, task: not is_refused(lambda: require_confirmed(person)),
    Act.DECIDE_ON_MONEY: may_decide_on_money,
}


def test_what_is_done_about_a_task_is_done_by_whom_the_matrix_says(cast: Cast) -> None:
    task = make_task()
    for act, may in DONE_ABOUT_TASKS.items():
        assert {actor for actor, person in cast.people.items() if may(person, task)} == MATRIX[act].actors, act


def test_readings_are_seen_by_whom_the_matrix_says(cast: Cast) -> None:
    directory = StakeholderDirectory()
    found = {actor for actor in Actor if directory.may_audit(cast.people[actor])}
    assert found == MATRIX[Act.READ_READINGS].actors
    found = {actor for actor in Actor if directory.may_look_into(cast.people[actor])}
    assert found == MATRIX[Act.LOOK_INTO_ALERTS].actors
    found = {actor for actor in Actor if directory.may_guard_privacy(cast.people[actor])}
    assert found == MATRIX[Act.WORK_ON_INCIDENTS].actors == MATRIX[Act.KEEP_PROCESSING_RECORD].actors
    assert found == MATRIX[Act.HOLD_ERASURE].actors == MATRIX[Act.END_RETENTION].actors
    found = {actor for actor in Actor if directory.may_answer_requests(cast.people[actor])}
    assert found == MATRIX[Act.ANSWER_DATA_REQUEST].actors


def test_an_auditor_changes_nothing_but_whether_a_flagged_ballot_counts() -> None:
    held = {act for act in Act if allows(act, [Actor.AUDITOR]) and not allows(act, [Actor.CITIZEN])}
    assert held == {Act.READ_HIDDEN, Act.COUNT_REPORTS, Act.READ_READINGS, Act.JUDGE_BALLOT}


def test_nobody_but_moderators_and_integrity_officers_opens_what_is_sealed() -> None:
    assert (offices(Act.OPEN_SEALED), offices(Act.HANDLE_REPORTS)) == (("moderator",), ("integrity",))


# The page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_names_every_act_and_role_once_with_its_legal_basis(language: str) -> None:
    LegalBasis.objects.create(
        act=Act.GIVE_FEEDBACK,
        basis="预算法第九十一条",
        basis_en="Budget Law, article 91",
        url="https://example.org/law",
    )
    with translation.override(language):
        address = reverse("charter")
    page = Client().get(address).content.decode()
    found = [page.count(f'id="{act.value}"') for act in Act] + [
        page.count(f'id="role-{actor.value}"') for actor in Actor
    ]
    assert set(found) == {1}
    assert ("预算法第九十一条" if language == "zh-hans" else "Budget Law, article 91") in page


def test_every_page_leads_to_it() -> None:
    assert f'href="{reverse("charter")}"' in Client().get(reverse("participation:consultations:index")).content.decode()


def test_an_administrator_enters_a_legal_basis() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.org", "x", display_name="Root"))
    data = {"act": Act.ANSWER.value, "basis": "预算法第九十一条", "basis_en": "", "url": ""}
    assert client.post(reverse("legal-bases:add"), data).status_code == 302
    assert LegalBasis.objects.get().act == "answer"
