"""A meeting from its announcement to its published minutes: a moderator leads it, somebody with a phone takes part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, expect

from participation.stakeholders.models import StakeholderGroup
from tests.browser.conftest import DemoServer
from tests.browser.test_opinion_map import faults
from tests.browser.visitors import PATIENCE_MS, Town, Visitor

HOURS = "%Y-%m-%dT%H:%M"


@pytest.fixture
def town(request: pytest.FixtureRequest, browser: Browser, demo_server: DemoServer) -> Iterator[Town]:
    town = Town(browser, demo_server.url, request.param)
    yield town
    town.close()


def convene(moderator: Visitor, title: str) -> None:
    begins = timezone.localtime() + timedelta(days=2)
    moderator.opens(moderator.town.path("/meetings/"))
    moderator.follows("Convene a meeting")
    for label, text in (("Title", title), ("What it is for", "看账"), ("Place", "市民中心")):
        moderator.writes(label, text)
    moderator.writes("What it can decide, and what it cannot", "可以定先后，不能改总额。")
    for name, hours in (("starts_at", 0), ("ends_at", 2), ("registration_ends_at", -24)):
        moderator.page.locator(f"[name={name}]").fill((begins + timedelta(hours=hours)).strftime(HOURS))
    moderator.page.locator(f"[name=places_{StakeholderGroup.CITIZEN}]").fill("3")
    moderator.presses("Announce it")
    expect(moderator.page.get_by_role("heading", level=1, name=title)).to_be_visible()


def within(visitor: Visitor, part: str) -> Locator:
    return visitor.page.locator(f"#{part}")


@pytest.mark.parametrize(
    ("town", "key"),
    [
        pytest.param("zh-hans", "citizen", id="zh"),
        pytest.param("en", "priya", id="en", marks=pytest.mark.thorough),
    ],
    indirect=["town"],
)
def test_a_meeting_is_convened_held_live_and_its_minutes_are_published(town: Town, key: str) -> None:
    title = f"食堂开放日 {town.language}"
    moderator, member = town.member("moderator"), town.member(key)
    member.page.set_viewport_size({"width": 360, "height": 740})
    convene(moderator, title)

    member.opens(town.path("/meetings/"))
    assert faults(member.page) == []
    member.follows_to(title)
    within(member, "places").get_by_role("button").first.click()
    member.sees(member.says("You have a place."))
    assert faults(member.page) == []

    moderator.follows("Prepare and lead the meeting")
    moderator.presses("Open the meeting")
    member.page.reload()
    member.follows("To the meeting")
    member.sees(member.says("Please check in with those who lead the meeting; then you can speak and vote."))
    assert faults(member.page) == []

    # From here on nobody reloads: what the others do appears by itself.
    moderator.presses("Check in")
    moderator.sees(moderator.says("checked in"))
    ask = within(member, "acts").get_by_role("button", name=member.says("I want to speak"))
    expect(ask).to_be_visible(timeout=PATIENCE_MS)
    moderator.follows("To the meeting")
    moderator.sees(moderator.says("Nobody waits."))
    ask.click()
    expect(within(moderator, "state").locator("li").first).to_be_visible(timeout=PATIENCE_MS)
    assert faults(moderator.page) == []
    moderator.presses("Call the next")
    expect(within(member, "state").get_by_text(member.says("It is your turn."))).to_be_visible(timeout=PATIENCE_MS)
    assert faults(member.page) == []

    moderator.unfolds("Ask something")
    moderator.page.locator("[name=question]").fill("先看哪个食堂？")
    moderator.page.locator("[name=options]").fill("东街小学\n西街小学")
    moderator.presses("Open the poll")
    choice = within(member, "polls").get_by_role("radio", name="西街小学")
    expect(choice).to_be_visible(timeout=PATIENCE_MS)
    choice.check()
    member.presses("Vote")
    expect(within(member, "polls").get_by_role("button", name=member.says("Change my vote"))).to_be_visible()
    assert faults(member.page) == []

    moderator.follows("Prepare and lead the meeting")
    moderator.unfolds("Record a decision")
    moderator.page.locator("form[action$='/keep/resolution/'] textarea").fill("先看西街小学。")
    moderator.presses("Record a decision")
    moderator.presses("Close the meeting")
    expect(within(member, "state").get_by_text(member.says("The meeting is closed."))).to_be_visible(
        timeout=PATIENCE_MS
    )
    moderator.presses("Draft them from the record")
    moderator.page.locator("input[name$=answer_by]").fill((timezone.localdate() + timedelta(days=3)).isoformat())
    moderator.presses("Put them before the participants")
    assert faults(moderator.page) == []

    member.follows("Back to its page")
    member.sees("先看西街小学。")
    minutes = within(member, "minutes")
    minutes.get_by_role("radio").first.check()
    minutes.get_by_role("button", name=member.says("Send"), exact=True).click()
    moderator.page.reload()
    moderator.presses("Publish the minutes")
    member.page.reload()
    expect(within(member, "minutes").get_by_text(member.says("Published"), exact=True)).to_be_visible()
    assert faults(member.page) == []
