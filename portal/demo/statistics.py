"""Prices and people of the city, made up as everything else, so that amounts can be told in real terms and per head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cms.analysis.actions import enter_statistics
from cms.analysis.models import StatisticsImport
from cms.analysis.statistics_tables import read_table
from cms.budget.models import Release
from participation.stakeholders.models import User
from portal.demo.disclosures import government

# Of the years before the newest one, from the latest back; then the same again.
INDICES = ("100.2", "100.9", "102.0", "101.1", "102.4")
PERSONS, MORE_EACH_YEAR = 3_214_000, 21_000


def load_statistics(releases: Mapping[Any, Release], editor: User) -> None:
    """One table of each, once."""
    city = government()
    years = sorted({release.fiscal_year for release in releases.values()})
    if not years or StatisticsImport.objects.filter(government=city).exists():
        return
    newest, known = years[-1], range(years[0] - 1, years[-1] + 1)
    prices = "\n".join(f"{year},{INDICES[(newest - year) % len(INDICES)]}" for year in known)
    people = "\n".join(f"{year},{PERSONS - (newest - year) * MORE_EACH_YEAR}" for year in known)
    for series, text in ((StatisticsImport.Series.PRICES, prices), (StatisticsImport.Series.POPULATION, people)):
        published_on = max(release.published_at for release in releases.values() if release.published_at).date()
        table = read_table(text, series=series, government=city)
        enter_statistics(table, source="云川市统计公报（虚构）", published_on=published_on, acting_user=editor)
