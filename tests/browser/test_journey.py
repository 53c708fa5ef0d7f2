"""The whole journey, walked by everybody who takes part in it: publish, listen, balance, act, prove."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from portal.demo.calendar import Calendar
from portal.demo.content import read
from portal.demo.files import report_pdf
from tests.browser.conftest import DemoServer
from tests.browser.visitors import PATIENCE_MS, Town, Visitor

# What the list of disclosures is called in the page tree.
DISCLOSURES = "预算公开"
NEW_PASSWORD = "a long walk to the river"
PHONE = "13900007654"


# An organisation evaluates a programme once, so each walk through the one city takes another.
NOT_EVALUATED = {
    ("zh-hans", True): "101003",
    ("en", True): "101004",
    ("zh-hans", False): "101005",
    ("en", False): "101006",
}


@pytest.fixture(
    params=[
        pytest.param(("zh-hans", True), id="zh"),
        pytest.param(("en", True), id="en", marks=pytest.mark.thorough),
        pytest.param(("zh-hans", False), id="zh-without-javascript", marks=pytest.mark.thorough),
        pytest.param(("en", False), id="en-without-javascript"),
    ],
)
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    language, javascript = request.param
    town = Town(browser, demo_server.url, language, javascript)
    yield town
    town.close()


def in_language(town: Town, entry: dict[str, str], name: str) -> str:
    year = Calendar.at(timezone.now()).year
    text = entry[name] if town.language == "zh-hans" else entry[f"{name}_en"]
    return text.format(y=year)


def programme(code: str) -> dict[str, str]:
    departments = read("city")["departments"]
    return next(entry for department in departments for entry in department["programmes"] if entry["code"] == code)


def open_the_consultation_from_the_disclosure(visitor: Visitor) -> str:
    """By clicking, from the front page; answers with its address."""
    year = Calendar.at(timezone.now()).year
    visitor.opens(visitor.town.path("/"))
    visitor.follows("Open budgets")
    visitor.follows_to(f"云川市{year}年" if visitor.town.language == "zh-hans" else f"Yunchuan {year}")
    visitor.follows_to(in_language(visitor.town, read("stories/lunch"), "title"))
    expect(visitor.page.get_by_role("heading", name=visitor.says("What your word can do"))).to_be_visible()
    return visitor.page.url


def ask_about_a_line(visitor: Visitor, text: str) -> tuple[str, str]:
    """From the consultation to the figures, to one line, and back with a question: (consultation, question)."""
    town = visitor.town
    visitor.follows("Read the disclosure")
    visitor.writes("Find a line by name or code", programme("101001")["name"])
    visitor.page.locator("#lines form").get_by_role("button").click()
    visitor.page.locator("#lines tbody a").first.click()
    visitor.sees(in_language(town, programme("101001"), "name"))
    visitor.page.locator("#said").get_by_role("link", name=visitor.says("Ask about this line")).click()
    visitor.writes("What do you want to say?", text)
    visitor.chooses("Question")
    visitor.writes("Telephone for a call back", PHONE)
    visitor.presses("Publish")
    visitor.sees(text)
    question = visitor.page.url.split("?")[0]
    room = visitor.page.locator("nav.breadcrumb a").last.get_attribute("href")
    assert room
    return room, question


def say_in_the_room(visitor: Visitor, room: str, text: str) -> None:
    visitor.opens(room)
    discussion = visitor.page.locator("#discussion")
    discussion.get_by_label(visitor.says("Your message")).fill(text)
    discussion.get_by_role("button", name=visitor.says("Send"), exact=True).click()
    visitor.sees(text, "#discussion")


def say_in_the_composer(visitor: Visitor, room: str, text: str) -> str:
    visitor.opens(room)
    box = visitor.page.locator("#say")
    box.get_by_label(visitor.says("What do you want to say?")).fill(text)
    box.get_by_role("radio", name=visitor.says("Problem"), exact=True).check()
    box.get_by_role("button", name=visitor.says("Publish"), exact=True).click()
    visitor.sees(text)
    return visitor.page.url.split("?")[0]


def submit_an_evaluation(visitor: Visitor, room: str, text: str) -> str:
    visitor.opens(room)
    visitor.follows("Submit an evaluation")
    chosen = in_language(visitor.town, programme(NOT_EVALUATED[visitor.town.language, visitor.town.javascript]), "name")
    field = visitor.page.get_by_label(visitor.says("Programme"), exact=True)
    option = field.locator("option").filter(has_text=re.compile(re.escape(chosen) + "$"))
    field.select_option(option.get_attribute("value"))
    visitor.writes("Score out of 100", "71.5")
    visitor.writes("How you came to this score", text)
    visitor.attaches("Report or data", "评价.pdf", report_pdf(["评价", text]))
    visitor.presses("Publish")
    visitor.sees(text)
    expect(visitor.page.get_by_role("link", name="评价.pdf")).to_be_visible()
    return visitor.page.url.split("?")[0]


def hide(moderator: Visitor, address: str, reason: str) -> None:
    moderator.opens(address)
    moderator.follows("Hide it")
    moderator.page.get_by_label(moderator.says("House rule"), exact=True).select_option(index=1)
    moderator.writes("Reason", reason)
    moderator.presses("Hide it")
    moderator.sees(reason)


def answer(moderator: Visitor, second: Visitor, question: str, reason: str) -> None:
    """Written by one, looked at by another, published."""
    moderator.opens(question)
    moderator.presses("Accept for handling")
    moderator.follows("Answer")
    moderator.chooses("Adopted")
    moderator.writes("Reasons", reason)
    moderator.presses("Keep the answer")
    moderator.presses("Hand it in")
    moderator.sees(moderator.says("Waiting for a second person"))
    draft = moderator.page.url
    second.opens(draft)
    second.chooses("It can be published")
    second.presses("Record my decision")
    second.sees(second.says("Approved, not published yet"))
    moderator.opens(draft)
    moderator.presses("Publish the answer")
    moderator.sees(reason)


def open_a_task(moderator: Visitor, title: str) -> str:
    moderator.follows("Open a rectification task")
    moderator.writes("What has to be put right", f"{title}：十一所学校没有开工。")
    moderator.chooses("Major")
    moderator.writes("What will be done", title)
    moderator.writes("What will be done, in English", title)
    officers = moderator.page.get_by_label(moderator.says("Responsible department and officer"))
    officers.select_option(label="教育局 唐立")
    moderator.writes("Deadline", (timezone.localdate() + timedelta(days=30)).isoformat())
    moderator.presses("Open the task")
    expect(moderator.page.get_by_role("heading", name=title)).to_be_visible()
    return moderator.page.url.split("?")[0]


def find_in_the_tracker(visitor: Visitor, title: str) -> None:
    visitor.opens(visitor.town.path("/"))
    visitor.follows("Promises kept")
    visitor.writes("Words or reference", title)
    visitor.page.locator("main form[role=search]").get_by_role("button").click()
    expect(visitor.page.locator("main").get_by_role("link", name=title)).to_be_visible()


def put_it_right(officer: Visitor, title: str, text: str) -> None:
    find_in_the_tracker(officer, title)
    officer.follows_to(title)
    officer.presses("Accept the task")
    officer.writes("What was done", text)
    officer.attaches("Evidence", "佐证.pdf", report_pdf(["佐证", text]))
    officer.presses("Publish the report")
    officer.sees(text)
    officer.presses("Submit for verification")
    expect(officer.page.locator("main .kicker")).to_contain_text(officer.says("Waiting for verification"))


def verify(moderator: Visitor, task: str, reason: str) -> None:
    moderator.opens(task)
    moderator.chooses("Yes, verified")
    moderator.writes("What you checked, and what you found", reason)
    moderator.presses("Publish the check")
    moderator.sees(reason)
    expect(moderator.page.locator("main .kicker")).to_contain_text(moderator.says("Verified"))


def test_a_question_becomes_a_promise_kept(town: Town, demo_server: DemoServer) -> None:
    mark = secrets.token_hex(4)
    email = f"{mark}@example.org"

    # Listen.
    citizen = town.visitor()
    citizen.sign_up(email, f"路人{mark}", NEW_PASSWORD)
    citizen.confirms(demo_server.mails(), email)
    open_the_consultation_from_the_disclosure(citizen)
    question_text = f"{mark}：没有开工的十一所学校，名单在哪里？"
    onlooker = town.visitor()
    room = town.path(f"/consultations/{citizen.page.url.rstrip('/').rsplit('/', 1)[-1]}/")
    room, question = watched(onlooker, room, lambda: ask_about_a_line(citizen, question_text), question_text)

    message = f"{mark}：我也想知道。"
    say_in_the_room(citizen, room, message)
    evaluation_text = f"{mark}：走访二十四所学校，十一所没有开工。"
    member = town.member("social")
    evaluation = submit_an_evaluation(member, room, evaluation_text)
    stays_visible(onlooker, room, message, evaluation_text)

    # Balance.
    rude = say_in_the_composer(citizen, room, f"{mark}：这句话不该出现在这里。")
    moderator = town.member("moderator")
    reason = f"{mark}：含人身攻击，依据参与规则第二条。"
    hide(moderator, rude, reason)
    citizen.opens(rude)
    citizen.sees(reason)
    assert onlooker.status_of(rude) == 404
    answer(moderator, town.member("moderator2"), question, f"{mark}：采纳，本周公布名单。")

    # Act.
    title = f"{mark}公布名单并开工"
    task = open_a_task(moderator, title)
    put_it_right(town.member("officer"), title, f"{mark}：名单已公布，九所已开工。")
    verify(moderator, task, f"{mark}：核对了名单和现场照片。")
    find_in_the_tracker(onlooker, title)

    # Prove.
    onlooker.follows_to(title)
    onlooker.unfolds("History")
    onlooker.sees(f"{mark}：核对了名单和现场照片。")
    # In service the sequencer does so every second.
    demo_server.manage("log_sequence", "--once")
    onlooker.follows("Check it yourself")
    expect(onlooker.page.get_by_role("heading", name=onlooker.says("Verify this record"))).to_be_visible()
    expect(onlooker.page.locator("#latest-entry")).to_have_text(onlooker.says("Task verified"))
    onlooker.follows("Verify")
    onlooker.sees(onlooker.says("Task verified"))
    citizen.opens(question)
    citizen.sees(f"{mark}：采纳，本周公布名单。")
    assert onlooker.status_of(evaluation) == 200
    assert PHONE.encode() not in b"".join(path.read_bytes() for path in stored_files(demo_server))


def watched(onlooker: Visitor, room: str, act: Callable[[], tuple[str, str]], text: str) -> tuple[str, str]:
    """What somebody else sees of an act: at once over the socket, or after a plain reload without JavaScript."""
    if onlooker.town.javascript:
        onlooker.opens(room)
        expect(onlooker.page.locator("[data-live-state]").first).not_to_have_text("")
        asked = act()
        assert asked[0].rstrip("/") == room.rstrip("/")
        onlooker.sees(text, "[data-feedback-list]")
        return asked
    asked = act()
    onlooker.opens(f"{room}?order=time")
    onlooker.sees(text, "#feedback")
    return asked


def stays_visible(onlooker: Visitor, room: str, message: str, evaluation: str) -> None:
    if not onlooker.town.javascript:
        onlooker.opens(room)
    onlooker.sees(message, "#discussion")
    onlooker.sees(evaluation, "#evaluations")


def stored_files(demo_server: DemoServer) -> list[Path]:
    folder = demo_server.database_path.parent
    return [path for path in folder.glob(f"{demo_server.database_path.name}*") if path.is_file()]


HEADER = (
    "government,fiscal_year,currency,department_code,department,programme_code,programme,functional_code,functional,"
    "economic_code,economic,fund,note,adopted,adjusted,executed"
)
BUDGET = """{header}
{government},2031,CNY,1,档案馆,01,{programme},2012604,档案馆,30227,委托业务费,一般公共预算,,120.50,130.00,99.99
{government},2031,CNY,1,档案馆,02,修复古籍,2012604,档案馆,30213,维修（护）费,一般公共预算,,80.00,80.00,12.00
"""


@pytest.mark.parametrize("language", ["zh-hans", pytest.param("en", marks=pytest.mark.thorough)])
def test_an_editor_writes_and_a_reviewer_publishes_a_disclosure(
    browser: Browser, demo_server: DemoServer, language: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = secrets.token_hex(4)
    source = tmp_path_factory.mktemp("budget") / "archive.csv"
    budget = BUDGET.format(header=HEADER, government=f"镜湖县{mark}", programme=f"数字档案{mark}")
    source.write_text(budget, "utf-8")
    demo_server.manage("budget_import", str(source), "--mapping", "docs/mappings/demo.toml")
    town = Town(browser, demo_server.url, language)
    try:
        editor, reviewer, reader = town.member("editor"), town.member("reviewer"), town.visitor()
        title = f"{mark}：档案馆花了多少"
        write_a_disclosure(editor, title, f"镜湖县{mark}")
        reader.opens(town.path("/budget/"))
        expect(reader.page.get_by_role("link", name=title)).to_have_count(0)
        approve(reviewer, title)
        reader.opens("/budget/")
        reader.follows_to(title)
        reader.sees(f"数字档案{mark}")
    finally:
        town.close()


def write_a_disclosure(editor: Visitor, title: str, government: str) -> None:
    page = editor.page
    editor.opens("/admin/")
    # The front page, below it the list of disclosures, and in that a new page.
    page.locator("main a[href^='/admin/pages/']").first.click()
    edit_list = page.locator("table a[href$='/edit/']", has_text=DISCLOSURES).first.get_attribute("href")
    assert edit_list
    editor.opens(edit_list.removesuffix("edit/"))
    page.locator("a[href$='/add_subpage/']").first.click()
    page.locator("[name=title]").fill(title)
    page.locator("[name=summary]").fill("两个项目，花了一半多。")
    release = page.locator("select[name=release]")
    release.select_option(release.locator("option").filter(has_text=government).get_attribute("value"))
    page.locator("footer [data-w-dropdown-target=toggle], footer .w-dropdown__toggle").first.click()
    page.locator("[name=action-submit]").click()
    expect(page.locator(".messages .success")).to_be_visible(timeout=PATIENCE_MS)


def approve(reviewer: Visitor, title: str) -> None:
    page = reviewer.page
    reviewer.opens("/admin/")
    page.get_by_role("link", name=title).first.click()
    page.locator("footer [data-w-dropdown-target=toggle], footer .w-dropdown__toggle").first.click()
    page.locator("[data-workflow-action-name=approve]").first.click()
    expect(page.locator(".messages .success")).to_be_visible(timeout=PATIENCE_MS)
