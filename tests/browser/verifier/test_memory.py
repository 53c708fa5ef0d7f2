"""The browser's verifier remembers what it has seen, and holds the log to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.verifier.site import (
    FIRST,
    INCLUDED,
    LARGEST,
    ORIGIN,
    SITE,
    Log,
    tree,
    visit,
)

# Its memory ------------------------------------------------------------------------------------


def test_a_log_that_grew_is_consistent(page: Page, log: Log) -> None:
    visit(page)
    log.size = 50
    assert visit(page)[1][2:] == ["only grew since 21"]
    log.size = LARGEST
    assert visit(page)[1][2:] == ["only grew since 50"]


@pytest.mark.parametrize("status", [0, 404, 503], ids=["proven", "not that large", "no answer"])
def test_a_smaller_log_than_was_seen_before_is_never_verified(page: Page, log: Log, status: int) -> None:
    """An older state that the larger one begins with contradicts nothing: it may have been fetched a moment earlier.
    A log that says it is not that large any more was shortened."""
    log.size = 50
    kept = log.note
    visit(page)
    log.size = 21
    if status:
        log.statuses["/consistency"] = status
    for _visit in range(2):
        state, steps = visit(page)
        evidence = f"{kept}\n{log.note}"
        expected = {
            0: ("unheld", "unknown since 50: "),
            404: ("failed", "21 of 50: "),
            503: ("unheld", "unknown since 50: "),
        }
        assert (state, len(steps), steps[2].startswith(expected[status][1])) == (expected[status][0], 3, True)
        assert page.locator("li [data-slot=evidence]").text_content() == evidence
        assert page.evaluate(f"localStorage.getItem('gongzhi.log.{ORIGIN}')") == kept


def test_a_checkpoint_of_the_same_size_needs_no_proof(page: Page, log: Log) -> None:
    visit(page)
    assert visit(page) == ("verified", [INCLUDED, "signed", "only grew since 21"])
    assert "/consistency" not in log.asked


@pytest.mark.parametrize("size", [21, 50])
def test_a_log_that_was_rewritten_fails_and_leaves_the_evidence(page: Page, log: Log, size: int) -> None:
    kept = log.note
    visit(page)
    log.subtree, log.size = tree(changed=3), size
    for _visit in range(2):
        state, steps = visit(page)
        assert state == "failed"
        assert steps[2].startswith("contradicts 21: ")
        assert page.locator("li [data-slot=evidence]").text_content() == f"{kept}\n{log.note}"


@pytest.mark.parametrize("why", ["not found", "an error page", "no address"])
def test_what_cannot_be_held_against_the_last_visit_is_not_verified(page: Page, log: Log, why: str) -> None:
    kept = log.note
    visit(page)
    log.size = 50
    if why == "not found":
        log.statuses["/consistency"] = 404
    elif why == "an error page":
        log.consistency = "<html>an error page</html>"
    else:
        log.attributes["consistency-url"] = ""
    for _visit in range(2):
        state, steps = visit(page)
        assert (state, steps[:2]) == ("unheld", ["number 14 at 13 of 50 in log.example/1", "signed"])
        assert steps[2].startswith("unknown since 21: ")
        assert page.locator("li [data-slot=evidence]").text_content() == f"{kept}\n{log.note}"
    log.statuses.clear()
    log.consistency, log.attributes["consistency-url"] = None, "/consistency?from={old}&to={new}"
    assert visit(page)[0] == "verified"


def test_a_spoilt_memory_is_a_first_visit(page: Page, log: Log) -> None:
    page.goto(f"{SITE}/")
    page.evaluate(f"localStorage.setItem('gongzhi.log.{ORIGIN}', 'nonsense')")
    assert visit(page) == ("verified", FIRST)


def test_a_checkpoint_that_failed_is_not_remembered(page: Page, log: Log) -> None:
    log.entry = "another"
    visit(page)
    assert page.evaluate("localStorage.length") == 0
