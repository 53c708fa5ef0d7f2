"""What happens to what was said: reported, hidden, looked at by a second person, appealed against. Of every kind alike."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from participation.discussion.actions import post_message
from participation.discussion.models import Event
from participation.discussion.queries import messages_for
from participation.following.models import Announcement
from participation.moderation.actions import (
    decide_appeal,
    hide_item,
    keep_item,
    lodge_appeal,
    review_decision,
    show_item,
)
from participation.moderation.items import author_of, item_found
from participation.moderation.models import Decision, Item
from participation.moderation.queries import queue_of
from participation.stakeholders.models import Mandate, Role, StakeholderGroup, User
from participation.stakeholders.queries import Standing
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, NotFound, SignInRequired
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_line,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_task,
    make_user,
)
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_message(about: Any = None, **fields: Any) -> Event:
    values = {"body": "某某住在三栋二零一", "client_id": uuid.uuid4(), "standing": CITIZEN}
    fields["acting_user"] = fields.get("acting_user") or make_user()
    return post_message(about or make_consultation(), **{**values, **fields})[0]


MAKERS: dict[str, Callable[..., Item]] = {
    "feedback": make_feedback,
    "evaluation": make_evaluation,
    "message": make_message,
}
EVERY_KIND = pytest.mark.parametrize("kind", list(MAKERS))


def hide(item: Item, **fields: Any) -> Decision:
    fields = {"rule": None, "reason": "含有他人住址", "acting_user": None, **fields}
    fields["rule"] = fields["rule"] or make_house_rule()
    fields["acting_user"] = fields["acting_user"] or make_moderator()
    return hide_item(item, **fields)


def is_read_by(user: User | AnonymousUser, kind: str, item: Item) -> bool:
    if isinstance(item, Event):
        return any(frame["body"] for frame in messages_for(user, item.room.about))
    try:
        item_found(user, kind, item.row_id)
    except NotFound:
        return False
    return True


def kinds_of(record: Any) -> list[str]:
    return [found.kind for found in entries(record_ref=record.row_id)]


# Rooms outside of a consultation ------------------------------------------------------------------

PLACES: dict[str, Callable[[], Any]] = {
    "release": lambda: make_line().release,
    "programme": lambda: make_line().programme,
    "evaluation": make_evaluation,
    "task": make_task,
}


@pytest.mark.parametrize("place", list(PLACES))
def test_a_message_is_moderated_in_every_room_as_in_a_consultation(place: str) -> None:
    about, rule = PLACES[place](), make_house_rule()
    message, second, third = make_message(about), make_moderator(), make_moderator()
    decision = hide(message, rule=rule)
    assert not is_read_by(AnonymousUser(), "message", message)
    assert [frame["hidden_rule"] for frame in messages_for(AnonymousUser(), about)] == [rule.number]
    assert [task.decision for task in queue_of(second).unreviewed] == [decision]
    review_decision(decision, outcome="confirmed", reason="同意", acting_user=second)
    appeal = lodge_appeal(decision, words="这不是住址", acting_user=message.actor)
    decide_appeal(appeal, outcome="granted", reason="确实不是", acting_user=third)
    assert is_read_by(AnonymousUser(), "message", message)


@pytest.mark.parametrize("place", list(PLACES))
def test_what_is_held_in_a_room_waits_in_the_queue_and_says_where(place: str) -> None:
    about = PLACES[place]()
    room = make_message(about).room
    type(room).objects.update(holds="all")
    held = make_message(about, body="要看过才公开的话")
    task = queue_of(make_moderator()).held[0]
    assert (task.item, task.place, bool(task.place_name), task.due_at) == (held, about, True, None)


# Hiding and showing -------------------------------------------------------------------------------


@EVERY_KIND
def test_hiding_cites_a_rule_and_keeps_the_text(kind: str) -> None:
    item, moderator, rule = MAKERS[kind](), make_moderator(), make_house_rule()
    decision = hide(item, rule=rule, acting_user=moderator)
    assert (decision.deed, decision.rule, decision.decided_by, decision.review) == ("hide", rule, moderator, "")
    item.refresh_from_db()
    assert item.is_hidden
    readers = {"visitor": AnonymousUser(), "author": author_of(item), "moderator": make_moderator()}
    assert {name: is_read_by(reader, kind, item) for name, reader in readers.items()} == {
        "visitor": False,
        "author": True,
        "moderator": True,
    }
    assert kinds_of(decision) == ["decision.made"]


@EVERY_KIND
def test_showing_again_is_a_decision_with_a_reason(kind: str) -> None:
    item = MAKERS[kind]()
    hide(item)
    with pytest.raises(Invalid):
        show_item(item, reason=" ", acting_user=make_moderator())
    assert show_item(item, reason="已核实", acting_user=make_moderator()).deed == Decision.Deed.RESTORE
    assert is_read_by(AnonymousUser(), kind, item)


@EVERY_KIND
def test_of_two_moderators_who_hide_the_second_is_told(kind: str) -> None:
    item = MAKERS[kind]()
    hide(item)
    with pytest.raises(Conflict):
        hide(item)
    assert Decision.objects.count() == 1


@EVERY_KIND
@pytest.mark.parametrize("act", ["hide", "show", "keep"])
def test_nobody_decides_on_the_own_words_or_those_of_the_own_organisation(kind: str, act: str) -> None:
    moderator = make_moderator()
    organisation = make_organisation(member=make_user())
    standing = Standing(StakeholderGroup(organisation.group), organisation)
    colleague = organisation.mandates.get().person
    Mandate.objects.create(person=moderator, organisation=organisation)
    of_colleague = MAKERS[kind](
        acting_user=colleague, **({"organisation": organisation} if kind == "evaluation" else {"standing": standing})
    )
    own = (
        make_evaluation(acting_user=moderator, organisation=organisation)
        if kind == "evaluation"
        else MAKERS[kind](acting_user=moderator)
    )
    acts: dict[str, Callable[[Item], Any]] = {
        "hide": lambda item: hide(item, acting_user=moderator),
        "show": lambda item: show_item(item, reason="看过", acting_user=moderator),
        "keep": lambda item: keep_item(item, reason="看过", acting_user=moderator),
    }
    for item in (own, of_colleague):
        with pytest.raises(NotAllowed):
            acts[act](item)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("visitor", SignInRequired),
        ("citizen", NotAllowed),
        (Role.OFFICER, NotAllowed),
        (Role.EDITOR, NotAllowed),
        (Role.AUDITOR, NotAllowed),
        (Role.MODERATOR, None),
    ],
)
def test_only_moderators_decide(who: str, error: type[GongzhiError] | None) -> None:
    from tests.factories import make_department

    department = make_department() if who == Role.OFFICER else None
    user: Any = (
        None if who == "visitor" else make_user() if who == "citizen" else make_officeholder(Role(who), department)
    )
    item, rule = make_feedback(), make_house_rule()
    if error is None:
        hide_item(item, rule=rule, reason="住址", acting_user=user)
    else:
        with pytest.raises(error):
            hide_item(item, rule=rule, reason="住址", acting_user=user)
    assert Decision.objects.count() == (error is None)


def test_hiding_needs_a_rule_in_force_and_a_reason() -> None:
    ended = make_house_rule(valid_from=date(2020, 1, 1), valid_until=date(2020, 12, 31))
    for rule, reason in ((ended, "住址"), (make_house_rule(), "  ")):
        with pytest.raises(Invalid):
            hide(make_feedback(), rule=rule, reason=reason)


def test_the_database_refuses_hiding_without_a_rule_and_a_reviewer_who_decided() -> None:
    decision = hide(make_feedback())
    for values in ({"rule": None}, {"reviewed_by": decision.decided_by, "review": "confirmed"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(**values)


def test_the_author_is_told_of_each_step(django_capture_on_commit_callbacks: Any) -> None:
    item = make_feedback()
    decision = hide(item)
    review_decision(decision, outcome="confirmed", reason="同意", acting_user=make_moderator())
    appeal = lodge_appeal(decision, words="这不是住址", acting_user=item.author)
    decide_appeal(appeal, outcome="granted", reason="确实不是", acting_user=make_moderator())
    told = Announcement.objects.filter(row_id=item.row_id, url=decision.get_absolute_url()).order_by("pk")
    assert [(each.kind, each.words["step"], each.people) for each in told] == [
        ("moderated", "hidden", [item.author.pk]),
        ("moderated", "confirmed", [item.author.pk]),
        ("appeal", "upheld", [item.author.pk]),
    ]


# The second person --------------------------------------------------------------------------------


def test_the_second_person_is_not_the_first() -> None:
    moderator = make_moderator()
    decision = hide(make_feedback(), acting_user=moderator)
    with pytest.raises(NotAllowed):
        review_decision(decision, outcome="confirmed", reason="同意", acting_user=moderator)
    assert decision.awaits_review


@EVERY_KIND
@pytest.mark.parametrize(("outcome", "is_hidden"), [("confirmed", True), ("overturned", False)])
def test_the_second_person_confirms_or_shows_it_again(kind: str, outcome: str, is_hidden: bool) -> None:
    item, second = MAKERS[kind](), make_moderator()
    decision = review_decision(hide(item), outcome=outcome, reason="看过", acting_user=second)
    item.refresh_from_db()
    assert (item.is_hidden, decision.review, decision.reviewed_by) == (is_hidden, outcome, second)
    assert kinds_of(decision) == ["decision.made", "decision.reviewed"]


def test_a_decision_is_reviewed_once() -> None:
    decision = review_decision(hide(make_feedback()), outcome="confirmed", reason="同意", acting_user=make_moderator())
    with pytest.raises(Conflict):
        review_decision(decision, outcome="overturned", reason="不同意", acting_user=make_moderator())


# Appeals ------------------------------------------------------------------------------------------


@EVERY_KIND
def test_an_appeal_is_decided_by_somebody_who_had_no_part_in_it(kind: str) -> None:
    item, first, second, third = MAKERS[kind](), make_moderator(), make_moderator(), make_moderator()
    decision = hide(item, acting_user=first)
    review_decision(decision, outcome="confirmed", reason="同意", acting_user=second)
    appeal = lodge_appeal(decision, words="说的是事，不是人", acting_user=author_of(item))
    appeal.decision.refresh_from_db()
    for involved in (first, second):
        with pytest.raises(NotAllowed):
            decide_appeal(appeal, outcome="granted", reason="有理", acting_user=involved)
    decided = decide_appeal(appeal, outcome="granted", reason="有理", acting_user=third)
    item.refresh_from_db()
    assert (item.is_hidden, decided.outcome, decided.decided_by) == (False, "granted", third)
    assert kinds_of(decided) == ["appeal.lodged", "appeal.decided"]


def test_a_rejected_appeal_leaves_it_hidden_and_there_is_no_second_one() -> None:
    item = make_feedback()
    decision = hide(item)
    appeal = lodge_appeal(decision, words="请再看看", acting_user=item.author)
    decide_appeal(appeal, outcome="rejected", reason="规则一", acting_user=make_moderator())
    item.refresh_from_db()
    assert item.is_hidden
    with pytest.raises(Conflict):
        lodge_appeal(decision, words="再请看看", acting_user=item.author)
    with pytest.raises(Conflict):
        decide_appeal(appeal, outcome="granted", reason="反悔", acting_user=make_moderator())


def test_only_the_author_appeals_and_only_while_it_is_hidden() -> None:
    item = make_feedback()
    decision = hide(item)
    for other in (make_user(), make_moderator()):
        with pytest.raises(NotAllowed):
            lodge_appeal(decision, words="请再看看", acting_user=other)
    show_item(item, reason="误会", acting_user=make_moderator())
    with pytest.raises(Conflict):
        lodge_appeal(decision, words="请再看看", acting_user=item.author)


def test_hidden_anew_it_can_be_appealed_against_anew() -> None:
    item = make_feedback()
    first = hide(item)
    lodge_appeal(first, words="请再看看", acting_user=item.author)
    show_item(item, reason="误会", acting_user=make_moderator())
    second = hide(item)
    assert lodge_appeal(second, words="又来了", acting_user=item.author).decision == second
