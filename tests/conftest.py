"""What every test may ask for, and what no test may leave behind."""

from __future__ import annotations

import csv
import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from portal import rates
from privacy.sealing import alarms
from tests import migrated

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker
    from wagtail.models import Site


# What is imported and collected stays until the end: nobody need look through it for garbage again and again.
gc.disable()

# A slow moment of the machine is no failure.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running in its process from its first to its last test, and neither
    # asynchronous tests nor Django's database calls can run inside one: browser tests come after all others.
    items.sort(key=lambda item: "tests/browser/" in item.path.as_posix())


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[migrated.Copies]:
    """In place of pytest-django's own, which migrates in every process, and of Django's way to empty every table after
    a test with real transactions: it takes a second, is refused by the guards of the log, and leaves none of the rows
    that migrations made."""
    with (
        django_db_blocker.unblock(),
        migrated.test_database(connection) as copies,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: copies.take_back())
        yield copies


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    """Rate limits and the cache start empty: object ids repeat from test to test."""
    yield
    if rates._limiter.cache_info().currsize:
        rates._limiter().storage.reset()
        rates._limiter.cache_clear()
    cache.clear()
    alarms.forget_all()


@pytest.fixture(autouse=True)
def _usual_csv_cells() -> None:
    """As long as in service: a library that only tests use raises the limit of the whole process."""
    csv.field_size_limit(131_072)


@pytest.fixture(autouse=True)
def _default_language() -> Iterator[None]:
    """The test client leaves the language of its last page active, and addresses depend on it."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def site(db: Any) -> Site:
    """The page tree of a new installation, in both languages; its root page is the home page in the default one."""
    from cms.pages.site import build_site

    return build_site()


def pytest_unconfigure() -> None:
    # The test settings make one scratch folder per process.
    if settings.configured:
        shutil.rmtree(Path(settings.MEDIA_ROOT).parent, ignore_errors=True)
