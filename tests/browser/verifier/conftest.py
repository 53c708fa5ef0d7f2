"""A browser on that site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.verifier.site import Log


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def page(browser: Browser, log: Log) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", log.answer)
    yield page
    context.close()
