"""A reader's own browser checks a record of the demo city, by WebCrypto, and is not taken in by a changed one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import DemoServer

PATIENCE_MS = 120_000


WAITING_LEAF = """
from django.db import transaction
from cms.models import Department
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
with transaction.atomic():
    append_leaf(LeafKind.FEEDBACK_ACCEPTED, Department.objects.order_by("pk").first(), public={}, committed={})
"""


@pytest.fixture(scope="module")
def signed(demo_server: DemoServer) -> DemoServer:
    demo_server.manage("log_sequence", "--once")
    return demo_server


@contextmanager
def reader(browser: Browser, server: DemoServer, *, javascript: bool = True) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, java_script_enabled=javascript, locale="en")
    try:
        yield context.new_page()
    finally:
        context.close()


def rows(server: DemoServer, sql: str, *parameters: object) -> list[tuple[str, ...]]:
    with sqlite3.connect(server.database_path) as database:
        return database.execute(sql, parameters).fetchall()


def record_of(server: DemoServer, kind: str) -> str:
    ((ref,),) = rows(server, "SELECT record_ref FROM privacy_logentry WHERE kind = ? ORDER BY 1 LIMIT 1", kind)
    return ref


def open_check(page: Page, record_ref: str) -> None:
    # SQLite keeps references without dashes.
    page.goto(f"/en/log/verify/{UUID(record_ref)}/")
    expect(page.locator("[data-verify=now]")).to_have_attribute(
        "data-state", re.compile("verified|partly|unheld|damaged|failed|unavailable"), timeout=PATIENCE_MS
    )


def state(page: Page) -> str | None:
    return page.locator("[data-verify=now]").get_attribute("data-state")


def outcomes(page: Page) -> list[str | None]:
    return [item.get_attribute("data-outcome") for item in page.locator("[data-verify=now] [data-outcome]").all()]


@pytest.mark.parametrize("kind", ["release.published", "feedback.submitted", "answer.published", "task.opened"])
def test_a_record_verifies_in_the_browser(browser: Browser, signed: DemoServer, kind: str) -> None:
    with reader(browser, signed) as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        open_check(page, record_of(signed, kind))
        # The texts that everybody may read are one more thing to check.
        texts = page.locator("[data-verify=now][data-reveal]").count()
        assert (state(page), outcomes(page), faults) == ("verified", ["good"] * (4 + texts), [])
        expect(page.get_by_text("Verified by your browser")).to_be_visible()
        open_check(page, record_of(signed, kind))
        expect(page.get_by_text("Nothing was rewritten since this browser last looked")).to_be_visible()


def test_the_words_of_an_answer_are_one_more_thing_that_is_checked(browser: Browser, signed: DemoServer) -> None:
    with reader(browser, signed) as page:
        open_check(page, record_of(signed, "answer.published"))
        assert (state(page), outcomes(page)) == ("verified", ["good"] * 5)


def test_an_edited_leaf_is_shown_as_failed(browser: Browser, signed: DemoServer) -> None:
    def edit(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"v":2', '"v":3'))

    with reader(browser, signed) as page:
        page.route("**/log/entry/*.json", edit)
        open_check(page, record_of(signed, "feedback.submitted"))
        assert (state(page), outcomes(page)) == ("failed", ["bad"])
        expect(page.get_by_text("Not verified: your browser found a contradiction.")).to_be_visible()
        expect(page.get_by_text("The entry that we handed out is not the one in the log.")).to_be_visible()


def test_a_proof_that_arrives_damaged_is_no_contradiction(browser: Browser, signed: DemoServer) -> None:
    def cut(route: Route) -> None:
        answer = route.fetch()
        head, note = answer.text().split("\n\n", 1)
        route.fulfill(response=answer, body=head.rpartition("\n")[0] + "\n\n" + note)

    with reader(browser, signed) as page:
        page.route("**/log/proof/*.tlog-proof", cut)
        open_check(page, record_of(signed, "feedback.submitted"))
        assert (state(page), outcomes(page)) == ("damaged", ["damaged"])
        expect(page.get_by_text("Not verified: what arrived is no proof.")).to_be_visible()


def test_a_leaf_that_was_edited_in_the_database_is_shown_as_failed(browser: Browser, signed: DemoServer) -> None:
    ref = record_of(signed, "consultation.opened")
    # The page shows the latest first.
    newest = 'SELECT "index", leaf FROM privacy_logentry WHERE record_ref = ? ORDER BY "index" DESC LIMIT 1'
    ((index, leaf),) = rows(signed, newest, ref)
    with sqlite3.connect(signed.database_path) as database:
        database.execute("DROP TRIGGER privacy_logentry_no_update")
        database.execute('UPDATE privacy_logentry SET leaf = ? WHERE "index" = ?', (leaf.replace("2", "3"), index))
    try:
        with reader(browser, signed) as page:
            open_check(page, ref)
            assert state(page) == "failed"
            expect(page.get_by_text("Not verified: this entry or the log around it has been altered.")).to_be_visible()
    finally:
        with sqlite3.connect(signed.database_path) as database:
            database.execute('UPDATE privacy_logentry SET leaf = ? WHERE "index" = ?', (leaf, index))


def test_a_sound_entry_that_was_hung_on_another_record_is_shown_as_failed(browser: Browser, signed: DemoServer) -> None:
    answer, task = record_of(signed, "answer.published"), record_of(signed, "task.opened")
    ((index,),) = rows(
        signed,
        'SELECT "index" FROM privacy_logentry WHERE record_ref = ? ORDER BY 1 DESC LIMIT 1',
        answer,
    )
    with sqlite3.connect(signed.database_path) as database:
        database.execute("DROP TRIGGER IF EXISTS privacy_logentry_no_update")
        # Its own entries make room: the page shows the latest first.
        database.execute("UPDATE privacy_logentry SET record_ref = ? WHERE record_ref = ?", ("0" * 32, task))
        database.execute('UPDATE privacy_logentry SET record_ref = ? WHERE "index" = ?', (task, index))
    try:
        with reader(browser, signed) as page:
            open_check(page, task)
            assert (state(page), outcomes(page)) == ("failed", ["good", "bad", "good"])
            expect(
                page.get_by_text("Not verified: what is said of this entry is not what stands in it.")
            ).to_be_visible()
            expect(page.get_by_text("It is about another record than this page says.")).to_be_visible()
    finally:
        with sqlite3.connect(signed.database_path) as database:
            database.execute('UPDATE privacy_logentry SET record_ref = ? WHERE "index" = ?', (answer, index))
            database.execute("UPDATE privacy_logentry SET record_ref = ? WHERE record_ref = ?", (task, "0" * 32))


def test_an_earlier_entry_is_checked_on_demand(browser: Browser, signed: DemoServer) -> None:
    several = "SELECT record_ref FROM privacy_logentry GROUP BY record_ref HAVING count(*) > 2"
    ((ref,),) = rows(
        signed,
        f"SELECT record_ref FROM privacy_logentry WHERE kind = 'task.verified' AND record_ref IN ({several}) LIMIT 1",
    )
    with reader(browser, signed) as page:
        open_check(page, ref)
        earlier = page.locator("article").first
        earlier.locator("summary").get_by_text("Check it in the browser, or keep a receipt").click()
        earlier.get_by_role("button", name="Check it in this browser").click()
        expect(earlier.locator("[data-verify]")).to_have_attribute("data-state", "verified", timeout=PATIENCE_MS)


def test_a_page_that_waits_renews_itself(browser: Browser, signed: DemoServer) -> None:
    signed.manage("shell", "-c", WAITING_LEAF)
    ((ref,),) = rows(signed, "SELECT record_ref FROM privacy_pendingleaf WHERE kind = 'feedback.accepted'")
    with reader(browser, signed) as page:
        page.clock.install()
        page.goto(f"/en/log/verify/{UUID(ref)}/")
        expect(page.get_by_role("heading", name="Waiting for the next signature")).to_be_visible()
        signed.manage("log_sequence", "--once")
        page.clock.fast_forward("01:00")
        expect(page.get_by_text("Verified by your browser")).to_be_visible(timeout=PATIENCE_MS)


def test_without_javascript_the_page_says_how_to_check(browser: Browser, signed: DemoServer) -> None:
    with reader(browser, signed, javascript=False) as page:
        page.goto(f"/en/log/verify/{UUID(record_of(signed, 'feedback.submitted'))}/")
        expect(page.get_by_text("This check needs JavaScript.")).to_be_visible()
        expect(page.get_by_role("link", name="Download the proof").first).to_be_visible()
        expect(page.get_by_role("button", name="Check it in this browser")).to_have_count(0)
