"""Every side finds a consultation, says something, is named as the side it is, and finds it again.

Each of the five sides walks twice: in both languages, once with and once without JavaScript. Between them the sides
walk all four combinations.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from playwright.sync_api import Browser, expect

from portal.demo.content import read
from portal.demo.people import email_of
from portal.ui.furniture import group_name
from tests.browser.conftest import DemoServer
from tests.browser.test_journey import in_language
from tests.browser.visitors import Town, Visitor

# Side -> somebody of the demo who speaks for it.
SPEAKERS = {
    "citizen": "bus17",
    "social_organisation": "evergreen",
    "enterprise": "enterprise",
    "government": "liuxi",
    "research": "research",
}
# Every side in both languages, with and without scripts; the usual run takes one walk of each side.
WALKS = [
    pytest.param(
        (group, language, scripts),
        group,
        id=f"{group}-{language[:2]}{'' if scripts else '-without-javascript'}",
        marks=[] if (language, scripts) == (("zh-hans", True), ("en", False))[number % 2] else [pytest.mark.thorough],
    )
    for number, group in enumerate(SPEAKERS)
    for language in ("zh-hans", "en")
    for scripts in (True, False)
]


@pytest.fixture
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    _group, language, javascript = request.param
    town = Town(browser, demo_server.url, language, javascript)
    yield town
    town.close()


def violations(visitor: Visitor) -> list[str]:
    """What axe finds on the page as it stands. Without JavaScript it cannot run, so it looks at a copy of the page that
    is loaded without its scripts."""
    page = visitor.page
    if not visitor.town.javascript:
        context = visitor.town.browser.new_context(storage_state=page.context.storage_state())
        visitor.town.contexts.append(context)
        context.route("**/*.js", lambda route: route.abort())
        page = context.new_page()
        page.goto(visitor.page.url)
    return [f"{found['id']}: {found['nodes'][0]['html']}" for found in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("town", "group"), WALKS, indirect=["town"])
def test_each_side_is_heard_as_the_side_it_is(town: Town, group: str) -> None:
    mark = secrets.token_hex(4)
    speaker = town.visitor()
    speaker.sign_in(email_of(SPEAKERS[group]))
    speaker.follows("Have your say")
    speaker.follows_to(in_language(town, read("stories/lunch"), "title"))
    expect(speaker.page.get_by_role("heading", name=speaker.says("What your word can do"))).to_be_visible()
    assert violations(speaker) == []

    said_in_room = f"{mark}：我们在现场看过。"
    choose_side(speaker, "#discussion")
    speaker.page.locator("#discussion").get_by_label(speaker.says("Your message")).fill(said_in_room)
    speaker.page.locator("#discussion").get_by_role("button", name=speaker.says("Send"), exact=True).click()
    speaker.sees(said_in_room, "#discussion")

    said = f"{mark}：食堂的账目请公布到每一所学校。"
    box = speaker.page.locator("#say")
    choose_side(speaker, "#say")
    box.get_by_label(speaker.says("What do you want to say?")).fill(said)
    box.get_by_role("radio", name=speaker.says("Suggestion"), exact=True).check()
    box.get_by_role("button", name=speaker.says("Publish"), exact=True).click()
    speaker.sees(said)
    with translation.override(town.language):
        speaker.sees(group_name(group))
    assert violations(speaker) == []
    address = speaker.page.url.split("?")[0]

    speaker.follows("My page")
    expect(speaker.page.locator(f"main a[href='{address.removeprefix(town.url)}']").first).to_be_visible()
    assert violations(speaker) == []
    assert town.visitor().status_of(address) == 200


def choose_side(speaker: Visitor, part: str) -> None:
    """The organisation, by somebody who could speak as a citizen too. Whoever has spoken there before keeps the side."""
    sides = speaker.page.locator(part).locator("input[type=radio][name=organisation]")
    if sides.count():
        sides.last.check()
