"""Somebody with a phone and a keyboard rates the options of a decision, keeps the receipt, and reads how another one
was decided."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from portal.demo.content import read
from tests.browser.conftest import DemoServer
from tests.browser.test_journey import in_language
from tests.browser.test_opinion_map import faults, tab_to
from tests.browser.visitors import Town

# From "no answer", the last one, to the left: 10, 9, 8.
TO_EIGHT = 3


@pytest.fixture
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    town = Town(browser, demo_server.url, request.param)
    yield town
    town.close()


@pytest.mark.parametrize(
    ("town", "key"),
    [
        pytest.param("zh-hans", "citizen", id="zh"),
        pytest.param("en", "citizen", id="en", marks=pytest.mark.thorough),
    ],
    indirect=["town"],
)
def test_options_are_rated_by_keyboard_on_a_phone_and_the_outcome_of_another_decision_is_read(
    town: Town, key: str
) -> None:
    decided, rated = read("decisions")["decisions"]
    member = town.member(key)
    page = member.page
    page.set_viewport_size({"width": 360, "height": 740})
    member.opens(town.path("/decisions/"))
    assert faults(page) == []
    title = in_language(town, rated, "title")
    tab_to(page, page.get_by_role("link", name=title))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert faults(page) == []

    tab_to(page, page.locator("main .hero .btn").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=member.says("Rate the options"))).to_be_visible()
    assert faults(page) == []
    for letter in ("A", "B"):
        tab_to(page, page.locator(f"input[name=rating_{letter}]:checked"))
        if page.locator(f"input[name=rating_{letter}][value='-']").is_checked():
            for _press in range(TO_EIGHT):
                page.keyboard.press("ArrowLeft")
        expect(page.locator(f"input[name=rating_{letter}][value='8']")).to_be_checked()
        # The next option may stand above: every voter has an order of their own.
        page.locator("h1").evaluate("element => { element.tabIndex = -1; element.focus(); }")
    tab_to(page, page.get_by_role("button", name=member.says("Cast my ballot")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=member.says("My receipt"))).to_be_visible()
    expect(page.locator("pre")).to_contain_text("A=8 B=8 SQ=-")
    assert faults(page) == []

    member.opens(town.path("/decisions/"))
    tab_to(page, page.get_by_role("link", name=in_language(town, decided, "title")))
    page.keyboard.press("Enter")
    expect(page.locator("table.decision tr.chosen th")).to_contain_text(
        in_language(town, decided["options"][1], "title")
    )
    expect(page.get_by_role("heading", name=member.says("What would have changed it"))).to_be_visible()
    assert faults(page) == []
