"""Somebody with a phone and a keyboard fills in a ballot, casts it and finds the receipt, then reads a result."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from portal.demo.content import read
from tests.browser.conftest import DemoServer
from tests.browser.test_journey import in_language
from tests.browser.test_opinion_map import faults, tab_to
from tests.browser.visitors import Town


@pytest.fixture
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    town = Town(browser, demo_server.url, request.param)
    yield town
    town.close()


@pytest.mark.parametrize(
    ("town", "key"),
    [
        pytest.param("zh-hans", "citizen", id="zh"),
        pytest.param("en", "priya", id="en", marks=pytest.mark.thorough),
    ],
    indirect=["town"],
)
def test_a_ballot_is_cast_by_keyboard_on_a_phone_and_a_result_is_read(town: Town, key: str) -> None:
    told = read("allocation")
    member = town.member(key)
    page = member.page
    page.set_viewport_size({"width": 360, "height": 740})
    member.opens(town.path("/allocation/"))
    assert faults(page) == []
    tab_to(page, page.get_by_role("link", name=in_language(town, told["voting"], "title")))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=member.says("Vote"), exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=member.says("Your ballot"))).to_be_visible()
    assert faults(page) == []

    for title, *_rest in told["voting"]["projects"][1:3]:
        tab_to(page, page.get_by_role("checkbox", name=title))
        page.keyboard.press("Space")
    expect(page.locator("[data-chosen]")).to_have_text("2")
    tab_to(page, page.get_by_role("button", name=member.says("Check my ballot")))
    page.keyboard.press("Enter")
    expect(page.locator(".callout.warn")).to_be_visible()
    assert faults(page) == []
    tab_to(page, page.get_by_role("button", name=member.says("Cast my ballot")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=member.says("Receipt"))).to_be_visible()
    assert faults(page) == []

    member.opens(town.path("/allocation/"))
    title = in_language(town, told["counted"], "title")
    tab_to(page, page.get_by_role("link", name=title))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert faults(page) == []
    tab_to(page, page.get_by_role("link", name=member.says("See the result")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=member.says("Not funded, and why"))).to_be_visible()
    assert faults(page) == []
