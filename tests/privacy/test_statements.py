"""What is written without Django's queries is the same as with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.utils import timezone

from cms.open_data.models import PublicEdition
from privacy import statements
from privacy.history.actor import acting
from privacy.history.records import create_recorded, written_rows
from tests.factories import make_user
from tests.specimens.models import Statement

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def sessions(count: int) -> list[Session]:
    until = timezone.now() + timedelta(days=1)
    return Session.objects.bulk_create(
        Session(session_key=uuid4().hex, session_data="x", expire_date=until) for _number in range(count)
    )


@pytest.mark.parametrize("count", [0, 1, 3, 201])
def test_columns_are_those_that_a_filter_finds(count: int) -> None:
    kept = sessions(count)
    sessions(1)
    found = statements.columns(Session, ("session_key", "expire_date"), session_key=[each.session_key for each in kept])
    assert sorted(map(tuple, found)) == sorted((each.session_key, each.expire_date) for each in kept)


def test_all_that_is_asked_of_a_row_holds_at_once() -> None:
    first, second = make_user(), make_user()
    EmailAddress.objects.filter(user=second).update(verified=False)
    asked: dict[str, Any] = {"user_id": [first.pk, second.pk], "verified": [True]}
    assert statements.columns(EmailAddress, ("user_id",), **asked) == [[first.pk]]


def test_rows_are_instances_as_the_database_holds_them() -> None:
    (user,) = statements.rows(type(person := make_user()), id=[person.pk])
    assert (user, user.row_id, user.date_joined, user._state.adding) == (
        person,
        person.row_id,
        person.date_joined,
        False,
    )


def test_a_number_is_added_in_the_database_and_a_row_that_is_missing_is_told() -> None:
    PublicEdition.objects.update_or_create(pk=1, defaults={"number": 4})
    assert (statements.add(PublicEdition, 1, "number", 3), statements.add(PublicEdition, 9, "number", 3)) == (
        True,
        False,
    )
    assert PublicEdition.objects.get(pk=1).number == 7


def test_rows_that_are_created_together_have_the_history_that_each_would_have_alone() -> None:
    actor, other = make_user(), make_user()
    with acting(actor, reason="一起"):
        (alone,) = create_recorded([Statement(title="甲", body="密")])
        mine, theirs = Statement(title="甲", body="密"), Statement(title="甲", body="密")
        theirs._history_user = other
        create_recorded([mine, theirs])
    rows = [each.history.get() for each in (alone, mine, theirs)]
    assert [(row.title, row.body, row.history_type, row.history_change_reason) for row in rows] == [
        ("甲", "密", "+", "一起")
    ] * 3
    assert [row.history_user_id for row in rows] == [actor.pk, actor.pk, other.pk]
    assert [row.row_id for row in rows] == [alone.row_id, mine.row_id, theirs.row_id]
    assert [[row.pk for row in written_rows(each)] for each in (mine, theirs)] == [[rows[1].pk], [rows[2].pk]]
    assert timezone.now() - rows[1].history_date < timedelta(minutes=1)


def test_rows_made_by_nobody_say_so() -> None:
    first, second = create_recorded([Statement(title="一"), Statement(title="二")])
    assert [each.history.get().history_user_id for each in (first, second)] == [None, None]
