"""What those who keep a round do on its pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from participation.allocation.actions import DATES
from participation.allocation.ballots.actions import ask_to_close
from participation.allocation.models import Allocation, Phase
from participation.allocation.results.models import AllocationResult, ProjectResult
from participation.allocation.results.tasks import count_ballots
from participation.stakeholders.models import User
from tests.factories import (
    make_moderator,
    make_user,
)
from tests.participation.allocation.rounds import (
    DAY,
    approving,
    close,
    dates_for,
    listed_round,
    make_allocation,
    make_proposal,
    make_rule,
    move_to,
    vote,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def at(name: str, record: Any, *more: Any) -> str:
    return reverse(f"participation:allocation:{name}", args=[record.row_id, *more])


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def counted(*ballots: Any) -> Allocation:
    allocation = listed_round(600, 400, 300)
    vote(allocation, *(ballots or [approving(1)] * 4 + [approving(2)] * 3 + [approving(2, 3)] * 2))
    close(allocation)
    count_ballots.func(AllocationResult.objects.get().pk)
    allocation.refresh_from_db()
    return allocation


def typed(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def test_a_round_is_opened_by_a_form() -> None:
    sent = {name: typed(moment) for name, moment in dates_for(Phase.ANNOUNCED).items()}
    sent |= {"title": "一笔钱", "purpose": "居民定。", "limits": "公共空间。", "amount": "1000"}
    make_rule()
    sent |= {
        "required_level": "1",
        "recommended": "3",
        "ballot_kind": "approval",
        "utility": "cost",
        "completion": "add1u",
    }
    sent |= {"stop": "overspend"}
    response = signed_in(make_moderator()).post(reverse("participation:allocation:new"), sent)
    allocation = Allocation.objects.get()
    assert (response.status_code, allocation.amount, allocation.phase) == (302, 1000_00, Phase.ANNOUNCED)


def test_two_keepers_lead_a_round_to_its_result() -> None:
    allocation = listed_round(600, 400)
    vote(allocation, approving(1), approving(1, 2))
    move_to(allocation, Phase.CLOSING)
    first, second = signed_in(make_moderator()), signed_in(make_moderator())
    assert first.post(at("act", allocation, "ask-close")).status_code == 302
    assert "second person" in page(first, at("keep", allocation))
    assert first.post(at("act", allocation, "close")).status_code == 403
    assert second.post(at("act", allocation, "close")).status_code == 302
    count_ballots.func(AllocationResult.objects.get().pk)
    winner = ProjectResult.objects.won().first()
    assert winner is not None
    assert second.post(at("act", allocation, "adopt"), {"winner": winner.row_id}).status_code == 302
    assert "Open a task" in page(second, at("keep", allocation))


def test_a_list_that_is_not_ready_is_refused_in_words() -> None:
    allocation = make_allocation()
    make_proposal(allocation)
    response = signed_in(make_moderator()).post(at("act", move_to(allocation, Phase.REVIEW), "list"))
    assert (response.status_code, "still waits for a department" in response.content.decode()) == (409, True)


def test_dates_are_moved_by_a_form() -> None:
    allocation = make_allocation()
    dates = {f"dates-{name}": typed(getattr(allocation, name)) for name in DATES}
    later = allocation.voting_until + DAY
    sent = {**dates, "dates-voting_until": typed(later), "dates-reason": "春节"}
    response = signed_in(make_moderator()).post(at("act", allocation, "dates"), sent)
    allocation.refresh_from_db()
    assert (response.status_code, allocation.voting_until) == (302, later.replace(second=0, microsecond=0))


def test_others_do_not_keep_a_round() -> None:
    allocation = move_to(listed_round(100), Phase.CLOSING)
    ask_to_close(allocation, acting_user=make_moderator())
    client = signed_in(make_user())
    assert client.get(at("keep", allocation)).status_code == 403
    assert client.post(at("act", allocation, "close")).status_code == 403
