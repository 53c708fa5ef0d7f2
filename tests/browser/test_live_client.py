"""The live client against a server that the test plays: gaps, reconnects, the outbox and the end of a room."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

ORIGIN = "http://gongzhi.test"
SCRIPTS = settings.BASE_DIR / "portal" / "static" / "gongzhi" / "js"
ROOM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Room</title>
<script type="module" src="/js/gongzhi.js" data-live="/js/live.js"></script>
<ul data-feedback-list><li id="feedback-1">old</li></ul>
<section data-live-url="/ws/room/" data-live-since="2" data-events-url="/events" data-t-live="Live"
  data-t-waiting="Lost" data-t-4404="Gone" data-t-hidden="Hidden." data-t-hidden-rule="Hidden: rule §." data-t-sending="Sending" data-t-pause="Pause"
  data-t-resume="Show" data-g-citizen="Citizen">
<p data-live-state></p><div data-live-pinned hidden><p><a href="#">x</a></p><p class="body"></p></div><button type="button" data-live-pause hidden>Pause</button>
<div role="log"><ol><li data-seq="1"><p data-body>one</p></li><li data-seq="2"><p data-body>two</p></li></ol></div>
<template data-live-item><li><b data-group></b><span data-author></span><p data-body></p></li></template>
<p data-live-problem></p>
<form data-live-form method="post" action="/post"><textarea name="body"></textarea><button>Send</button></form>
</section></html>"""


class Room:
    """What the other end knows and heard. ``on_send`` answers a message that the page sends."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.heard: list[dict[str, Any]] = []
        self.stored: list[dict[str, Any]] = []
        self.epoch = "e"
        self.card = '<li id="feedback-2">new</li>'
        self.on_send: Callable[[dict[str, Any]], None] = lambda frame: None

    def opened(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(self.listen)

    def listen(self, text: str | bytes) -> None:
        frame = json.loads(text)
        self.heard.append(frame)
        if frame["type"] == "hello":
            head = max([2, *(event["seq"] for event in self.stored)])
            self.say({"type": "welcome", "head": head, "epoch": self.epoch, "role": "member", "recovered": True})
            self.say([event for event in self.stored if event["seq"] > frame["since"]])
        elif frame["type"] == "send":
            self.on_send(frame)

    def say(self, frame: Any) -> None:
        self.sockets[-1].send(json.dumps(frame))

    def event(self, seq: int, body: str, **more: Any) -> dict[str, Any]:
        made = "2025-11-03T08:00:00+00:00"
        base = {"type": "ev", "seq": seq, "kind": "message", "author": "A", "group": "citizen", "created": made}
        self.stored.append({**base, "body": body, **more})
        return self.stored[-1]


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def page(browser: Browser, room: Room) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.route(f"{ORIGIN}/", lambda route: route.fulfill(body=ROOM, content_type="text/html"))
    page.route(f"{ORIGIN}/js/*", lambda route: route.fulfill(path=SCRIPTS / route.request.url.rsplit("/", 1)[1]))
    page.route(f"{ORIGIN}/card", lambda route: route.fulfill(body=room.card, content_type="text/html"))

    def events(route: Any) -> None:
        since = int(route.request.url.rsplit("=", 1)[1])
        route.fulfill(json={"events": [event for event in room.stored if event["seq"] > since]})

    page.route(f"{ORIGIN}/events?*", events)
    page.route_web_socket("**/ws/room/", room.opened)
    page.goto(f"{ORIGIN}/")
    expect(page.locator("[data-live-state]")).to_have_text("Live")
    yield page
    context.close()


def bodies(page: Page) -> list[str]:
    return page.locator("[role=log] [data-body]").all_inner_texts()


def send(page: Page, text: str) -> None:
    page.fill("textarea", text)
    page.click("text=Send")


def test_the_client_says_which_event_it_has_seen_last(page: Page, room: Room) -> None:
    assert room.heard == [{"type": "hello", "v": 1, "since": 2}]


def test_a_new_message_is_shown_as_text_and_once(page: Page, room: Room) -> None:
    event = room.event(3, "<b>three</b>")
    room.say(event)
    room.say(event)
    expect(page.locator("[data-seq='3'] [data-body]")).to_have_text("<b>three</b>")
    expect(page.locator("[data-seq='3'] [data-group]")).to_have_text("Citizen")
    assert bodies(page) == ["one", "two", "<b>three</b>"]


def test_a_gap_is_fetched_and_order_is_kept(page: Page, room: Room) -> None:
    room.event(3, "three")
    room.event(4, "four")
    room.say(room.event(5, "five"))
    expect(page.locator("[data-seq='5']")).to_be_visible()
    assert bodies(page) == ["one", "two", "three", "four", "five"]


def test_a_dropped_connection_resumes_after_the_last_event(page: Page, room: Room) -> None:
    room.say(room.event(3, "three"))
    expect(page.locator("[data-seq='3']")).to_be_visible()
    room.event(4, "four")
    room.sockets[-1].close(code=4000)
    expect(page.locator("[data-live-state]")).to_have_text("Lost")
    expect(page.locator("[data-seq='4']")).to_be_visible()
    assert room.heard[-1]["since"] == 3
    assert bodies(page) == ["one", "two", "three", "four"]


def test_a_room_that_counts_anew_is_loaded_anew_and_what_was_sent_is_kept(page: Page, room: Room) -> None:
    send(page, "mine")
    expect(page.locator(".is-pending")).to_have_count(1)
    room.epoch = "another"
    with page.expect_navigation():
        room.sockets[-1].close(code=4000)
    expect(page.locator("[data-live-state]")).to_have_text("Live")
    assert (page.locator(".is-pending").count(), room.heard[-1]["body"]) == (1, "mine")


def test_a_room_that_is_gone_is_not_asked_for_again(page: Page, room: Room) -> None:
    room.sockets[-1].close(code=4404)
    expect(page.locator("[data-live-state]")).to_have_text("Gone")
    page.wait_for_timeout(1500)
    assert len(room.sockets) == 1


def test_what_is_sent_stands_in_the_list_and_once_acknowledged_is_a_message(page: Page, room: Room) -> None:
    def store(frame: dict[str, Any]) -> None:
        event = room.event(3, frame["body"])
        room.say({"type": "ack", "cid": frame["cid"], "seq": 3, "dup": False})
        room.say(event)

    room.on_send = store
    send(page, "mine")
    expect(page.locator("[data-seq='3'] [data-body]")).to_have_text("mine")
    expect(page.locator(".is-pending")).to_have_count(0)
    assert page.input_value("textarea") == ""
    assert bodies(page) == ["one", "two", "mine"]


def test_what_was_not_acknowledged_is_sent_again_under_the_same_number(page: Page, room: Room) -> None:
    send(page, "mine")
    expect(page.locator(".is-pending")).to_have_count(1)
    room.sockets[-1].close(code=4000)
    expect(page.locator("[data-live-state]")).to_have_text("Live", timeout=10_000)
    page.wait_for_timeout(100)
    sent = [frame for frame in room.heard if frame["type"] == "send"]
    assert [frame["body"] for frame in sent] == ["mine", "mine"]
    assert sent[0]["cid"] == sent[1]["cid"]


def test_what_is_refused_is_given_back(page: Page, room: Room) -> None:
    room.on_send = lambda frame: room.say(
        {"type": "error", "code": "closed", "message": "Not open.", "cid": frame["cid"]}
    )
    send(page, "mine")
    expect(page.locator("[data-live-problem]")).to_have_text("Not open.")
    assert page.input_value("textarea") == "mine"
    assert bodies(page) == ["one", "two"]


def test_two_that_are_refused_are_both_given_back(page: Page, room: Room) -> None:
    for text in ("one more", "and another"):
        page.fill("textarea", text)
        page.click("form button")
    expect(page.locator(".is-pending")).to_have_count(2)
    for frame in [frame for frame in room.heard if frame["type"] == "send"]:
        room.say({"type": "error", "code": "closed", "message": "Not open.", "cid": frame["cid"]})
    expect(page.locator(".is-pending")).to_have_count(0)
    assert page.input_value("textarea") == "one more\n\nand another"


def test_a_hidden_message_loses_its_text_and_gets_it_back_when_restored(page: Page, room: Room) -> None:
    message = room.event(3, "rude")
    room.say(message)
    expect(page.locator("[data-seq='3'] [data-body]")).to_have_text("rude")
    message.update(hidden=True, body="", hidden_reason="Insult")
    room.say(room.event(4, "Insult", kind="hide", target_seq=3))
    expect(page.locator("[data-seq='3'] [data-body]")).to_have_text("Hidden. Insult")
    message.update(hidden_rule=3)
    room.say(room.event(5, "Insult", kind="hide", target_seq=3, hidden_rule=3))
    expect(page.locator("[data-seq='3'] [data-body]")).to_have_text("Hidden: rule 3. Insult")
    message.update(hidden=False, body="rude")
    room.say(room.event(6, "", kind="restore", target_seq=3))
    expect(page.locator("[data-seq='3'] [data-body]")).to_have_text("rude")


def test_a_message_is_put_on_top_and_taken_from_there_while_the_page_is_open(page: Page, room: Room) -> None:
    room.say(room.event(3, "<i>read me</i>"))
    room.say(room.event(4, "", kind="pin", target_seq=3))
    expect(page.locator("[data-live-pinned] .body")).to_have_text("<i>read me</i>")
    assert page.locator("[data-live-pinned] a").evaluate("link => link.hash") == "#m3"
    room.say(room.event(5, "", kind="unpin", target_seq=3))
    expect(page.locator("[data-live-pinned]")).to_be_hidden()


def test_a_paused_reader_is_told_how_much_waits(page: Page, room: Room) -> None:
    page.click("text=Pause")
    room.say(room.event(3, "three"))
    expect(page.locator("[data-live-pause]")).to_have_text("Show (1)")
    assert bodies(page) == ["one", "two"]
    page.click("[data-live-pause]")
    expect(page.locator("[data-seq='3']")).to_be_visible()


def test_new_feedback_is_fetched_and_put_first_once(page: Page, room: Room) -> None:
    hint = {"type": "hint", "kind": "feedback", "row_id": "2", "html_url": "/card"}
    room.say(hint)
    expect(page.locator("#feedback-2")).to_be_visible()
    room.say(hint)
    page.wait_for_timeout(200)
    assert page.locator("[data-feedback-list] > li").all_inner_texts() == ["new", "old"]


def test_nothing_is_fetched_from_another_site(page: Page, room: Room) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    room.say({"type": "hint", "kind": "feedback", "row_id": "2", "html_url": "https://evil.example/card"})
    page.wait_for_timeout(200)
    assert asked == []


def test_the_home_page_shows_its_numbers_and_how_many_are_here_but_not_how_few(browser: Browser) -> None:
    sockets: list[WebSocketRoute] = []
    home = """<!doctype html><html lang="en"><script type="module" src="/js/gongzhi.js" data-live="/js/live.js"></script>
<main><dl data-live-numbers="/ws/live/" data-t-here="People here:"><dd data-number="open">1</dd></dl>
<p data-live-here hidden></p></main></html>"""
    page = browser.new_page()
    page.route(f"{ORIGIN}/", lambda route: route.fulfill(body=home, content_type="text/html"))
    page.route(f"{ORIGIN}/js/*", lambda route: route.fulfill(path=SCRIPTS / route.request.url.rsplit("/", 1)[1]))
    page.route_web_socket("**/ws/live/", lambda socket: sockets.append(socket))
    page.goto(f"{ORIGIN}/")
    here = page.locator("[data-live-here]")
    expect(here).to_be_hidden()
    counter = {"type": "counter", "key": "numbers", "value": {"open": 2}, "ver": 1}
    while not sockets:
        page.wait_for_timeout(50)
    sockets[0].send(json.dumps([counter, {"type": "eph", "here": 12, "typing": False}]))
    expect(here).to_have_text("People here: 12")
    expect(page.locator("[data-number]")).to_have_text("2")
    sockets[0].send(json.dumps({"type": "eph", "here": None, "typing": False}))
    expect(here).to_be_hidden()
    page.close()
