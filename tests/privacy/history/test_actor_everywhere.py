"""Who did it and why stands in the history whatever runs the action: the real consumer, task, command and view."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.test import AsyncClient, Client
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from cms.budget.models import Release
from participation.consultations.actions import hide_contribution
from participation.discussion.models import Event
from participation.stakeholders.models import User
from privacy.history.actor import acting
from tests.cms.budget.importing.made_up import PLAIN
from tests.factories import make_feedback, make_house_rule, make_moderator, make_user
from tests.participation.discussion.pages import consultation_made, opened, user_made

pytestmark = [pytest.mark.both, pytest.mark.urls("tests.privacy.history.pages")]


def newest(obj: Any) -> tuple[Any, str | None]:
    row = obj.history.first()
    return row.history_user, row.history_change_reason


@task()
def rename_everybody(moderator_pk: int, name: str) -> None:
    with acting(User.objects.get(pk=moderator_pk), reason="asked for by the court"):
        for person in User.objects.exclude(pk=moderator_pk):
            person.display_name = name
            person.save()


@pytest.mark.django_db
def test_in_a_view_the_signed_in_person_acts(client: Client) -> None:
    feedback, moderator, rule = make_feedback(), make_moderator(), make_house_rule()
    client.force_login(moderator)
    hide = f"/moderation/feedback/{feedback.row_id}/hide/"
    client.post(hide, {"rule": str(rule.row_id), "reason": "含他人电话"})
    feedback.refresh_from_db()
    assert feedback.is_hidden
    assert newest(feedback) == (moderator, f"{rule}\n含他人电话")


@pytest.mark.django_db
def test_a_change_outside_an_action_is_the_signed_in_persons_too(client: Client) -> None:
    person = make_user()
    client.force_login(person)
    assert client.get("/rename/").status_code == 200
    assert newest(person) == (person, None)


@pytest.mark.django_db(transaction=True)
async def test_in_an_asynchronous_view_the_signed_in_person_acts(async_client: AsyncClient) -> None:
    person = await sync_to_async(make_user)()
    await async_client.aforce_login(person)
    assert (await async_client.get("/rename/async/")).status_code == 200
    assert await sync_to_async(newest)(person) == (person, "typed in a coroutine")


@pytest.mark.django_db(transaction=True)
async def test_in_a_consumer_the_person_at_the_socket_acts() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await page.say("电梯什么时候装？")
        await page.two()
    event = await Event.objects.aget(kind="message")
    assert await sync_to_async(newest)(event) == (member, None)


@pytest.mark.django_db
def test_in_a_task_whoever_it_names_acts() -> None:
    person, moderator = make_user(), make_moderator()
    rename_everybody.enqueue(moderator.pk, "新名字")
    assert newest(person) == (moderator, "asked for by the court")


@pytest.mark.django_db(transaction=True)
def test_in_a_task_done_later_by_a_worker_whoever_it_names_acts(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    person, moderator = make_user(), make_moderator()
    with acting(person, reason="whoever asked for it is not who does it"):
        rename_everybody.enqueue(moderator.pk, "新名字")
    call_command("db_worker", batch=True, interval=0, startup_delay=False, stdout=StringIO(), verbosity=0)
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
    assert newest(person) == (moderator, "asked for by the court")


@pytest.mark.django_db
def test_in_a_command_the_system_acts(tmp_path: Path) -> None:
    budget, mapping = tmp_path / "budget.csv", tmp_path / "map.toml"
    budget.write_text("department,amount\n教育局,1234.5\n", encoding="utf-8")
    mapping.write_text(PLAIN, encoding="utf-8")
    call_command("budget_import", str(budget), "--mapping", str(mapping), stdout=StringIO())
    assert newest(Release.objects.get())[0] is None


@pytest.mark.django_db
def test_after_an_action_nobody_acts() -> None:
    feedback, moderator, person = make_feedback(), make_moderator(), make_user()
    hide_contribution(feedback, rule=1, reason="含他人电话", acting_user=moderator)
    person.display_name = "another"
    person.save()
    assert newest(person) == (None, None)
