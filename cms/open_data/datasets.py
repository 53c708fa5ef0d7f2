"""What a file is made of: the facts of one release, or of the newest versions of all years of a government.

Rows are read a thousand at a time, so that the longest budget needs no more memory than a short one, and each piece is
a query of its own: no cursor stays open while a slow disk is written to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.text import slugify

from cms.budget.models import Government, Line, Phase, Release
from cms.budget.queries import phases_of
from cms.open_data.columns import Column, columns_of
from portal.currency import minor_digits

LINES_AT_ONCE = 1000
TEXT_FIELDS = (
    "department__code",
    "department__name",
    "programme__code",
    "programme__name",
    "functional_code",
    "functional_name",
    "economic_code",
    "economic_name",
    "fund",
    "note",
)


class Incomplete(RuntimeError):
    """A file would not hold as many rows as its releases have lines."""


def decimal_text(amount: int, places: int) -> str:
    """Minor units as a plain decimal number: -5 with two places is -0.05. Never by way of a float."""
    if not places:
        return str(amount)
    whole, rest = divmod(abs(amount), 10**places)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{places}d}"


@dataclass(frozen=True)
class Dataset:
    """Releases of one government whose lines make one table.

    ``key`` names the dataset for good: the same key always means the same rows.
    """

    key: str
    government: Government
    releases: tuple[Release, ...]

    @classmethod
    def of_release(cls, release: Release) -> Dataset:
        return cls(f"release-{release.row_id}", release.government, (release,))

    @classmethod
    def of_government(cls, government: Government, releases: tuple[Release, ...]) -> Dataset:
        """``releases`` in the order of years; another publication makes another dataset."""
        edition = hashlib.sha256(" ".join(str(release.row_id) for release in releases).encode()).hexdigest()[:16]
        return cls(f"government-{government.pk}-{edition}", government, releases)

    @property
    def is_public(self) -> bool:
        return all(release.published_at for release in self.releases)

    @cached_property
    def phases(self) -> list[Phase]:
        """The phases that any of the releases has amounts for."""
        published = {phase for release in self.releases for phase in phases_of(release)}
        return [phase for phase in Phase if phase in published]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.phases)

    @property
    def row_count(self) -> int:
        return sum(release.line_count for release in self.releases)

    @property
    def slug(self) -> str:
        """What downloaded files are called: ``yunchuan-2025-v1``, ``yunchuan-2021-2025``."""
        name = slugify(self.government.name_en) or "budget"
        first, last = self.releases[0], self.releases[-1]
        if len(self.releases) == 1:
            return f"{name}-{first.fiscal_year}-v{first.version}"
        return f"{name}-{first.fiscal_year}-{last.fiscal_year}"

    def records(self) -> Iterator[list[Any]]:
        """Every fact, in the order of years and of the source, with a value for each of ``columns``.

        Texts are str, empty where the source is silent; amounts come twice, as exact decimal text and as int, both
        None where nothing was published. Raises ``Incomplete`` at the end if lines were missing or too many.
        """
        count = 0
        for release in self.releases:
            for record in self._records_of(release):
                count += 1
                yield record
        if count != self.row_count:
            raise Incomplete(f"{self.key}: {count} lines were read and {self.row_count} are there")

    def _records_of(self, release: Release) -> Iterator[list[Any]]:
        places = minor_digits(release.currency)
        before = [str(release.row_id), release.fiscal_year, release.version]
        government = self.government.name
        has = [phase in release.phases for phase in self.phases]
        texts = len(TEXT_FIELDS)
        for row_number, row_id, *values in _lines(release, [phase.value for phase in self.phases]):
            record = [*before, row_number, government, *(value or "" for value in values[:texts]), release.currency]
            for amount, is_stated in zip(values[texts:], has, strict=True):
                if amount is None or not is_stated:
                    record += (None, None)
                else:
                    record += (decimal_text(amount, places), amount)
            record.append(str(row_id))
            yield record


def _lines(release: Release, phases: list[str]) -> Iterator[Any]:
    lines = Line.objects.filter(release=release, is_leaf=True).order_by("row_number")
    wanted = lines.values_list("row_number", "row_id", *TEXT_FIELDS, *phases)
    last = 0
    while batch := list(wanted.filter(row_number__gt=last)[:LINES_AT_ONCE]):
        yield from batch
        last = batch[-1][0]
