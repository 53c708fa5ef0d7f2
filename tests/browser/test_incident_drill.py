"""A privacy officer trains a leaked export: it is found, contained, assessed, a thousand people are told, the authority
gets its report, and what follows becomes a task; every clock is shown on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DemoServer
from tests.browser.test_opinion_map import faults
from tests.browser.visitors import Town, Visitor

PEOPLE = 1000


@pytest.fixture
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    town = Town(browser, demo_server.url, request.param)
    yield town
    town.close()


def opens_up(officer: Visitor, section: str, summary: str) -> None:
    officer.page.locator(f"section:has(> h2#{section}) summary", has_text=officer.says(summary)).first.click()


def moves(officer: Visitor, words: str, button: str) -> None:
    officer.page.locator("section:has(> h2#state) textarea").fill(words)
    officer.presses(button)


def clocks(page: Page) -> list[str]:
    """What each clock says, in the order of the page: the tone of its word."""
    tags = page.locator("section:has(> h2#clocks) dd > .tag")
    return [str(tag.get_attribute("class")).split()[-1] for tag in tags.all()]


@pytest.mark.parametrize(
    "town",
    [pytest.param("zh-hans", id="zh"), pytest.param("en", id="en", marks=pytest.mark.thorough)],
    indirect=True,
)
def test_a_leaked_export_is_found_contained_assessed_told_reported_and_reviewed(town: Town) -> None:
    officer = town.member("privacy")
    page = officer.page
    page.set_viewport_size({"width": 360, "height": 740})
    officer.opens(town.path("/incidents/desk/"))
    assert faults(page) == []
    officer.follows("Put an incident on record")
    page.get_by_label(officer.says("What kind of incident")).select_option("leaked_export")
    officer.writes("What happened, as far as it is known", "Drill 演练：名单出现在网盘上。")
    page.get_by_label(officer.says("This is an exercise")).check()
    officer.presses("Put it on record")
    expect(page.get_by_role("heading", name=officer.says("Run-book"))).to_be_visible()
    assert clocks(page) == ["plain", "plain", "plain"]
    assert faults(page) == []

    opens_up(officer, "facts", "Write down what is known")
    page.get_by_label(officer.says("How serious")).select_option("high")
    officer.writes("What may follow for people", "诈骗电话 fraud by telephone")
    officer.writes("What was done", "链接已失效 the link is down")
    officer.writes("Why you change it", "drill")
    officer.presses("Write down what is known")
    moves(officer, "real", "It is real: go on")

    page.locator("section:has(> h2#run-book) form button").nth(1).click()
    expect(page.locator("section:has(> h2#run-book) .tag.done")).to_have_count(1)
    opens_up(officer, "measures", "Take a measure")
    page.get_by_label(officer.says("Measure"), exact=True).select_option("freeze_exports")
    page.locator("section:has(> h2#measures) details textarea").last.fill("stop it")
    officer.presses("Take a measure")
    moves(officer, "stopped", "It is contained")

    opens_up(officer, "scope", "Find out whom it concerns")
    officer.writes("How many made-up people", str(PEOPLE))
    officer.writes("What you looked at, and why that is all", "the list")
    officer.presses("Find out whom it concerns")
    expect(page.locator("section:has(> h2#scope) dl dd").first).to_have_text(str(PEOPLE))
    moves(officer, "known", "The scope is known")

    officer.writes("Whom people can ask", "privacy@example.org")
    officer.presses("Preview the notice")
    expect(page.locator("article[aria-labelledby='notice-zh-hans']")).to_contain_text("诈骗电话")
    expect(page.locator("article[aria-labelledby='notice-en']")).to_contain_text("We learned on")
    assert faults(page) == []
    officer.presses("Send it to everybody concerned")
    expect(page.locator("#sent")).to_have_attribute("value", str(PEOPLE))
    assert clocks(page) == ["plain", "done", "plain"]

    for kind in ("first", "final"):
        opens_up(officer, "reports", "Make a report")
        page.get_by_label(officer.says("Which report")).select_option(kind)
        page.get_by_label(officer.says("Authority"), exact=True).fill("云川市网信办")
        officer.presses("Make a report")
        officer.presses("It was handed in")
    assert clocks(page) == ["done", "done", "done"]
    moves(officer, "everybody has been told", "Everybody has been told")

    opens_up(officer, "lessons", "Add a task")
    officer.writes("What has to change", "两人批准导出 two people approve an export")
    officer.writes("Who does it", "数据科")
    page.locator("section:has(> h2#lessons) input[type=date]").fill(str(date.today() + timedelta(days=30)))
    officer.presses("Add a task")
    moves(officer, "reviewed", "The review is done")
    page.locator("section:has(> h2#measures) ul input[name=reason]").fill("drill is over")
    officer.presses("End it")
    moves(officer, "over", "Close it")
    expect(page.locator("section:has(> h2#state)")).to_have_count(0)
    assert faults(page) == []

    officer.follows("Desk")
    expect(page.get_by_text("两人批准导出").first).to_be_visible()
    officer.opens(town.path("/incidents/"))
    expect(page.get_by_text("Drill 演练")).to_have_count(0)
