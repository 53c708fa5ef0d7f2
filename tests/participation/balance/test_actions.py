"""Answers: by whom, when, to what, and exactly one to each input."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from participation.balance.actions import (
    draft_answer,
    publish_answers,
    review_draft,
    submit_draft,
)
from participation.balance.drafts import AnswerDraft
from participation.balance.models import Answer, AnsweredInput
from participation.consultations.actions import hide_contribution
from participation.consultations.models import Stage
from participation.feedback.models import Feedback
from participation.stakeholders.models import Role, User
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired, TooLarge
from privacy.log import actions as log_actions
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_moderator,
    make_officeholder,
    make_officer,
    make_user,
)
from tests.log_entries import entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OUTCOMES = list(Answer.Outcome)


def draft(feedback: Feedback, acting_user: Any, **fields: Any) -> AnswerDraft:
    values = {"outcome": Answer.Outcome.ADOPTED, "reason": "年内完成。"}
    return draft_answer(feedback.consultation, feedback=[feedback], acting_user=acting_user, **{**values, **fields})


def approved(feedback: Feedback, acting_user: Any, **fields: Any) -> AnswerDraft:
    begun = submit_draft(draft(feedback, acting_user, **fields), acting_user=acting_user)
    return review_draft(begun, is_approved=True, acting_user=make_moderator())


def answer(feedback: Feedback, acting_user: Any, **fields: Any) -> Answer:
    return publish_answers([approved(feedback, acting_user, **fields)], acting_user=acting_user)[0]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_answer_keeps_outcome_reason_department_and_author(outcome: str) -> None:
    feedback, moderator = make_feedback(), make_moderator()
    department = make_department(feedback.consultation.release.government)
    made = answer(feedback, moderator, outcome=outcome, reason="  因为钱不够。 ", department=department)
    made.refresh_from_db()
    assert (made.outcome, made.reason, made.answered_by, made.department) == (
        outcome,
        "因为钱不够。",
        moderator,
        department,
    )
    assert [link.feedback for link in made.inputs.all()] == [feedback]


def test_one_answer_answers_many_inputs_of_both_kinds() -> None:
    consultation = make_consultation()
    feedback = [make_feedback(consultation), make_feedback(consultation)]
    evaluation = make_evaluation(consultation)
    made = make_answer(consultation, feedback=feedback, evaluations=[evaluation])
    assert {link.contribution for link in made.inputs.all()} == {*feedback, evaluation}


def test_answering_accepts_what_nobody_had_accepted() -> None:
    feedback = make_feedback()
    answer(feedback, make_moderator())
    feedback.refresh_from_db()
    assert feedback.accepted_at is not None


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("visitor", SignInRequired),
        ("citizen", NotAllowed),
        ("officer", NotAllowed),
        ("editor", NotAllowed),
        ("auditor", NotAllowed),
        ("moderator", None),
    ],
)
def test_only_a_moderator_answers(who: str, error: type[GongzhiError] | None) -> None:
    feedback = make_feedback()
    people: dict[str, User | AnonymousUser] = {
        "visitor": AnonymousUser(),
        "citizen": make_user(),
        "officer": make_officer(make_department()),
        "editor": make_officeholder(Role.EDITOR),
        "auditor": make_officeholder(Role.AUDITOR),
        "moderator": make_moderator(),
    }
    if error is None:
        answer(feedback, people[who])
    else:
        with pytest.raises(error):
            answer(feedback, people[who])
    assert Answer.objects.count() == (error is None)


@pytest.mark.parametrize(
    ("stage", "is_open"),
    [
        (Stage.Kind.ANNOUNCED, False),
        (Stage.Kind.OPEN, True),
        (Stage.Kind.BALANCE, True),
        (Stage.Kind.ANSWERED, True),
        (Stage.Kind.FOLLOW_UP, True),
        (Stage.Kind.CLOSED, False),
    ],
)
def test_the_stage_says_whether_answers_are_given(stage: str, is_open: bool) -> None:
    feedback = make_feedback()
    # What was said while input was taken is answered in the stage under test.
    feedback.consultation = make_consultation(stage=stage)
    feedback.save()
    if is_open:
        answer(feedback, make_moderator())
    else:
        with pytest.raises(Closed):
            answer(feedback, make_moderator())


def test_a_moderator_does_not_answer_their_own_input() -> None:
    moderator = make_moderator()
    feedback = make_feedback(acting_user=moderator)
    with pytest.raises(NotAllowed):
        answer(feedback, moderator)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"reason": "  "}, "reason"), ({"outcome": "maybe"}, "outcome")],
)
def test_an_answer_needs_an_outcome_and_a_reason(fields: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        answer(make_feedback(), make_moderator(), **fields)
    assert refused.value.data == {"field": field}


def test_an_answer_to_nothing_is_refused() -> None:
    with pytest.raises(Invalid):
        draft_answer(make_consultation(), outcome="adopted", reason="好。", acting_user=make_moderator())


def test_input_of_another_consultation_is_refused() -> None:
    with pytest.raises(Invalid):
        draft_answer(
            make_consultation(),
            feedback=[make_feedback()],
            outcome="adopted",
            reason="好。",
            acting_user=make_moderator(),
        )


def test_a_second_answer_is_a_conflict_that_names_the_first() -> None:
    feedback, first = make_feedback(), make_moderator()
    made = answer(feedback, first)
    with pytest.raises(Conflict) as refused:
        draft(feedback, make_moderator())
    assert refused.value.data == {"answer": str(made.row_id)}
    assert first.display_name in str(refused.value.message)
    assert feedback.reference in str(refused.value.message)


def test_one_answered_input_among_several_refuses_all_of_them() -> None:
    consultation = make_consultation()
    answered, still_open = make_feedback(consultation), make_feedback(consultation)
    answer(answered, make_moderator())
    with pytest.raises(Conflict):
        make_answer(consultation, feedback=[still_open, answered])
    assert not AnsweredInput.objects.filter(feedback=still_open).exists()


def test_hidden_input_can_be_answered_too() -> None:
    feedback = make_feedback()
    hide_contribution(feedback, rule=1, reason="含个人信息", acting_user=make_moderator())
    made = answer(feedback, make_moderator())
    assert made.inputs.get().feedback == feedback


def test_an_answer_leaves_history_and_one_leaf_without_its_text() -> None:
    feedback, moderator = make_feedback(), make_moderator()
    made = answer(feedback, moderator, reason="独一无二的理由")
    assert made.history.get().history_user == moderator
    leaf = entry(record_ref=made.row_id)
    assert leaf.kind == "answer.published"
    assert str(feedback.row_id) in leaf.leaf
    assert "独一无二的理由" not in leaf.leaf


def test_an_answer_to_more_input_than_an_entry_of_the_log_can_name_is_refused_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moderator = make_moderator()
    begun = approved(make_feedback(), moderator)
    monkeypatch.setattr(log_actions, "MAX_ENTRY_BYTES", 200)
    with pytest.raises(TooLarge):
        publish_answers([begun], acting_user=moderator)
    assert Answer.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_people_answering_at_once_one_wins_and_the_other_is_told() -> None:
    feedback = make_feedback()
    moderators = [make_moderator(), make_moderator()]
    start, results = threading.Barrier(2), {}

    def race(moderator: User) -> None:
        start.wait(timeout=10)
        try:
            results[moderator.pk] = draft(feedback, moderator)
        except GongzhiError as error:
            results[moderator.pk] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[moderator]) for moderator in moderators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    won = [result for result in results.values() if isinstance(result, AnswerDraft)]
    lost = [result for result in results.values() if isinstance(result, Conflict)]
    assert (len(won), len(lost)) == (1, 1)
    assert AnswerDraft.objects.get() == won[0]
    assert lost[0].data == {"draft": str(won[0].row_id)}
