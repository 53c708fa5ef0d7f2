"""The way to every figure: by the id of its kind and the record it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.http import QueryDict

from cms.budget.queries import Reader
from cms.figures import of_analysis, of_flows, of_programmes, of_releases
from cms.figures.registry import KINDS, Figure, Kind
from portal.errors import NotFound

# Where figures are made: importing them made their kinds known.
MAKERS = (of_releases, of_flows, of_programmes, of_analysis)


def kinds() -> dict[str, Kind]:
    """Every kind by its id."""
    return dict(KINDS)


def figure(kind: str, subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure:
    """A figure for a reader, in the language of the page.

    Raises ``NotFound`` for an unknown kind, a record that the reader may not see, and where there is nothing to draw.
    """
    found = KINDS.get(kind)
    if found is None or (subject is None) != (found.subject == "question"):
        raise NotFound
    kept = {name: told for name in found.takes if (told := _told(parameters, name))}
    made = found.build(subject, kept, reader)
    if made is None:
        raise NotFound
    return replace(made, parameters=kept)


def _told(parameters: Mapping[str, str], name: str) -> str:
    """What is repeated in an address stands with commas between it in the address of a figure."""
    told = parameters.getlist(name) if isinstance(parameters, QueryDict) else [parameters.get(name, "")]
    return ",".join(value for value in told if value)
