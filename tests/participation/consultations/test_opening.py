"""Opening a consultation from its page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.consultations.models import Consultation, Stage
from participation.stakeholders.models import Role, StakeholderGroup
from privacy.log.kinds import LeafKind
from tests.factories import make_line, make_moderator, make_officeholder, make_release, make_user
from tests.log_entries import entry

pytestmark = pytest.mark.django_db
URL = "/consultations/new/"


def filled_in(**changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "release": str(make_release().row_id),
        "title": "校车路线怎么调整",
        "title_en": "How to change the school bus routes",
        "purpose": "请说说哪条线最挤。",
        "decided_by": "市教育局",
        "limits": "总额不变。",
        "answer_within_days": "15",
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=30)).isoformat(),
        "feedback": [StakeholderGroup.CITIZEN],
        "evaluation": [StakeholderGroup.RESEARCH],
        **changes,
    }


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_moderator_opens_a_consultation_and_lands_on_its_page() -> None:
    response = signed_in(make_moderator()).post(URL, filled_in())
    consultation = Consultation.objects.get()
    assert response.url == reverse("participation:consultations:detail", args=[consultation.row_id])


def test_the_stages_follow_one_another_without_a_gap() -> None:
    signed_in(make_moderator()).post(URL, filled_in())
    stages = list(Consultation.objects.get().stages.order_by("starts_at"))
    assert [stage.ends_at for stage in stages] == [*(stage.starts_at for stage in stages[1:]), None]


def test_each_way_in_is_open_to_the_groups_that_were_ticked() -> None:
    signed_in(make_moderator()).post(URL, filled_in())
    ways = Consultation.objects.get().ways_in.values_list("way", "group")
    assert sorted(ways) == [("evaluation", "research"), ("feedback", "citizen")]


def test_opening_leaves_an_entry_in_the_log() -> None:
    signed_in(make_moderator()).post(URL, filled_in())
    found = entry(kind=LeafKind.CONSULTATION_OPENED)
    assert found.record_ref == Consultation.objects.get().row_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"closes_on": "2020-01-01"}, "closes_on"),
        ({"answer_within_days": "-1"}, "answer_within_days"),
        ({"answer_within_days": "0"}, "answer_within_days"),
        ({"closes_on": "9999-12-31"}, "closes_on"),
        ({"opens_on": "soon"}, "opens_on"),
    ],
)
def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(changes: dict[str, str], field: str) -> None:
    response = signed_in(make_moderator()).post(URL, filled_in(**changes))
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
    assert "请说说哪条线最挤。" in response.content.decode()
    assert not Consultation.objects.exists()


def test_without_any_way_in_there_is_no_consultation() -> None:
    response = signed_in(make_moderator()).post(URL, filled_in(feedback=[], evaluation=[]))
    assert response.status_code == 400
    assert not Consultation.objects.exists()


def test_a_draft_release_cannot_be_chosen() -> None:
    release = make_release(published=False)
    response = signed_in(make_moderator()).post(URL, filled_in(release=str(release.row_id)))
    assert list(response.context["form"].errors) == ["release"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.AUDITOR])
def test_other_offices_may_not_open_one(role: Role) -> None:
    assert signed_in(make_officeholder(role)).post(URL, filled_in()).status_code == 403


def test_a_citizen_may_not_open_one() -> None:
    assert signed_in(make_user()).get(URL).status_code == 403


def test_input_can_be_taken_from_the_first_moment() -> None:
    signed_in(make_moderator()).post(URL, filled_in())
    opening = Stage.objects.get(kind=Stage.Kind.OPEN)
    assert opening.starts_at - timezone.now() < timedelta(seconds=2)


def test_a_department_without_lines_in_the_budget_is_refused() -> None:
    elsewhere = make_line().department
    response = signed_in(make_moderator()).post(URL, filled_in(department=elsewhere.pk))
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["department"])


def test_departments_that_only_drafts_know_are_not_offered() -> None:
    secret = make_line(make_release(published=False)).department
    response = signed_in(make_moderator()).get(URL)
    assert secret.name not in response.content.decode()


def test_who_may_take_part_is_in_the_log() -> None:
    signed_in(make_moderator()).post(URL, filled_in())
    leaf = json.loads(entry(kind=LeafKind.CONSULTATION_OPENED).leaf)
    assert leaf["public"]["ways_in"] == [["evaluation", "research"], ["feedback", "citizen"]]
