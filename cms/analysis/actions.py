"""Entering the numbers that amounts are divided by."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from cms.analysis.models import Population, PriceIndex, StatisticsImport
from cms.analysis.statistics_tables import State, Table
from cms.budget.models import Government
from cms.budget.permissions import require_may_import
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User


@transaction.atomic
def enter_statistics(table: Table, *, source: str, published_on: date, acting_user: User | None) -> StatisticsImport:
    """Take over a table of prices or of population; years that it does not name stay as they are.

    ``acting_user`` is a budget editor or reviewer, None the operator at the command line. Raises ``Invalid`` for a
    table with errors, and ``Conflict`` for one that says nothing new.
    """
    require_may_import(acting_user)
    if table.errors:
        raise Invalid(table.errors[0])
    is_prices = table.series == StatisticsImport.Series.PRICES
    if table.government is None and not is_prices:
        raise Invalid(_("Say whose population this is."), field="government")
    if table.government is not None:
        # One table of a government at a time: each row is either new or changed.
        Government.objects.select_for_update().get(pk=table.government.pk)
    entries = [entry for entry in table.entries if entry.state is not State.SAME]
    if not entries:
        raise Conflict(_("Every year of this table stands there already, with the same number."))
    name = table.government.name if table.government else None
    told = {str(entry.year): f"{entry.value.normalize():f}" for entry in table.entries}
    written = canonical({"government": name, "series": str(table.series), "source": source, "rows": told})
    with acting(acting_user, reason=source):
        batch: StatisticsImport = StatisticsImport.objects.create(
            series=table.series,
            government=table.government,
            source=source,
            published_on=published_on,
            sha256=hashlib.sha256(written.encode()).hexdigest(),
            row_count=len(table.entries),
            imported_by=acting_user,
        )
        rows: list[PriceIndex | Population] = []
        for entry in entries:
            row: PriceIndex | Population
            if is_prices:
                row = PriceIndex.objects.filter(government=table.government, year=entry.year).first() or PriceIndex(
                    government=table.government, year=entry.year
                )
                row.previous_year_100 = entry.value
            else:
                row = Population.objects.filter(government=table.government, year=entry.year).first() or Population(
                    government=table.government, year=entry.year
                )
                row.persons = int(entry.value)
            row.entered_with = batch
            row.save()
            rows.append(row)
    append_leaf(
        LeafKind.STATISTICS_ENTERED,
        batch,
        public={
            "series": str(table.series),
            "government": name,
            "published_on": published_on.isoformat(),
            "years": len(table.entries),
            "sha256": batch.sha256,
        },
        committed={"table": written},
        also=rows,
    )
    return batch
