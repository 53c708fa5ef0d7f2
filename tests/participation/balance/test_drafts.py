"""The way of an answer: second person, parts of departments, corrections."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from participation.balance.actions import (
    change_draft,
    contribute_part,
    draft_answer,
    draft_correction,
    drop_draft,
    publish_answers,
    review_draft,
    submit_draft,
    withdraw_part,
)
from participation.balance.drafts import AnswerDraft
from participation.balance.models import Answer, AnsweredInput
from participation.feedback.models import Feedback
from participation.following.models import Announcement
from participation.stakeholders.models import Mandate, Role, User
from portal.errors import Conflict, Invalid, NotAllowed
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_moderator,
    make_officeholder,
    make_officer,
    make_organisation,
    make_user,
)
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def draft(feedback: Feedback, acting_user: Any, **fields: Any) -> AnswerDraft:
    values = {"outcome": Answer.Outcome.ADOPTED, "reason": "年内完成。"}
    return draft_answer(feedback.consultation, feedback=[feedback], acting_user=acting_user, **{**values, **fields})


def approved(feedback: Feedback, acting_user: Any, **fields: Any) -> AnswerDraft:
    begun = submit_draft(draft(feedback, acting_user, **fields), acting_user=acting_user)
    return review_draft(begun, is_approved=True, acting_user=make_moderator())


def answer(feedback: Feedback, acting_user: Any, **fields: Any) -> Answer:
    return publish_answers([approved(feedback, acting_user, **fields)], acting_user=acting_user)[0]


# The second person --------------------------------------------------------------------------------


def test_nothing_is_public_before_a_second_person_has_looked_at_it() -> None:
    feedback, writer = make_feedback(), make_moderator()
    begun = draft(feedback, writer)
    with pytest.raises(Conflict):
        publish_answers([begun], acting_user=writer)
    submit_draft(begun, acting_user=writer)
    with pytest.raises(NotAllowed):
        review_draft(begun, is_approved=True, acting_user=writer)
    with pytest.raises(Conflict):
        publish_answers([begun], acting_user=writer)
    assert (Answer.objects.count(), AnsweredInput.objects.count()) == (0, 0)


def test_a_published_answer_names_who_wrote_and_who_looked_at_it() -> None:
    writer, reviewer = make_moderator(), make_moderator()
    made = make_answer(acting_user=writer, reviewed_by=reviewer)
    assert (made.answered_by, made.reviewed_by) == (writer, reviewer)


def test_an_answer_goes_back_with_a_note_and_can_be_handed_in_again() -> None:
    writer, reviewer = make_moderator(), make_moderator()
    begun = submit_draft(draft(make_feedback(), writer), acting_user=writer)
    with pytest.raises(Invalid):
        review_draft(begun, is_approved=False, note=" ", acting_user=reviewer)
    back = review_draft(begun, is_approved=False, note="请写明期限", acting_user=reviewer)
    assert (back.state, back.review_note) == ("writing", "请写明期限")
    changed = change_draft(back, outcome="partly", reason="六月底前完成。", acting_user=reviewer)
    assert (changed.written_by, changed.reviewed_by) == (reviewer, None)
    again = submit_draft(changed, acting_user=writer)
    with pytest.raises(NotAllowed):
        review_draft(again, is_approved=True, acting_user=reviewer)
    assert review_draft(again, is_approved=True, acting_user=writer).state == "approved"


def test_what_is_being_answered_is_not_answered_twice_until_it_is_given_up() -> None:
    feedback, first, second = make_feedback(), make_moderator(), make_moderator()
    begun = draft(feedback, first)
    with pytest.raises(Conflict) as refused:
        draft(feedback, second)
    assert refused.value.data == {"draft": str(begun.row_id)}
    drop_draft(begun, acting_user=second)
    assert answer(feedback, second).inputs.get().feedback == feedback


def test_answers_are_published_in_a_batch_or_not_at_all() -> None:
    consultation, writer = make_consultation(), make_moderator()
    ready = [approved(make_feedback(consultation), writer) for _number in range(2)]
    unready = draft(make_feedback(consultation), writer)
    with pytest.raises(Conflict):
        publish_answers([*ready, unready], acting_user=writer)
    assert Answer.objects.count() == 0
    assert len(publish_answers(ready, acting_user=writer)) == Answer.objects.count() == 2


def test_an_officer_neither_writes_nor_approves_nor_publishes() -> None:
    department = make_department()
    officer, writer = make_officer(department), make_moderator()
    begun = draft(make_feedback(), writer)
    for act in (
        lambda: submit_draft(begun, acting_user=officer),
        lambda: review_draft(begun, is_approved=True, acting_user=officer),
        lambda: publish_answers([begun], acting_user=officer),
        lambda: draft(make_feedback(), officer),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_answer_for_ones_own_organisation_is_for_somebody_else_to_give() -> None:
    moderator, author = make_moderator(), make_user()
    organisation = make_organisation(member=author)
    Mandate.objects.create(person=moderator, organisation=organisation)
    evaluation = make_evaluation(acting_user=author, organisation=organisation)
    with pytest.raises(NotAllowed):
        make_answer(evaluations=[evaluation], acting_user=moderator)


def test_everybody_whose_input_is_answered_is_told() -> None:
    consultation, publisher = make_consultation(), make_moderator()
    feedback = [make_feedback(consultation), make_feedback(consultation)]
    made = make_answer(consultation, feedback=feedback, acting_user=publisher)
    told = Announcement.objects.filter(url=made.get_absolute_url()).order_by("pk")
    assert [(each.kind, each.row_id, each.people) for each in told] == [
        ("answered", said.row_id, [said.author_id]) for said in feedback
    ]


def test_what_was_brought_together_gets_the_same_answer() -> None:
    consultation = make_consultation()
    first, same = make_feedback(consultation), make_feedback(consultation)
    Feedback.objects.filter(pk=same.pk).update(merged_into=first)
    made = make_answer(feedback=[first])
    assert {link.feedback for link in made.inputs.all()} == {first, same}


# Parts of departments -----------------------------------------------------------------------------


def test_departments_contribute_parts_that_are_published_with_the_answer() -> None:
    feedback, writer = make_feedback(), make_moderator()
    departments = [make_department(), make_department()]
    begun = draft(feedback, writer, parts_from=departments)
    with pytest.raises(Invalid):
        submit_draft(begun, acting_user=writer)
    officers = [make_officer(department) for department in departments]
    with pytest.raises(NotAllowed):
        contribute_part(begun.parts.get(department=departments[0]), text="不归我管", acting_user=officers[1])
    for officer, department in zip(officers, departments, strict=True):
        part = begun.parts.get(department=department)
        contribute_part(part, text=f"{department.name}：已安排。", acting_user=officer)
    submit_draft(begun, acting_user=writer)
    review_draft(begun, is_approved=True, acting_user=make_moderator())
    made = publish_answers([begun], acting_user=writer)[0]
    assert [(part.department, part.written_by) for part in made.parts_shown] == list(
        zip(departments, officers, strict=True)
    )
    assert len(made.history_parts()[0]) == 2


def test_a_part_that_is_not_there_can_be_done_without() -> None:
    writer = make_moderator()
    begun = draft(make_feedback(), writer, parts_from=[make_department()])
    withdraw_part(begun.parts.get(), acting_user=writer)
    assert submit_draft(begun, acting_user=writer).state == "submitted"


def test_officers_see_the_drafts_that_they_are_asked_to_complete() -> None:
    asked, other = make_department(), make_department()
    draft(make_feedback(), make_moderator(), parts_from=[asked])
    seen = [
        AnswerDraft.objects.visible_to(user).count()
        for user in (make_officer(asked), make_officer(other), make_user(), AnonymousUser(), make_moderator())
    ]
    assert seen == [1, 0, 0, 0, 1]


# Corrections --------------------------------------------------------------------------------------


def corrected(made: Answer, writer: User, **fields: Any) -> Answer:
    values = {"why": "期限写错了。", "outcome": "partly", "reason": "年底前完成。", **fields}
    begun = draft_correction(made, acting_user=writer, **values)
    submit_draft(begun, acting_user=writer)
    review_draft(begun, is_approved=True, acting_user=make_moderator())
    return publish_answers([begun], acting_user=writer)[0]


def test_a_correction_is_the_next_version_with_what_was_wrong() -> None:
    made, writer = make_answer(reason="六月底前完成。"), make_moderator()
    again = corrected(made, writer)
    assert (again.pk, again.version, again.outcome, again.reason) == (made.pk, 2, "partly", "年底前完成。")
    assert again.corrected_at is not None
    assert [(row.reason, row.history_change_reason) for row in again.history.all()] == [
        ("年底前完成。", "期限写错了。"),
        ("六月底前完成。", None),
    ]
    assert [found.kind for found in entries(record_ref=made.row_id)] == ["answer.published", "answer.corrected"]


def test_a_correction_says_what_was_wrong_and_there_is_one_at_a_time() -> None:
    made, writer = make_answer(), make_moderator()
    with pytest.raises(Invalid):
        draft_correction(made, why=" ", outcome="partly", reason="好。", acting_user=writer)
    draft_correction(made, why="期限", outcome="partly", reason="好。", acting_user=writer)
    with pytest.raises(Conflict):
        draft_correction(made, why="期限", outcome="partly", reason="好。", acting_user=writer)


@pytest.mark.parametrize(
    ("outcome", "is_turned_down"), [("not_adopted", True), ("out_of_scope", True), ("partly", False)]
)
def test_what_is_turned_down_has_nothing_to_put_right(outcome: str, is_turned_down: bool) -> None:
    assert make_answer(outcome=outcome).is_turned_down == is_turned_down


@pytest.mark.parametrize("who", ["officer", "auditor", "citizen"])
def test_my_page_leads_those_it_is_for_to_the_answers_on_their_way(who: str) -> None:
    people = {
        "officer": lambda: make_officer(make_department()),
        "auditor": lambda: make_officeholder(Role.AUDITOR),
        "citizen": make_user,
    }
    client = Client()
    client.force_login(people[who]())
    page = client.get(reverse("participation:me")).content.decode()
    assert (f'href="{reverse("participation:balance:drafts")}"' in page) == (who != "citizen")
