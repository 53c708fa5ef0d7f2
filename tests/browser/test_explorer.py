"""The explorer loads its library only when asked, and breaks no rule of the page."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from tests.browser.visitors import PATIENCE_MS


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_explorer_draws_on_request_without_a_violation(page: Page, page_faults: list[str], prefix: str) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(f"{prefix}/disclosures/")
    page.locator("main .cards h2 a").first.click()
    page.locator("main nav.onpage a[href*='/explore/']").click()
    expect(page.locator("[data-explore-start]")).to_be_visible(timeout=PATIENCE_MS)
    assert [url for url in asked if "echarts" in url] == []
    page.locator("[data-explore-start]").click()
    expect(page.locator("[data-explore-canvas] canvas")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("[data-explore-canvas]").hover(position={"x": 300, "y": 30})
    page.locator("#group").select_option("department")
    page.locator("#measure").select_option("rate")
    page.locator("[data-explore-kind]").click()
    expect(page.locator("[data-explore-canvas] canvas")).to_be_visible()
    assert len([url for url in asked if "echarts" in url]) == 1
    assert Axe().run(page).response["violations"] == []
    assert page_faults == []
