"""``manage.py after_upgrade``: see docs/operations-upgrade.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from cms.analysis import column_store, cube
from cms.analysis.snapshots import release_parquet
from cms.budget.models import Release


class Command(BaseCommand):
    help = (
        "Bring everything that is made of other data up to date after an upgrade: what every portal starts with, the "
        "search index, sums, snapshots. Can be run again at any time; nothing that people wrote is touched."
    )

    def handle(self, **options: Any) -> None:
        steps: list[tuple[str, Callable[[], object]]] = [
            ("what a portal starts with", lambda: call_command("build_site", stdout=_Silent())),
            ("search index", lambda: call_command("update_index", verbosity=0, stdout=_Silent())),
            ("sums of analysis", lambda: f"{cube.rebuild()} years of governments"),
            ("snapshots of releases", lambda: f"{snapshots()} releases"),
            ("column store", column_store.refresh),
        ]
        for name, step in steps:
            done = step()
            if options["verbosity"]:
                self.stdout.write(f"{name}: {done if isinstance(done, str) else 'done'}")


class _Silent:
    def write(self, *_text: str) -> None:
        pass


def snapshots() -> int:
    """Make the snapshot of every public release that has none; returns how many releases are public."""
    public = Release.objects.published().select_related("government").order_by("pk")
    for release in public.iterator(chunk_size=100):
        release_parquet(release)
    return public.count()
