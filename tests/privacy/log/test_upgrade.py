"""A log that was a chain before becomes a tree without losing an entry."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from privacy.log.audit import audit_log
from privacy.log.models import Tile
from privacy.log.upgrade import build_tiles
from tests.privacy.log.written import tamper, write_many

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.mark.parametrize(("count", "tiles"), [(255, 0), (256, 1), (700, 2)])
def test_the_tiles_of_what_was_there_are_built(count: int, tiles: int) -> None:
    write_many(count)
    tamper("DELETE FROM privacy_tile")
    build_tiles(apps, SimpleNamespace(connection=connection))  # type: ignore[arg-type]
    assert (Tile.objects.count(), audit_log().problems) == (tiles, [])
