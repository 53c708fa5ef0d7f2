"""Words that stand in a second place go as well: earlier texts of messages, versions, pictures."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.users.models import UserProfile

from participation.allocation.proposals.actions import answer_review, review_project
from participation.allocation.proposals.models import FeasibilityReview
from participation.discussion.actions import edit_message, moderate_message, post_message
from participation.discussion.models import Event
from participation.evaluations.actions import correct_evaluation
from participation.evaluations.models import Evaluation, EvaluationFinding, EvaluationVersion
from participation.evaluations.reports.actions import publish_due
from participation.evaluations.reports.models import EvaluationReport
from participation.moderation.actions import hide_item
from participation.stakeholders.models import User
from privacy.log.audit import audit_log
from privacy.rights.erasing.actions import ask_erasure, carry_out_erasure
from privacy.rights.erasing.models import Erasure
from tests import factories
from tests.participation.allocation.rounds import make_allocation, make_proposal
from tests.participation.evaluations.panels import make_replying

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def ledger_of_this_test(settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def person() -> User:
    return factories.make_user(display_name="林晓雯")


def erase(person: User) -> None:
    """The log has to hold afterwards as it did before."""
    before = audit_log().problems
    erasure = ask_erasure(person.sealing_subject(), acting_user=person)
    Erasure.objects.filter(pk=erasure.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    assert carry_out_erasure(erasure).state == "done"
    assert [problem for problem in audit_log().problems if problem not in before] == []


def said(person: User, *bodies: str) -> Event:
    first, *later = bodies
    message = post_message(
        factories.make_consultation(),
        body=first,
        client_id=uuid4(),
        standing=factories.CITIZEN,
        acting_user=person,
    )[0]
    for body in later:
        edit_message(message, body=body, acting_user=person)
    return message


def texts() -> set[str]:
    return {*Event.objects.values_list("body", flat=True), *Event.history.values_list("body", flat=True)}


def test_what_a_message_said_before_it_was_changed_goes(person: User) -> None:
    said(person, "第一稿", "第二稿", "第三稿")
    erase(person)
    assert texts() & {"第一稿", "第二稿", "第三稿"} == {"第三稿"}


def test_what_a_hidden_message_was_changed_to_goes(person: User) -> None:
    message = said(person, "第一稿", "我住柳溪路七号")
    rule = factories.make_house_rule()
    moderate_message(message, rule=rule.number, reason="Names a person.", acting_user=factories.make_moderator())
    erase(person)
    assert texts() & {"第一稿", "我住柳溪路七号"} == set()


@pytest.mark.parametrize("is_hidden", [True, False])
def test_versions_of_an_evaluation_go_with_it_and_stay_with_it(person: User, is_hidden: bool) -> None:
    organisation = factories.make_organisation(member=factories.make_user())
    organisation.mandates.create(person=person)
    evaluation = factories.make_evaluation(acting_user=person, organisation=organisation, reasoning="第一版的话")
    correct_evaluation(evaluation, score=Decimal(70), reasoning="第二版的话", reason="样本", acting_user=person)
    if is_hidden:
        rule = factories.make_house_rule()
        hide_item(evaluation, rule=rule, reason="Names a person.", acting_user=factories.make_moderator())
    erase(person)
    left = str(list(EvaluationVersion.objects.values_list("content", flat=True)))
    left += str(list(EvaluationVersion.history.values_list("content", flat=True)))
    assert ("第一版的话" in left, "第二版的话" in left) == (not is_hidden, not is_hidden)


def test_an_answer_to_a_review_goes_with_a_hidden_project() -> None:
    proposal = make_proposal(make_allocation())
    person = proposal.author
    assert proposal.department is not None
    review_project(
        proposal, is_feasible=False, reason="地下有管线。", acting_user=factories.make_officer(proposal.department)
    )
    proposal.refresh_from_db()
    answer_review(proposal, reply="我住柳溪路七号", acting_user=person)
    rule = factories.make_house_rule()
    hide_item(proposal, rule=rule, reason="Names a person.", acting_user=factories.make_moderator())
    erase(person)
    left = {*FeasibilityReview.objects.values_list("reply", flat=True)}
    assert left | {*FeasibilityReview.history.values_list("reply", flat=True)} == {""}


def test_findings_of_a_hidden_evaluation_go() -> None:
    report, _person, _findings = make_replying()
    EvaluationReport.objects.filter(pk=report.pk).update(reply_due_on=timezone.localdate() - timedelta(days=1))
    publish_due(acting_user=None)
    evaluation = Evaluation.objects.get()
    rule = factories.make_house_rule()
    hide_item(evaluation, rule=rule, reason="Names a person.", acting_user=factories.make_moderator())
    assert EvaluationFinding.objects.exclude(title="—").exists()
    evaluation.author.mandates.update(is_owner=False)
    erase(evaluation.author)
    for rows in (EvaluationFinding.objects, EvaluationFinding.history):
        assert set(rows.values_list("title", "explanation", "recommendation")) == {("—", "—", "—")}
    assert EvaluationReport.objects.get().draft == {}


def test_the_picture_of_an_account_goes(person: User, django_capture_on_commit_callbacks: Any) -> None:
    profile = UserProfile.get_for_user(person)
    profile.avatar.save("face.png", ContentFile(b"face"))
    storage, name = profile.avatar.storage, profile.avatar.name
    with django_capture_on_commit_callbacks(execute=True):
        erase(person)
    assert (storage.exists(name), UserProfile.objects.filter(user=person).exists()) == (False, False)
