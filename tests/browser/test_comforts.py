"""What the script adds to forms: focus on the errors, a count of characters, drafts that survive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Route, expect

ORIGIN = "http://gongzhi.test"
SCRIPTS = settings.BASE_DIR / "portal" / "static" / "gongzhi" / "js"
HEAD = '<!doctype html><html lang="en"><title>Form</title><script type="module" src="/js/gongzhi.js"></script>'
PAGES = {
    "/form": """<form><div class="field"><label for="t">Text</label>
        <textarea id="t" name="t" maxlength="20" data-count data-left="Left:" data-over="Over:" data-draft-key="d">
</textarea><p class="count">Up to 20 characters.</p></div></form>""",
    "/refused": """<div data-error-summary tabindex="-1"><a href="#w">Way</a></div>
        <div id="w"><label><input type="radio" name="w" value="a"> A</label></div>""",
    "/sent": '<p data-draft-clear="other d">Received.</p>',
}


def show(route: Route) -> None:
    route.fulfill(body=HEAD + PAGES[route.request.url.removeprefix(ORIGIN)], content_type="text/html")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    for path in PAGES:
        page.route(ORIGIN + path, show)
    page.route(f"{ORIGIN}/js/*", lambda route: route.fulfill(path=SCRIPTS / route.request.url.rsplit("/", 1)[1]))
    yield page
    context.close()


def test_the_count_says_how_much_is_left_and_how_much_is_too_much(page: Page) -> None:
    page.goto(f"{ORIGIN}/form")
    count = page.locator(".count")
    expect(count).to_have_text("Up to 20 characters.")
    page.fill("textarea", "十个字十个字十个字😀")
    expect(count).to_have_text("Left: 10")
    page.fill("textarea", "x" * 25)
    expect(count).to_have_text("Over: 5")
    assert page.get_attribute("textarea", "aria-describedby") == count.get_attribute("id")


def test_line_breaks_count_as_the_server_counts_them(page: Page) -> None:
    page.goto(f"{ORIGIN}/form")
    page.fill("textarea", "a\nb")
    expect(page.locator(".count")).to_have_text("Left: 16")


def test_a_draft_survives_a_reload_and_goes_when_it_has_been_received(page: Page) -> None:
    page.goto(f"{ORIGIN}/form")
    page.fill("textarea", "half a thought")
    page.goto(f"{ORIGIN}/form")
    assert page.input_value("textarea") == "half a thought"
    page.goto(f"{ORIGIN}/sent")
    page.goto(f"{ORIGIN}/form")
    assert page.input_value("textarea") == ""


def test_a_refused_form_puts_the_focus_on_its_errors_and_from_there_into_the_field(page: Page) -> None:
    page.goto(f"{ORIGIN}/refused")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.click("text=Way")
    expect(page.locator("input")).to_be_focused()
