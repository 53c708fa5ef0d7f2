"""Opening consultations, and moderating what is contributed to them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from participation.consultations.actions import (
    accept_contribution,
    hide_contribution,
    restore_contribution,
)
from participation.consultations.models import Consultation
from participation.stakeholders.models import Role
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired
from privacy.history.queries import history_of
from tests.factories import (
    make_consultation,
    make_evaluation,
    make_feedback,
    make_moderator,
    make_officeholder,
    make_release,
    make_user,
)
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]

CONTRIBUTIONS = pytest.mark.parametrize("make", [make_feedback, make_evaluation])


def kinds_of(record: Any) -> list[str]:
    return [found.kind for found in entries(record_ref=record.row_id)]


def test_opening_writes_one_leaf() -> None:
    assert kinds_of(make_consultation()) == ["consultation.opened"]


def test_only_a_moderator_opens_a_consultation() -> None:
    for person in (make_user(), make_officeholder(Role.EDITOR)):
        with pytest.raises(NotAllowed):
            make_consultation(acting_user=person)
    assert Consultation.objects.count() == 0


@pytest.mark.parametrize(
    ("make", "fields"), [(lambda: make_release(published=False), {}), (make_release, {"ways_in": []})]
)
def test_a_consultation_needs_a_published_release_and_a_way_in(make: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        make_consultation(release=make(), **fields)
    assert Consultation.objects.count() == 0


@CONTRIBUTIONS
def test_hiding_and_restoring_keep_the_text_and_leave_reason_actor_and_leaf(make: Any) -> None:
    contribution, moderator = make(), make_moderator()
    kind = contribution._meta.model_name
    hide_contribution(contribution, rule=1, reason=" 含有住址 ", acting_user=moderator)
    contribution.refresh_from_db()
    assert (contribution.status, contribution.hidden_reason) == ("hidden", "含有住址")
    restore_contribution(contribution, reason="已核实", acting_user=moderator)
    contribution.refresh_from_db()
    assert (contribution.status, contribution.hidden_reason) == ("visible", "")
    changes = [(change.who, change.reason) for change in history_of(contribution)][:2]
    assert changes == [(moderator.display_name, "已核实"), (moderator.display_name, "含有住址")]
    assert kinds_of(contribution) == [f"{kind}.submitted", f"{kind}.hidden", f"{kind}.restored"]


@CONTRIBUTIONS
def test_accepting_is_done_once(make: Any) -> None:
    contribution = make()
    accept_contribution(contribution, acting_user=make_moderator())
    with pytest.raises(Conflict):
        accept_contribution(contribution, acting_user=make_moderator())
    assert kinds_of(contribution)[1:] == [f"{contribution._meta.model_name}.accepted"]


def test_the_reason_is_never_in_the_log_in_the_clear() -> None:
    feedback = make_feedback()
    hide_contribution(feedback, rule=1, reason="含有他人住址", acting_user=make_moderator())
    assert entries(leaf__contains="住址") == []


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("visitor", SignInRequired),
        ("citizen", NotAllowed),
        (Role.AUDITOR, NotAllowed),
        (Role.EDITOR, NotAllowed),
        (Role.REVIEWER, NotAllowed),
    ],
)
@pytest.mark.parametrize(
    "action",
    [
        lambda feedback, user: hide_contribution(feedback, rule=1, reason="理由", acting_user=user),
        lambda feedback, user: restore_contribution(feedback, reason="理由", acting_user=user),
        lambda feedback, user: accept_contribution(feedback, acting_user=user),
    ],
    ids=["hide", "restore", "accept"],
)
def test_only_moderators_moderate(action: Any, who: str, error: type[GongzhiError]) -> None:
    feedback = make_feedback()
    user: Any = {"visitor": AnonymousUser, "citizen": make_user}.get(who) or (lambda: make_officeholder(Role(who)))
    with pytest.raises(error):
        action(feedback, user())
    assert kinds_of(feedback) == ["feedback.submitted"]


def test_nobody_moderates_the_own_contribution() -> None:
    moderator = make_moderator()
    feedback = make_feedback(acting_user=moderator)
    with pytest.raises(NotAllowed):
        hide_contribution(feedback, rule=1, reason="理由", acting_user=moderator)


def test_hiding_needs_a_reason() -> None:
    with pytest.raises(Invalid):
        hide_contribution(make_feedback(), rule=1, reason="  ", acting_user=make_moderator())


def test_restoring_what_is_public_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        restore_contribution(make_feedback(), reason="理由", acting_user=make_moderator())


@pytest.mark.django_db(transaction=True)
def test_of_two_moderators_who_hide_at_once_one_wins_and_the_other_is_told() -> None:
    feedback = make_feedback()
    moderators = [make_moderator(), make_moderator()]
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def hide(moderator: Any) -> None:
        try:
            ready.wait(10)
            hide_contribution(feedback, rule=1, reason=f"理由 {moderator.pk}", acting_user=moderator)
            outcomes.append("hidden")
        except GongzhiError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=hide, args=(moderator,)) for moderator in moderators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "hidden"]
    assert kinds_of(feedback) == ["feedback.submitted", "feedback.hidden"]
