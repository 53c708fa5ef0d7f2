"""A browser on that site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.verifier.site import Log


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture(scope="session")
def _tab(browser: Browser) -> Iterator[Page]:
    # Opening a tab costs more than most of these tests.
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def page(_tab: Page, log: Log) -> Iterator[Page]:
    """Remembers nothing of the site: the tab that all of these tests use one after the other."""
    _tab.route("**/*", log.answer)
    yield _tab
    _tab.evaluate("localStorage.clear()")
    _tab.unroute_all(behavior="ignoreErrors")


@pytest.fixture
def own_page(browser: Browser, log: Log) -> Iterator[Page]:
    """For a test that changes the browser itself."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", log.answer)
    yield page
    context.close()
