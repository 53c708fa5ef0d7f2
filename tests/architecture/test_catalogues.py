"""Nobody meets a sentence in the wrong language."""

import pytest

from portal.management import catalogues


@pytest.mark.parametrize("folder", catalogues.LOCALES)
def test_catalogue_is_complete_compiled_and_in_step_with_the_source(folder: str) -> None:
    assert catalogues.problems(folder, catalogues.extracted()) == []


@pytest.mark.parametrize("folder", catalogues.LOCALES)
def test_catalogue_keeps_nothing_that_the_source_has_dropped(folder: str) -> None:
    wanted = {catalogues.key(message) for message in catalogues.messages(catalogues.extracted())}
    kept = {catalogues.key(message) for message in catalogues.messages(catalogues.read(folder))}
    assert kept - wanted == set()
