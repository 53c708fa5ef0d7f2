"""Reports, input that is looked at before it is shown, and the rules of the house. Of every kind of input alike."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from participation.consultations.models import Consultation
from participation.discussion.actions import post_message
from participation.discussion.models import Event
from participation.discussion.queries import messages_for
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.moderation.actions import (
    hide_item,
    keep_item,
    lodge_appeal,
    look_first,
    publish_house_rule,
    report_item,
    show_item,
)
from participation.moderation.house_rules import OWN, RuleDefinition, read_rules
from participation.moderation.items import author_of, item_found
from participation.moderation.models import Decision, HouseRule, Item, Report
from participation.stakeholders.models import User
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, NotFound, SignInRequired
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_moderator,
    make_user,
)
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_message(consultation: Consultation | None = None, **fields: Any) -> Event:
    values = {"body": "某某住在三栋二零一", "client_id": uuid.uuid4(), "standing": CITIZEN}
    fields["acting_user"] = fields.get("acting_user") or make_user()
    return post_message(consultation or make_consultation(), **{**values, **fields})[0]


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
        return any(frame["body"] for frame in messages_for(user, item.room.consultation))
    try:
        item_found(user, kind, item.row_id)
    except NotFound:
        return False
    return True


def kinds_of(record: Any) -> list[str]:
    return [found.kind for found in entries(record_ref=record.row_id)]


# Reports ------------------------------------------------------------------------------------------


@EVERY_KIND
def test_anybody_signed_in_reports_once(kind: str) -> None:
    item, person = MAKERS[kind](), make_user(verified=False)
    report = report_item(item, reason="personal", words=" 有门牌号 ", acting_user=person)
    assert (report.item, report.reason, report.words) == (item, "personal", "有门牌号")
    with pytest.raises(Conflict):
        report_item(item, reason="abuse", acting_user=person)
    report_item(item, reason="abuse", acting_user=make_user())
    assert Report.objects.count() == 2
    leaf = entries(record_ref=report.row_id)[0].leaf
    assert str(item.row_id) not in leaf


def test_a_report_needs_a_reason_of_the_list_and_words_for_anything_else() -> None:
    for fields in ({"reason": "because"}, {"reason": "other", "words": " "}):
        with pytest.raises(Invalid):
            report_item(make_feedback(), acting_user=make_user(), **fields)
    with pytest.raises(SignInRequired):
        report_item(make_feedback(), reason="abuse", acting_user=AnonymousUser())  # type: ignore[arg-type]


def test_the_next_decision_settles_the_reports() -> None:
    item = make_feedback()
    reports = [report_item(item, reason="personal", acting_user=make_user()) for _number in range(2)]
    decision = keep_item(item, reason="没有个人信息", acting_user=make_moderator())
    assert [Report.objects.get(pk=report.pk).settled_by for report in reports] == [decision, decision]
    with pytest.raises(Conflict):
        keep_item(item, reason="没有个人信息", acting_user=make_moderator())


def test_reports_are_for_moderators_and_whoever_made_them_but_not_for_a_moderator_about_the_own_words() -> None:
    author, reporter = make_moderator(), make_user()
    report = report_item(make_feedback(acting_user=author), reason="abuse", acting_user=reporter)
    seen = {
        "author": Report.objects.visible_to(author).count(),
        "reporter": Report.objects.visible_to(reporter).count(),
        "citizen": Report.objects.visible_to(make_user()).count(),
        "visitor": Report.objects.visible_to(AnonymousUser()).count(),
        "moderator": Report.objects.visible_to(make_moderator()).count(),
    }
    assert seen == {"author": 0, "reporter": 1, "citizen": 0, "visitor": 0, "moderator": 1}
    assert report.settled_by is None


# Looked at before it is shown ---------------------------------------------------------------------


def held(kind: str) -> Item:
    consultation = make_consultation()
    look_first(consultation, hours=24, reason="有人刷屏", acting_user=make_moderator())
    consultation.refresh_from_db()
    return MAKERS[kind](consultation)


@EVERY_KIND
def test_what_is_held_is_read_by_its_author_and_those_who_check(kind: str) -> None:
    item = held(kind)
    readers = {
        "visitor": AnonymousUser(),
        "citizen": make_user(),
        "author": author_of(item),
        "moderator": make_moderator(),
    }
    assert {name: is_read_by(reader, kind, item) for name, reader in readers.items()} == {
        "visitor": False,
        "citizen": False,
        "author": True,
        "moderator": True,
    }


def test_the_author_of_a_held_message_is_not_named() -> None:
    message = held("message")
    frame = messages_for(AnonymousUser(), message.room.consultation)[0]
    assert (frame["held"], frame["author"], frame["body"]) == (True, "", "")


@EVERY_KIND
def test_a_held_item_is_released_without_a_reason_or_hidden_with_one(kind: str) -> None:
    released, refused = held(kind), held(kind)
    assert show_item(released, reason="", acting_user=make_moderator()).deed == Decision.Deed.RELEASE
    assert is_read_by(AnonymousUser(), kind, released)
    decision = hide(refused)
    refused.refresh_from_db()
    assert (refused.is_hidden, refused.is_held) == (True, False)
    assert lodge_appeal(decision, words="请公开", acting_user=author_of(refused)).outcome == ""


def test_looking_first_is_recorded_with_its_reason_and_can_be_ended() -> None:
    consultation, moderator = make_consultation(), make_moderator()
    changed = look_first(consultation, hours=24, reason="有人刷屏", acting_user=moderator)
    assert (changed.look_within_hours, changed.holds_input) == (24, True)
    with pytest.raises(Conflict):
        look_first(consultation, hours=24, reason="有人刷屏", acting_user=moderator)
    assert not look_first(consultation, hours=None, reason="平静了", acting_user=moderator).holds_input
    assert kinds_of(consultation)[1:] == ["consultation.looked_at_first"] * 2
    for hours in (0, 15 * 24):
        with pytest.raises(Invalid):
            look_first(consultation, hours=hours, reason="有人刷屏", acting_user=moderator)


# The rules of the house ---------------------------------------------------------------------------


def test_the_rules_that_come_with_the_portal_can_be_loaded_twice() -> None:
    for _time in range(2):
        for definition in read_rules(OWN.read_bytes()):
            publish_house_rule(definition, acting_user=None)
    assert [rule.number for rule in HouseRule.objects.in_force()] == [1, 2, 3, 4, 5, 6]
    assert kinds_of(HouseRule.objects.get(number=1)) == ["house_rule.published"]


def test_a_changed_rule_ends_the_one_before_which_goes_on_being_cited() -> None:
    old = publish_house_rule(RuleDefinition(1, date(2024, 1, 1), "旧", "旧的规则"), acting_user=None)
    decision = hide(make_feedback(), rule=old)
    new = publish_house_rule(RuleDefinition(1, date(2025, 1, 1), "新", "新的规则"), acting_user=None)
    old.refresh_from_db()
    assert (old.valid_until, list(HouseRule.objects.in_force())) == (date(2024, 12, 31), [new])
    assert Decision.objects.get(pk=decision.pk).rule == old
    with pytest.raises(Conflict):
        publish_house_rule(RuleDefinition(1, date(2025, 1, 1), "新", "别的"), acting_user=None)
    with pytest.raises(NotAllowed):
        publish_house_rule(RuleDefinition(2, date(2025, 1, 1), "新", "别的"), acting_user=make_moderator())


def test_replies_survive_what_they_reply_to() -> None:
    consultation = make_consultation()
    first = make_message(consultation)
    make_message(consultation, body="同意楼上")
    hide(first)
    assert [frame["body"] for frame in messages_for(AnonymousUser(), consultation)] == ["", "同意楼上"]


@pytest.mark.django_db(transaction=True)
def test_of_two_appeals_sent_at_once_one_is_kept() -> None:
    item = make_feedback()
    decision = hide(item)
    start, results = threading.Barrier(2), []

    def race() -> None:
        start.wait(timeout=10)
        try:
            results.append(lodge_appeal(decision, words="请再看看", acting_user=item.author))
        except GongzhiError as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(type(result).__name__ for result in results) == ["Appeal", "Conflict"]


def test_every_kind_of_contribution_is_covered() -> None:
    assert {type(make()) for make in MAKERS.values()} == {Feedback, Evaluation, Event}
