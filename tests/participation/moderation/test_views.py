"""The pages of moderation: who may see which, and what each leads to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from participation.moderation.actions import hide_item, look_first, report_item, review_decision
from participation.moderation.flags import flags_of
from participation.moderation.models import Appeal, Decision, Report
from participation.moderation.queries import public_log
from participation.stakeholders.models import Role, User
from tests.factories import (
    make_consultation,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_moderator,
    make_officeholder,
    make_user,
)
from tests.participation.moderation.test_actions import EVERY_KIND, MAKERS, hide

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"participation:moderation:{name}", args=args)


def test_who_may_see_which_page() -> None:
    author = make_user()
    decision = hide(make_feedback(acting_user=author))
    public = make_feedback()
    pages = {
        "table": url("index"),
        "item": url("item", "feedback", public.row_id),
        "look first": url("look_first", public.consultation.row_id),
        "decision": decision.get_absolute_url(),
        "report": url("report", "feedback", public.row_id),
        "rules": url("rules"),
        "log": url("log"),
    }
    readers = {
        "visitor": Client(),
        "citizen": signed_in(make_user()),
        "author": signed_in(author),
        "auditor": signed_in(make_officeholder(Role.AUDITOR)),
        "moderator": signed_in(make_moderator()),
    }
    found = {name: [client.get(page).status_code for page in pages.values()] for name, client in readers.items()}
    assert found == {
        "visitor": [401, 401, 401, 401, 200, 200, 200],
        "citizen": [403, 403, 403, 404, 200, 200, 200],
        "author": [403, 403, 403, 200, 200, 200, 200],
        "auditor": [200, 200, 403, 200, 200, 200, 200],
        "moderator": [200, 200, 200, 200, 200, 200, 200],
    }


def test_what_is_not_there_is_not_found() -> None:
    client, hidden = signed_in(make_moderator()), make_feedback()
    hide(hidden)
    assert client.get(url("item", "secret", hidden.row_id)).status_code == 404
    assert client.get(url("item", "evaluation", hidden.row_id)).status_code == 404
    assert signed_in(make_user()).get(url("report", "feedback", hidden.row_id)).status_code == 404


@EVERY_KIND
def test_hiding_reviewing_and_appealing_by_forms(kind: str) -> None:
    item, rule = MAKERS[kind](), make_house_rule()
    author = item.actor if kind == "message" else item.author  # type: ignore[union-attr]
    first, second, third = (signed_in(make_moderator()) for _number in range(3))
    page = url("item", kind, item.row_id)
    hide_url, show_url = (url(name, kind, item.row_id) for name in ("hide", "show"))
    assert first.post(hide_url, {"rule": rule.row_id, "reason": " "}).status_code == 400
    assert first.post(hide_url, {"rule": "", "reason": "住址"}).status_code == 400
    assert first.post(hide_url, {"rule": rule.row_id, "reason": "住址"}).headers["Location"] == page
    assert first.post(hide_url, {"rule": rule.row_id, "reason": "住址"}).status_code == 409
    decision = Decision.objects.get()
    review = url("review", decision.row_id)
    assert first.post(review, {"outcome": "confirmed", "reason": "同意"}).status_code == 403
    assert second.post(review, {"outcome": "confirmed", "reason": "同意"}).status_code == 302
    own = signed_in(author)
    text = own.get(decision.get_absolute_url()).content.decode()
    assert rule.title in text
    assert decision.decided_by.display_name not in text
    appeal = url("appeal", decision.row_id)
    assert signed_in(make_user()).post(appeal, {"words": "请再看"}).status_code == 404
    assert own.post(appeal, {"words": ""}).status_code == 400
    assert own.post(appeal, {"words": "请再看"}).status_code == 302
    decide = url("decide_appeal", Appeal.objects.get().row_id)
    sent = {"outcome": "granted", "reason": "有理"}
    assert [client.post(decide, sent).status_code for client in (first, second, third)] == [403, 403, 302]
    item.refresh_from_db()
    assert not item.is_hidden
    assert first.post(show_url, {"reason": "再看"}).status_code == 409


def test_the_author_finds_the_decision_from_the_own_words() -> None:
    item = make_feedback()
    decision = hide(item)
    assert decision.get_absolute_url() in signed_in(item.author).get(item.get_absolute_url()).content.decode()
    evaluation = make_evaluation()
    assert (
        url("report", "evaluation", evaluation.row_id) in Client().get(evaluation.get_absolute_url()).content.decode()
    )


def test_a_visitor_is_led_to_sign_in_with_the_report_kept() -> None:
    item = make_feedback()
    page = Client().post(url("report", "feedback", item.row_id), {"reason": "personal", "words": "第三行"})
    assert page.status_code == 401
    assert "第三行" in page.content.decode()


def test_reporting_is_settled_where_it_was_reported() -> None:
    item, person = make_feedback(), make_user()
    client, page = signed_in(person), url("report", "feedback", item.row_id)
    assert client.post(page, {"reason": "other"}).status_code == 400
    assert client.post(page, {"reason": "personal"}).status_code == 302
    assert Report.objects.get().reporter == person
    assert item.reference in signed_in(make_moderator()).get(url("index")).content.decode()
    keep = url("keep", "feedback", item.row_id)
    assert signed_in(make_moderator()).post(keep, {"reason": "没有个人信息"}).status_code == 302
    assert "没有个人信息" in client.get(page).content.decode()


def test_new_accounts_report_more_slowly(settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "new_flag": "1/hour"}
    items = [make_feedback() for _number in range(2)]
    old = make_user(date_joined=timezone.now() - timedelta(days=settings.NEW_ACCOUNT_DAYS + 1))
    found = [
        [client.post(url("report", "feedback", item.row_id), {"reason": "personal"}).status_code for item in items]
        for client in (signed_in(make_user()), signed_in(old))
    ]
    assert found == [[302, 429], [302, 302]]


def test_looking_first_is_set_by_form_and_told_on_the_page() -> None:
    consultation, client = make_consultation(), signed_in(make_moderator())
    page = url("look_first", consultation.row_id)
    assert client.post(page, {"hours": "0", "reason": "刷屏"}).status_code == 400
    assert client.post(page, {"hours": "24", "reason": "刷屏"}).status_code == 302
    assert "24" in Client().get(consultation.get_absolute_url()).content.decode()
    held = make_feedback(type(consultation).objects.get(pk=consultation.pk), body="还没看过的话")
    assert "还没看过的话" not in Client().get(consultation.get_absolute_url()).content.decode()
    assert Client().get(held.get_absolute_url()).status_code == 404
    assert "还没看过的话" in client.get(url("index")).content.decode()
    assert client.post(url("show", "feedback", held.row_id), {}).status_code == 302
    assert Client().get(held.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_the_table_takes_the_same_queries_whatever_waits(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultation, rule, reporter, first = make_consultation(), make_house_rule(), make_user(), make_moderator()
    for _number in range(count):
        report_item(make_feedback(consultation), reason="personal", acting_user=reporter)
        hide_item(make_feedback(consultation), rule=rule, reason="住址", acting_user=first)
    client = signed_in(make_moderator())
    client.get(url("index"))
    with django_assert_num_queries(17):
        client.get(url("index"))


def test_flags_explain_and_change_nothing() -> None:
    consultation, person = make_consultation(), make_user()
    text = "请把电梯的账目公开，我们都想看看 https://a.example https://b.example www.c.example"
    items = [make_feedback(consultation, body=text, acting_user=person) for _number in range(5)]
    plain = make_feedback(consultation)
    flags = flags_of([*items, plain])
    assert [flag.kind for flag in flags[items[0].row_id]] == ["same_text", "links", "burst"]
    assert flags[plain.row_id] == []
    assert all(flag.explanation for flag in flags[items[0].row_id])
    assert {item.status for item in items} == {"visible"}


def test_the_public_log_tells_no_small_numbers_and_no_names() -> None:
    rule, author = make_house_rule(), make_user(display_name="被隐藏的作者")
    for number in range(6):
        item = make_feedback(acting_user=author) if number else make_evaluation()
        decision = hide(item, rule=rule, reason="独一无二的理由")
        if number > 1:
            review_decision(decision, outcome="confirmed", reason="同意", acting_user=make_moderator())
    found = public_log()
    assert (found.by_rule.cells[rule], found.by_rule.total) == (6, 6)
    nothing = dict.fromkeys(("message", "proposal", "statement", "photo"), 0)
    assert found.by_kind.cells == {"feedback": None, "evaluation": None, **nothing}
    page = Client().get(url("log")).content.decode()
    for secret in ("被隐藏的作者", "独一无二的理由", str(item.row_id)):
        assert secret not in page
    assert Client().get(url("log"), {"year": "x"}).status_code == 200


def test_the_rules_are_public_with_what_stood_there_before() -> None:
    rule = make_house_rule(title="现在的规则")
    make_house_rule(title="从前的规则", valid_until=timezone.localdate() - timedelta(days=1))
    page = Client().get(url("rules")).content.decode()
    assert f'id="rule-{rule.number}"' in page
    assert "从前的规则" in page
    assert url("log") in page


def test_held_items_show_by_when_they_are_looked_at() -> None:
    consultation = make_consultation()
    look_first(consultation, hours=24, reason="刷屏", acting_user=make_moderator())
    consultation.refresh_from_db()
    item = make_feedback(consultation)
    task = signed_in(make_moderator()).get(url("index")).context["queue"].held[0]
    assert (task.due_at, task.is_late) == (item.created + timedelta(hours=24), False)
