"""How fast ten thousand pieces of feedback are weighed: the balance, and the suggestion of themes."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from participation.balance.suggesting import suggested_themes
from participation.feedback.models import Feedback
from participation.stakeholders.models import StakeholderGroup, User
from tests.factories import make_consultation, make_line, make_moderator

pytestmark = [pytest.mark.django_db, pytest.mark.both]
INPUTS, PEOPLE = 10_000, 500
WORDS = ("电梯加装", "路灯不亮", "公园座椅", "校门拥堵", "积水严重", "停车困难", "垃圾分类", "噪声扰民")


def taken(client: Client, url: str) -> float:
    started = time.perf_counter()
    client.get(url)
    return time.perf_counter() - started


def test_ten_thousand_inputs_are_weighed_within_a_second() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    people = User.objects.bulk_create(
        User(email=f"crowd{number}@example.org", display_name=f"居民{number}") for number in range(PEOPLE)
    )
    now = timezone.now()
    Feedback.objects.bulk_create(
        Feedback(
            consultation=consultation,
            author=people[number % PEOPLE],
            stakeholder_group=StakeholderGroup.CITIZEN,
            line=line,
            kind=Feedback.Kind.values[number % 4],
            body=f"{WORDS[number % len(WORDS)]}，第{number}号反映，请说明钱花在哪里。",
            due_on=(now + timedelta(days=number % 40 - 20)).date(),
        )
        for number in range(INPUTS)
    )
    client, moderator = Client(), make_moderator()
    client.force_login(moderator)
    measured = {}
    for name in ("balance", "board", "themes"):
        url = reverse(f"participation:balance:{name}", args=[consultation.row_id])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        measured[f"{name} page, queries"] = len(queries)
        measured[f"{name} page, seconds"] = round(min(taken(client, url) for _ in range(3)), 3)
    assert len(suggested_themes(moderator, consultation)) > 0
    print(json.dumps({"inputs": INPUTS, **measured}))
    assert max(measured["balance page, queries"], measured["board page, queries"]) <= 20
    assert max(measured["balance page, seconds"], measured["board page, seconds"]) <= 1
