"""One line walks the last mile: self-evaluation, a poor third-party score, a disputed task, evidence that is returned
and brought again, a panel of citizens, closure, the cut in the next year's budget, and an award. In the end everything
that happened in public has its history, its leaf, and a receipt that holds without the portal.

What no sentence of that names is not clicked: the consultation is opened, and days pass, in the data of the city.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from portal.demo.calendar import Calendar
from portal.demo.files import report_pdf
from portal.demo.people import email_of
from privacy.log import verify_receipt
from tests.browser.conftest import DemoServer
from tests.browser.test_journey import answer, find_in_the_tracker, open_a_task, programme
from tests.browser.visitors import Town, Visitor

# Each walk through the one city has a programme of its own.
PROGRAMMES = {"zh-hans": "101007", "en": "101008"}
PANEL = ("laolin", "twokids", "bus17")
POOR = "52.50"

OPEN = """
from datetime import timedelta
from django.utils import timezone
from cms.models import Department, Release
from participation.consultations.actions import open_consultation
from participation.consultations.models import Stage, WayIn
from participation.stakeholders.models import StakeholderGroup, User
now = timezone.now()
print(open_consultation(
    release=Release.objects.published().filter(fiscal_year={year}).newest_versions().get(),
    department=Department.objects.get(code="101"),
    title="{mark}：花得怎么样", purpose="听取评价。", decided_by="教育局", limits="以决算为准。", answer_within_days=15,
    english={{"title": "{mark}: how it was spent"}},
    stages=[
        (Stage.Kind.ANNOUNCED, now - timedelta(days=1), None), (Stage.Kind.OPEN, now, now + timedelta(days=35))
    ],
    ways_in=[(way, group) for way in WayIn.Way.values for group in StakeholderGroup.values],
    acting_user=User.objects.get(email="{moderator}"),
).row_id)
"""
# Of every record of the chain: how many rows of history it has, and the leaves that commit to them.
CHAIN = """
import json
from participation.models import *
from privacy.log.models import RecordedState
task = RectificationTask.objects.select_related("finding__answer").get(row_id="{task}")
answer = task.finding.answer
panel = task.panels.get()
nomination = Nomination.objects.get(task=task)
evaluation = answer.inputs.get().evaluation
year = evaluation.programme.years.get(fiscal_year=evaluation.consultation.fiscal_year)
records = [year, evaluation, answer, task.finding, task, *task.progress_reports.all(), panel]
records += [*task.verifications.all(), *panel.members.all(), task.budget_linkage]
records += [nomination.award, nomination, Commendation.objects.get(nomination=nomination)]
found = {{}}
for record in records:
    rows = record.history.all()
    states = RecordedState.objects.filter(
        row_label=record.history.model._meta.label_lower, row_pk__in=[row.pk for row in rows]
    )
    refs = sorted({{str(state.leaf_ref) for state in states}})
    found[f"{{record._meta.model_name}} {{record.pk}}"] = [len(rows), states.values("row_pk").distinct().count(), refs]
print(json.dumps(found))
"""


@pytest.fixture(params=[pytest.param("zh-hans", id="zh"), pytest.param("en", marks=pytest.mark.thorough)])
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    town = Town(browser, demo_server.url, request.param)
    yield town
    town.close()


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def days_pass(server: DemoServer, sql: str, *parameters: object) -> None:
    with closing(sqlite3.connect(server.database_path, timeout=30)) as connection, connection:
        assert connection.execute(sql, parameters).rowcount == 1


def day(offset: int) -> str:
    return (timezone.localdate() + timedelta(days=offset)).isoformat()


def name_of(town: Town, code: str) -> str:
    return programme(code)["name" if town.language == "zh-hans" else "name_en"]


def hand_in_a_self_evaluation(officer: Visitor, name: str, year: int, folder: Path) -> None:
    """The sheet is downloaded, and comes back filled in."""
    page = officer.page
    officer.opens(officer.town.path("/budget/performance/sheets/"))
    row = page.locator("tr", has=page.get_by_role("rowheader", name=re.compile(f"^{re.escape(name)} {year}")))
    while not row.count():
        page.locator("main a[rel=next]").click()
    with page.expect_download() as download:
        row.get_by_role("link", name=re.compile("^" + officer.says("Download"))).click()
    sheet = folder / "sheet.xlsx"
    download.value.save_as(sheet)
    row.get_by_role("link", name=re.compile("^" + officer.says("Hand in"))).click()
    officer.attaches("Self-evaluation sheet", "sheet.xlsx", sheet.read_bytes())
    officer.presses("Upload and check")
    officer.presses("Take the sheet over")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def give_a_poor_score(member: Visitor, room: str, name: str, text: str) -> str:
    member.opens(room)
    member.follows("Submit an evaluation")
    field = member.page.get_by_label(member.says("Programme"), exact=True)
    option = field.locator("option").filter(has_text=re.compile(re.escape(name) + "$"))
    field.select_option(option.get_attribute("value"))
    member.writes("Score out of 100", POOR)
    member.writes("How you came to this score", text)
    member.presses("Publish")
    member.sees(text)
    return member.page.url.split("?")[0]


def compare_the_scores(onlooker: Visitor, evaluation: str, year: int) -> None:
    """Self-evaluation and third party side by side, flagged because they lie far apart."""
    onlooker.opens(evaluation)
    onlooker.follows("Second opinion")
    section = onlooker.page.locator("main section", has=onlooker.page.locator(f"#year-{year}"))
    expect(section).to_contain_text(POOR)
    expect(section).to_contain_text(onlooker.says("The scores diverge."))


def dispute(officer: Visitor, title: str, reason: str) -> None:
    find_in_the_tracker(officer, title)
    officer.follows_to(title)
    does(officer, "Dispute the task", reason)
    officer.sees(officer.says("Your objection is on record. The desk decides on it."), "body")


def does(visitor: Visitor, deed: str, reason: str = "", choice: str = "") -> None:
    """One of the smaller steps on the page of a task."""
    part = (
        visitor.page.locator("#your-part")
        .locator("..")
        .locator("details", has_text=visitor.says(deed))
        .filter(has=visitor.page.get_by_role("button", name=visitor.says(deed), exact=True, include_hidden=True))
    )
    if part.get_attribute("open") is None:
        part.locator("summary").click()
    if choice:
        part.get_by_role("radio", name=visitor.says(choice), exact=True).check()
    if reason:
        part.locator("textarea").last.fill(reason)
    part.get_by_role("button", name=visitor.says(deed), exact=True).click()


def report(officer: Visitor, task: str, text: str) -> None:
    officer.opens(task)
    if officer.page.get_by_role("button", name=officer.says("Accept the task")).count():
        officer.presses("Accept the task")
    officer.writes("What was done", text)
    officer.attaches("Evidence", "佐证.pdf", report_pdf(["佐证", text]))
    officer.presses("Publish the report")
    officer.sees(text)
    officer.presses("Submit for verification")
    expect(officer.page.locator("main .kicker")).to_contain_text(officer.says("Waiting for verification"))


def return_it(moderator: Visitor, task: str, reason: str) -> None:
    moderator.opens(task)
    moderator.chooses("No, return it for more work")
    moderator.writes("What you checked, and what you found", reason)
    moderator.presses("Publish the check")
    expect(moderator.page.locator("main .kicker")).to_contain_text(moderator.says("Returned for more work"))


def have_citizens_check_it(moderator: Visitor, server: DemoServer, task: str, said: str) -> None:
    town = moderator.town
    moderator.opens(task)
    does(moderator, "Have a citizens' panel check it")
    members = [town.member(key) for key in PANEL]
    for member in members:
        member.opens(task)
        does(member, "Volunteer for the citizens' panel")
        member.sees(member.says("You volunteered. If you are drawn, we tell you."), "body")
    days_pass(
        server,
        "UPDATE participation_panel SET volunteers_until = ? WHERE task_id = "
        "(SELECT id FROM participation_rectificationtask WHERE row_id = ?)",
        day(-1),
        row_id_in(task),
    )
    moderator.opens(task)
    does(moderator, "Draw the panel")
    for member in members:
        member.opens(task)
        does(member, "Vote in the panel", said, choice="Yes")
    expect(members[-1].page.locator("main .kicker")).to_contain_text(town.says("Verified"))


def row_id_in(address: str) -> str:
    """As SQLite keeps it."""
    found = re.search(r"[0-9a-f-]{36}", address)
    assert found, address
    return UUID(found[0]).hex


def cut_the_next_budget(reviewer: Visitor, task: str, name: str, year: int, reason: str) -> str:
    """The reviewer decides, and the line of the next year's budget says what it follows from."""
    page = reviewer.page
    reviewer.opens(task)
    expect(page.get_by_label(reviewer.says("Fiscal year"))).to_have_value(str(year))
    reviewer.chooses("Less money")
    reviewer.writes("By how much, in per cent (for less or more money)", "10")
    page.get_by_role("radio", name=re.compile(re.escape(name))).first.check()
    page.locator("form[action$='/budget/'] textarea").fill(reason)
    reviewer.presses("Link it to the budget")
    reviewer.sees(reason)
    page.locator("#budget").locator("..").locator("a[href*='/budget/lines/']").first.click()
    expect(page.locator(f"main a[href*='{re.search(r'[0-9a-f-]{36}', task)[0]}']").first).to_be_visible()  # type: ignore[index]
    return page.url


def give_an_award(town: Town, server: DemoServer, task: str, title: str, mark: str) -> None:
    """An award is given once a year, so that this is one of a year far off."""
    moderator, citizen, reviewer = town.member("moderator2"), town.member("emma"), town.member("reviewer")
    moderator.opens(town.path("/recognition/"))
    moderator.follows("Open an award")
    page = moderator.page
    page.locator("[name=year]").fill(str(2100 + secrets.randbelow(7000)))
    page.locator("[name=title]").fill(f"{mark}案例奖")
    page.locator("[name=title_en]").fill(f"{mark}案例奖")
    moderator.presses("Announce the award")
    moderator.follows_to(f"{mark}案例奖")
    award = page.url
    citizen.opens(award)
    citizen.follows("Nominate a case")
    case = citizen.page.locator("select[name=task]")
    case.select_option(case.locator("option").filter(has_text=title).get_attribute("value"))
    citizen.page.locator("textarea[name=reason]").fill(f"{mark}：看得见的改进。")
    citizen.presses("Nominate")
    moderator.opens(award)
    page.get_by_role("button", name=re.compile("^" + moderator.says("Admit"))).first.click()
    moves = "UPDATE participation_award SET nominations_until = ?, voting_until = ? WHERE row_id = ?"
    days_pass(server, moves, day(-3), day(3), row_id_in(award))
    citizen.opens(award)
    citizen.page.locator("#vote").locator("..").get_by_label(title).check()
    citizen.page.locator("form[action$='/vote/']").get_by_role("button").click()
    citizen.sees(citizen.says("Your vote is counted. You may change it until the vote closes."), "body")
    days_pass(server, moves, day(-3), day(-1), row_id_in(award))
    reviewer.opens(award)
    reviewer.follows("Decide on the award")
    reviewer.page.locator("[name=decided_as]").fill("云川市财政局局长")
    reviewer.page.locator("[name=case_1]").select_option(label=title)
    reviewer.page.locator("[name=reasons_1]").fill(f"{mark}：各方都出了力。")
    reviewer.page.locator("[name=reasons_en_1]").fill(f"{mark}: every side had its part.")
    reviewer.presses("Decide and publish")
    reviewer.sees(mark)
    reviewer.opens(task)
    expect(reviewer.page.locator("main").get_by_role("link", name=f"{mark}案例奖").first).to_be_visible()


def hold_every_receipt(server: DemoServer, task: str, folder: Path) -> None:
    """Every row of history of every public record has a leaf, whose receipt holds without the portal."""
    server.manage("log_sequence", "--once")
    row_id = str(UUID(row_id_in(task)))
    found = json.loads(last_line(server.manage("shell", "-v", "0", "-c", CHAIN.format(task=row_id))))
    assert {name: rows for name, (rows, _told, _refs) in found.items() if not rows} == {}
    assert {name: (rows, told) for name, (rows, told, _refs) in found.items() if rows != told} == {}
    key = got(server, "/log/vkey").decode().strip()
    refs = sorted({ref for _rows, _told, refs in found.values() for ref in refs})
    paths = folder / "receipt.tlog-proof", folder / "entry.json"
    outcomes = {}
    for ref in refs:
        paths[0].write_bytes(got(server, f"/log/proof/{ref}.tlog-proof"))
        paths[1].write_bytes(got(server, f"/log/entry/{ref}.json"))
        outcomes[ref] = verify_receipt.main([*map(str, paths), "--log", key])
    assert outcomes == dict.fromkeys(refs, 0)
    assert len(refs) >= len(found)


def got(server: DemoServer, path: str) -> bytes:
    with urllib.request.urlopen(f"{server.url}{path}", timeout=30) as response:
        return bytes(response.read())


def test_a_poor_score_becomes_an_improvement_and_every_step_can_be_proven(
    town: Town, demo_server: DemoServer, tmp_path: Path
) -> None:
    mark = secrets.token_hex(4)
    year, name = Calendar.at(timezone.now()).year - 1, name_of(town, PROGRAMMES[town.language])
    officer, moderator, second = (town.member(key) for key in ("officer", "moderator", "moderator2"))
    opening = OPEN.format(year=year, mark=mark, moderator=email_of("moderator"))
    room = town.path(f"/consultations/{last_line(demo_server.manage('shell', '-v', '0', '-c', opening))}/")

    hand_in_a_self_evaluation(officer, name, year, tmp_path)
    evaluation = give_a_poor_score(town.member("social"), room, name, f"{mark}：设备买了，一半没有用起来。")
    compare_the_scores(town.visitor(), evaluation, year)
    answer(moderator, second, evaluation, f"{mark}：采纳，限期整改。")
    title = f"{mark}让设备用起来"
    task = open_a_task(moderator, title)
    dispute(officer, title, f"{mark}：设备由学校管理。")
    moderator.opens(task)
    does(moderator, "Decide the dispute", f"{mark}：采购和管理都在教育局。", choice="The task stands")

    report(officer, task, f"{mark}：开了会，发了通知。")
    return_it(moderator, task, f"{mark}：没有使用记录。")
    report(officer, task, f"{mark}：使用记录附后，开机率九成。")
    have_citizens_check_it(moderator, demo_server, task, f"{mark}：去看过，都在用。")
    moderator.opens(task)
    does(moderator, "Close the task", f"{mark}：已核验。")
    expect(moderator.page.locator("main .kicker")).to_contain_text(town.says("Closed"))
    cut_the_next_budget(town.member("reviewer"), task, name, year + 1, f"{mark}：得分低，压减一成。")
    give_an_award(town, demo_server, task, title, mark)
    hold_every_receipt(demo_server, task, tmp_path)


def test_what_an_evaluator_types_survives_a_lost_connection(browser: Browser, demo_server: DemoServer) -> None:
    mark = secrets.token_hex(4)
    town = Town(browser, demo_server.url)
    evaluator = town.member("socialscience")
    page = evaluator.page
    evaluator.opens("/evaluations/work/")
    page.locator("main a[href*='/evaluations/reports/']").first.click()
    page.locator("main a[href$='/page/about/']").first.click()
    status, method = page.locator("[data-autosave-status]"), page.locator("[name=method]")
    try:
        page.context.set_offline(True)
        method.fill(f"{mark}：入户访谈。")
        expect(status).to_have_text(town.says("No connection: kept on this device, and sent when there is one again."))
        evaluator.presses("Save")
        expect(method).to_have_value(f"{mark}：入户访谈。")
        page.context.set_offline(False)
        expect(status).to_have_text(town.says("Saved"))
        page.reload()
        expect(method).to_have_value(f"{mark}：入户访谈。")
    finally:
        town.close()
