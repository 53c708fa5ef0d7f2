"""Bringing together what says the same, so that every author keeps the own number and gets the answer."""

from __future__ import annotations

from threading import Thread
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client

from participation.feedback.actions import merge_feedback, react_to_line, separate_feedback
from participation.feedback.models import Feedback, Reaction
from participation.feedback.queries import feedback_for, feedback_of, with_merged
from participation.feedback.similar import similar_to
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.log.models import PendingLeaf
from tests.factories import (
    CITIZEN,
    make_answer,
    make_consultation,
    make_feedback,
    make_line,
    make_moderator,
    make_user,
)
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def pair() -> tuple[Feedback, Feedback]:
    consultation = make_consultation()
    return make_feedback(consultation, body="末班车太早了"), make_feedback(consultation, body="末班车能晚一点吗")


def merged() -> tuple[Feedback, Feedback]:
    first, second = pair()
    merge_feedback(second, into=first, reason="同一件事。", acting_user=make_moderator())
    return first, Feedback.objects.get(pk=second.pk)


def test_what_is_tied_keeps_its_number_and_page_and_is_counted_beside_the_first(client: Client) -> None:
    first, second = merged()
    shown = feedback_of(AnonymousUser(), first.consultation, balanced=True)
    assert [(found, found.merged_number) for found in shown] == [(first, 1)]
    page = client.get(f"/en/feedback/{second.row_id}/").content.decode()
    assert (first.reference in page, second.reference in page) == (True, True)
    assert second.reference in client.get(f"/en/feedback/{first.row_id}/").content.decode()
    assert entries(record_ref=second.row_id)[-1].kind == "feedback.merged"


def test_the_answer_to_one_reaches_all() -> None:
    first, second = merged()
    answer = make_answer(feedback=[first])
    assert {each.answered.answer for each in Feedback.objects.filter(pk__in=[first.pk, second.pk])} == {answer}  # type: ignore[attr-defined]


def test_what_is_tied_can_be_set_apart_again() -> None:
    first, second = merged()
    separate_feedback(second, reason="不是一件事。", acting_user=make_moderator())
    assert with_merged([first]) == [first]


@pytest.mark.parametrize("case", ["itself", "elsewhere", "tied", "hidden", "answered"])
def test_only_what_belongs_together_is_tied(case: str) -> None:
    first, second = merged() if case == "tied" else pair()
    if case == "hidden":
        Feedback.objects.filter(pk=first.pk).update(status=Feedback.Status.HIDDEN)
    if case == "answered":
        make_answer(feedback=[first])
    into = {"itself": second, "elsewhere": make_feedback()}.get(case, first)
    with pytest.raises((Invalid, Conflict)):
        merge_feedback(second, into=into, reason="同一件事。", acting_user=make_moderator())


def test_nobody_ties_their_own_and_only_moderators_do() -> None:
    consultation, moderator = make_consultation(), make_moderator()
    own, other = make_feedback(consultation, acting_user=moderator), make_feedback(consultation)
    for person in (moderator, make_user()):
        with pytest.raises(NotAllowed):
            merge_feedback(own, into=other, reason="同一件事。", acting_user=person)


def test_a_moderator_ties_by_the_number_on_the_page(client: Client) -> None:
    first, second = pair()
    client.force_login(make_moderator())
    address = f"/en/feedback/{second.row_id}/merge/"
    wrong = client.post(address, {"into": "F-2025-99999", "reason": "同一件事。"})
    right = client.post(address, {"into": first.reference.lower(), "reason": "同一件事。"})
    second.refresh_from_db()
    assert (wrong.status_code, right.status_code, second.merged_into) == (400, 302, first)


def test_similar_words_are_found_and_others_are_not() -> None:
    consultation = make_consultation()
    alike = make_feedback(consultation, body="17路公交末班车太早，晚自习的孩子赶不上")
    make_feedback(consultation, body="菜市场的垃圾桶不够用")
    found = similar_to(AnonymousUser(), consultation, "公交末班车太早了，孩子晚自习下课赶不上车")
    assert found == [alike]


def test_whoever_writes_sees_what_others_said_with_and_without_scripts(client: Client) -> None:
    consultation = make_consultation()
    alike = make_feedback(consultation, body="17路公交末班车太早，晚自习的孩子赶不上")
    text = {"body": "公交末班车太早，孩子晚自习赶不上"}
    fragment = client.post(f"/en/feedback/new/{consultation.row_id}/similar/", text)
    page = client.post(f"/en/feedback/new/{consultation.row_id}/", {**text, "similar": "1"})
    for answer in (fragment, page):
        assert (answer.status_code, str(alike.row_id) in answer.content.decode()) == (200, True)
    assert text["body"] in page.content.decode()


@pytest.mark.parametrize("many", [1, 30])
def test_a_list_takes_the_same_queries_however_long(many: int, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    first = make_feedback()
    Feedback.objects.bulk_create(
        Feedback(
            consultation=first.consultation,
            author=first.author,
            stakeholder_group="citizen",
            kind="question",
            body=f"末班车太早 {number}",
        )
        for number in range(many - 1)
    )
    with django_assert_num_queries(1):
        assert len(feedback_for(AnonymousUser())) == many
    with django_assert_num_queries(1):
        similar_to(AnonymousUser(), first.consultation, "电梯加装的钱为什么只花了四成")


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_at_once_lose_and_double_nothing() -> None:
    """Twenty-five people whose browsers send the same form twice at once, and tap on a line meanwhile."""
    line = make_line()
    consultation = make_consultation(release=line.release)
    people = [(make_user(), uuid4()) for _ in range(25)]
    faults: list[Exception] = []

    def post(place: int) -> None:
        author, form = people[place % 25]
        try:
            make_feedback(consultation, acting_user=author, client_id=form, body=f"意见 {place % 25}")
            if place < 25:
                react_to_line(consultation, line=line, kind="more", standing=CITIZEN, acting_user=author)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=post, args=[place]) for place in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    bodies = sorted(Feedback.objects.values_list("body", flat=True))
    leaves = PendingLeaf.objects.filter(kind="feedback.submitted").count()
    assert (bodies, leaves, Reaction.objects.count()) == (sorted(f"意见 {number}" for number in range(25)), 25, 25)
