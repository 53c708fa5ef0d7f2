"""Nobody meets a sentence in the wrong language."""

from typing import Any

import pytest

from portal.management import catalogues


@pytest.fixture(scope="module")
def source() -> Any:
    """What the source says now: reading all of it takes seconds."""
    return catalogues.extracted()


@pytest.mark.parametrize("folder", catalogues.LOCALES)
def test_catalogue_is_complete_compiled_and_in_step_with_the_source(source: Any, folder: str) -> None:
    assert catalogues.problems(folder, source) == []


@pytest.mark.parametrize("folder", catalogues.LOCALES)
def test_catalogue_keeps_nothing_that_the_source_has_dropped(source: Any, folder: str) -> None:
    wanted = {catalogues.key(message) for message in catalogues.messages(source)}
    kept = {catalogues.key(message) for message in catalogues.messages(catalogues.read(folder))}
    assert kept - wanted == set()
