"""The pages of automation: rules for everybody, the queue for those who decide, and the command."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.automation.actions import run_rule
from participation.automation.clock import run_rules_due
from participation.automation.models import AutomationDeed, AutomationRule
from participation.rectification.models import Finding, RectificationTask
from participation.stakeholders.models import Role, User
from tests.factories import (
    make_consultation,
    make_department,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_user,
)
from tests.participation.automation.test_rules import make_finding, make_rule, waiting_deed
from tests.participation.evaluations.panels import make_call

pytestmark = pytest.mark.django_db

Does, State = AutomationRule.Does, AutomationDeed.State


def client_of(person: User | None = None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def at(name: str, record: AutomationRule | AutomationDeed) -> str:
    return reverse(f"participation:automation:{name}", args=[record.row_id])


def proposal() -> AutomationDeed:
    make_finding()
    run_rule(make_rule(Does.CHECK_TASK), acting_user=None)
    return AutomationDeed.objects.get()


def test_an_officer_finds_a_proposal_on_the_own_page_and_drafts_the_task() -> None:
    deed = proposal()
    officer = make_officer(deed.department)  # type: ignore[arg-type]
    client = client_of(officer)
    index = reverse("participation:automation:index")
    assert index in page(client, reverse("participation:me"))
    assert deed.get_absolute_url() in page(client, index)
    data = {
        "finding": "两处合计不符。",
        "severity": "major",
        "title": "更正两处合计",
        "title_en": "",
        "officer": str(officer.row_id),
        "working_days": 20,
    }
    assert client.post(at("confirm", deed), data).status_code == 302
    task = RectificationTask.objects.get()
    deed.refresh_from_db()
    assert (task.status, task.finding.source, deed.state, deed.task) == (
        RectificationTask.Status.DRAFTED,
        Finding.Source.CHECK,
        State.CONFIRMED,
        task,
    )


def test_a_proposal_of_another_department_is_not_there_for_an_officer() -> None:
    deed = proposal()
    client = client_of(make_officer(make_department()))
    assert client.get(deed.get_absolute_url()).status_code == 404
    assert client_of().get(deed.get_absolute_url()).status_code == 404


def test_a_dry_run_is_shown_to_those_who_may_stop_a_rule_and_to_nobody_else() -> None:
    make_finding()
    rule = make_rule(Does.CHECK_TASK)
    url = f"{rule.get_absolute_url()}?dry=1"
    assert client_of(make_moderator()).get(url).context["causes"] != []
    assert client_of().get(url).context["causes"] == []
    assert not AutomationDeed.objects.exists()


def test_a_rule_is_run_and_stopped_by_hand() -> None:
    make_finding()
    rule, client = make_rule(Does.CHECK_TASK), client_of(make_moderator())
    assert client.post(at("run", rule)).status_code == 302
    assert AutomationDeed.objects.count() == 1
    assert client.post(at("stop", rule), {"reason": ""}).status_code == 400
    assert client.post(at("stop", rule), {"reason": "误报太多"}).status_code == 302
    assert "误报太多" in page(client_of(), reverse("participation:automation:rules"))
    assert client.post(at("run", rule)).status_code == 409
    assert client_of(make_user()).post(at("stop", rule), {"reason": "x"}).status_code == 403


def test_a_reviewer_puts_a_rule_in_force_on_its_page() -> None:
    client = client_of(make_officeholder(Role.REVIEWER))
    url = reverse("participation:automation:set_rule", args=[Does.EVALUATION])
    assert url in page(client, reverse("participation:automation:rules"))
    form = {"valid_from": timezone.localdate().isoformat(), "option_amount_from": 500, "option_risk_from": 2}
    assert client.post(url, {**form, "option_most": 3}).status_code == 302
    assert AutomationRule.objects.get().options == {"amount_from": 500, "risk_from": 2, "most": 3}


def test_an_editor_words_a_paragraph_and_the_department_shows_it() -> None:
    line = make_line()
    deed = waiting_deed(Does.FUNNEL, line.department)
    client = client_of(make_officeholder(Role.EDITOR))
    data = {"text": "本年度绩效目标完成情况良好。", "text_en": "Goals were reached."}
    assert client.post(at("confirm", deed), data).status_code == 302
    assert "本年度绩效目标完成情况良好。" in page(client_of(), line.department.get_absolute_url())


def test_a_dismissal_comes_back_without_a_reason() -> None:
    deed, client = proposal(), client_of(make_moderator())
    assert client.post(at("dismiss", deed), {"dismiss-reason": ""}).status_code == 400
    assert client.post(at("dismiss", deed), {"dismiss-reason": "系四舍五入"}).status_code == 302
    assert AutomationDeed.objects.get().state == State.DISMISSED


def test_an_agreed_evaluation_leads_on_to_the_call() -> None:
    deed, client = waiting_deed(Does.EVALUATION, make_department()), client_of(make_moderator())
    assert client.post(at("confirm", deed), {"reason": ""}).status_code == 302
    assert reverse("participation:consultations:new") in page(client, deed.get_absolute_url())


def test_the_agreed_evaluation_is_called_for_with_its_programme_and_the_call_stands_beside_it() -> None:
    consultation, moderator = make_consultation(), make_moderator()
    programme = make_line(consultation.release).programme
    assert programme is not None
    deed, client = waiting_deed(Does.EVALUATION, programme.department), client_of(moderator)
    AutomationDeed.objects.update(programme=programme)
    client.post(at("confirm", deed), {"reason": ""})
    url = reverse("participation:evaluations:new_call", args=[consultation.row_id]) + f"?programme={programme.row_id}"
    assert f'href="{url}"' in page(client, deed.get_absolute_url())
    assert re.search(rf'value="{programme.row_id}"[^>]* checked', page(client, url))
    call = make_call(consultation, programmes=[programme], acting_user=moderator)
    assert call.get_absolute_url() in page(client, deed.get_absolute_url())


def test_the_command_tells_in_a_dry_run_and_does_otherwise() -> None:
    make_finding()
    make_rule(Does.CHECK_TASK)
    told = StringIO()
    call_command("automation_run", dry_run=True, stdout=told)
    assert (told.getvalue().splitlines()[0], AutomationDeed.objects.count()) == ("check_task: 1", 0)
    call_command("automation_run", stdout=(done := StringIO()))
    assert (done.getvalue(), AutomationDeed.objects.count()) == ("check_task: 1 done, 0 failed\n", 1)


def test_the_clock_looks_once_an_hour() -> None:
    make_finding()
    make_rule(Does.CHECK_TASK)
    assert [run.done for run in run_rules_due()] == [1]
    AutomationDeed.objects.all().delete()
    assert run_rules_due() == []
