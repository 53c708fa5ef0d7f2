"""Somebody with a phone and a keyboard answers statements until the map opens, and finds their place on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from portal.demo.content import read
from tests.browser.conftest import DemoServer
from tests.browser.test_journey import in_language
from tests.browser.visitors import Town

TABS = 60


@pytest.fixture
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    town = Town(browser, demo_server.url, request.param)
    yield town
    town.close()


def faults(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the phone."""
    found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"{wide} px too wide"] if wide > 0 else [])]


def tab_to(page: Page, wanted: Locator) -> None:
    expect(wanted).to_be_visible()
    for _press in range(TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{TABS} times Tab do not lead to it")


@pytest.mark.parametrize(
    ("town", "key"),
    [
        pytest.param("zh-hans", "citizen", id="zh"),
        pytest.param("en", "priya", id="en", marks=pytest.mark.thorough),
    ],
    indirect=["town"],
)
def test_statements_are_answered_by_keyboard_on_a_phone_until_the_map_opens(town: Town, key: str) -> None:
    member = town.member(key)
    page = member.page
    page.set_viewport_size({"width": 360, "height": 740})
    member.opens(town.path("/opinion-maps/"))
    assert faults(page) == []
    title = in_language(town, read("opinion_maps")["maps"][1], "title")
    tab_to(page, page.get_by_role("link", name=title))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert faults(page) == []

    tab_to(page, page.locator("#vote button[value='1']"))
    statement = page.locator("[data-next]")
    for answer in ("1", "2", "3", "ArrowRight", "ArrowLeft", "ArrowDown", "1", "2", "1", "1"):
        asked = statement.inner_text()
        page.keyboard.press(answer)
        expect(statement).not_to_have_text(asked)
        expect(statement).to_be_focused()
    assert faults(page) == []

    tab_to(page, page.get_by_role("link", name=member.says("My answers, to look at and change")))
    page.keyboard.press("Enter")
    expect(page.locator("button[aria-pressed=true]")).to_have_count(10)
    assert faults(page) == []
    page.go_back()
    tab_to(page, page.get_by_role("link", name=member.says("See the map as it stands")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=member.says("What each group thinks differently"))).to_be_visible()
    expect(page.locator("svg .me")).to_have_count(1)
    assert faults(page) == []
