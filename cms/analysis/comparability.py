"""What has to be known before two figures are held against each other, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cms.analysis.asking import By
from cms.analysis.comparing import Compared, Item, Value
from cms.budget.models import Department, Phase, Release
from cms.budget.queries import Reader
from cms.classification.models import ClassificationVersion, DepartmentMerger, Scheme
from portal.ui.furniture import local


def warnings_about(compared: Compared, reader: Reader) -> list[str]:
    """Every reason why the figures may not mean the same thing; a fixed number of queries."""
    pairs = [(item, year, value) for item in compared.items for year, value in item.values.items()]
    values = [value for _item, _year, value in pairs]
    if not values:
        return []
    return [
        *_currencies(values),
        *_phases(compared),
        *_partial_years(values),
        *_mergers(compared, reader),
        *_editions(compared, reader),
        *_restated(values),
        *_missing_statistics(compared),
        *_not_published(compared),
    ]


def name_of(item: Item) -> str:
    """How a thing is called on the page: a year by its number."""
    return local(item.subject, "name") if item.subject else item.key


def _currencies(values: Iterable[Value]) -> Iterator[str]:
    currencies = sorted({value.release.currency for value in values})
    if len(currencies) > 1:
        message = _(
            "The amounts are in different currencies (%(currencies)s): they are shown, but not ranked or drawn."
        )
        yield message % {"currencies": ", ".join(currencies)}


def _phases(compared: Compared) -> Iterator[str]:
    phases = {value.phase for _item, _year, value in compared.shown if value}
    if len(phases) > 1:
        labels = ", ".join(str(phase.label) if phase else _("no budget") for phase in Phase if phase in phases)
        message = _("The budgets are of different phases (%(phases)s): a draft is not an adopted budget.")
        yield message % {"phases": labels}


def _partial_years(values: Iterable[Value]) -> Iterator[str]:
    releases = {value.release.pk: value.release for value in values}
    for release in sorted(releases.values(), key=lambda found: found.fiscal_year):
        day = release.as_of
        if Phase.EXECUTED in release.phases and day and day < date(release.fiscal_year, 12, 31):
            message = _("%(year)d is not a full year: what was spent is as of %(day)s.")
            yield message % {"year": release.fiscal_year, "day": date_format(day, "DATE_FORMAT")}


def _mergers(compared: Compared, reader: Reader) -> Iterator[str]:
    subjects = (compared.subject, *(item.subject for item in compared.items))
    departments = [subject for subject in subjects if isinstance(subject, Department)]
    if not departments:
        return
    involved = Q(predecessor__in=departments) | Q(successor__in=departments)
    mergers = DepartmentMerger.objects.visible_to(reader).standing().filter(involved)
    for merger in mergers.select_related("predecessor", "successor").order_by("since", "pk"):
        if compared.years and compared.years[0] <= merger.since.year <= compared.years[-1]:
            yield _("From %(day)s on, %(successor)s carries on what %(predecessor)s did.") % {
                "day": date_format(merger.since, "DATE_FORMAT"),
                "successor": local(merger.successor, "name"),
                "predecessor": local(merger.predecessor, "name"),
            }


def _editions(compared: Compared, reader: Reader) -> Iterator[str]:
    """Where functions matter: of a filter, or of what a change is made of."""
    by_function = any(driver.group.url == "" for driver in compared.drivers)
    if not (compared.question.function or by_function):
        return
    places = {release.jurisdiction for release in compared.releases} - {""}
    versions = list(
        ClassificationVersion.objects.visible_to(reader).filter(scheme=Scheme.FUNCTIONAL, jurisdiction__in=places)
    )
    valid = {
        year: frozenset(v.pk for v in versions if (v.valid_from or year) <= year <= (v.valid_until or year))
        for year in compared.years
    }
    if len(set(valid.values())) > 1:
        yield _("The classification of functions was issued anew between these years: a code may mean something else.")


def _restated(values: Iterable[Value]) -> Iterator[str]:
    shown = {(v.release.government_id, v.release.fiscal_year): v.release for v in values}
    earlier = Release.objects.published().filter(
        government__in={government for government, _year in shown}, fiscal_year__in={year for _g, year in shown}
    )
    restated = set()
    for government, year, version in earlier.order_by().values_list("government", "fiscal_year", "version"):
        release = shown.get((government, year))
        if release is not None and version < release.version:
            restated.add((year, local(release.government, "name"), release.version))
    for year, name, version in sorted(restated):
        message = _("The figures of %(name)s for %(year)d were corrected: version %(version)d counts.")
        yield message % {"name": name, "year": year, "version": version}


def _missing_statistics(compared: Compared) -> Iterator[str]:
    terms, people = compared.question.terms, compared.deflator.people
    places = sorted({(r.fiscal_year, r.government_id, local(r.government, "name")) for r in compared.releases})
    if terms.is_real:
        without = [
            year
            for year, government, _name in places
            if compared.deflator.price_factor(government, year, compared.base) is None
        ]
        if without:
            message = _("No price index is known that leads from %(years)s to %(base)d: real amounts are left out.")
            yield message % {"years": ", ".join(str(year) for year in sorted(set(without))), "base": compared.base}
    if terms.is_per_head:
        unknown = [f"{name} {year}" for year, government, name in places if (government, year) not in people]
        if unknown:
            message = _("No population is known of %(places)s: amounts per head are left out.")
            yield message % {"places": ", ".join(unknown)}


def _not_published(compared: Compared) -> Iterator[str]:
    for item, year, value in compared.shown:
        if value is None:
            if compared.question.by is By.YEAR:
                yield _("Nothing is public for %(year)d.") % {"year": year}
            else:
                yield _("Nothing of %(name)s is public for %(year)d.") % {"name": name_of(item), "year": year}
