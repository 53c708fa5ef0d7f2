"""The first page that anybody sees."""

import pytest
from playwright.sync_api import Page


@pytest.mark.parametrize(("path", "language"), [("/", "zh-Hans"), ("/en/", "en")])
def test_home_page_opens_without_a_complaint_from_the_browser(
    page: Page, page_faults: list[str], path: str, language: str
) -> None:
    response = page.goto(path, wait_until="networkidle")
    assert response is not None
    assert (response.status, page.get_attribute("html", "lang"), page_faults) == (200, language, [])
