"""Scoring schemes as files (TOML): what they look like, and whether one says the same as what is stored."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cms.performance.schemes import ScoringScheme
from cms.performance.scoring import Band, Formula, Grade, Scheme, SchemeError
from portal.errors import Invalid

FOLDER = Path(__file__).with_name("schemes_data")
KINDS = frozenset(ScoringScheme.Kind.values)


@dataclass(frozen=True)
class NamedGrade:
    code: str
    name: str
    name_en: str
    lower: Decimal


@dataclass(frozen=True)
class NamedBand:
    level: str
    name: str
    name_en: str
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True)
class NamedIndicator:
    code: str
    dimension: str
    name: str
    name_en: str
    weight: Decimal
    evidence: str = ""
    evidence_en: str = ""


@dataclass(frozen=True)
class SchemeDefinition:
    """Everything that a version of a scheme says. Grades best first, bands highest first, paces by month.

    ``indicators`` (of evaluations) make up the weights of their dimensions; a scheme may do without.
    """

    code: str
    version: int
    kind: str
    name: str
    name_en: str
    jurisdiction: str
    source: str
    valid_from: date
    valid_until: date | None
    formula: str
    reverse_formula: str
    over_achievement: Decimal
    reason_below: Decimal
    alert_gap: Decimal
    silent_after_days: int
    divergence_points: Decimal
    weights: tuple[tuple[str, Decimal], ...]
    grades: tuple[NamedGrade, ...]
    bands: tuple[NamedBand, ...]
    paces: tuple[tuple[int, Decimal], ...]
    indicators: tuple[NamedIndicator, ...] = ()

    def require_scorable(self) -> None:
        """Raises ``SchemeError`` where scores could not be made by it."""
        if self.kind not in KINDS:
            raise SchemeError(f"{self.kind} is no kind of scheme")
        Scheme(
            weights=dict(self.weights),
            grades=tuple(Grade(grade.code, grade.lower) for grade in self.grades),
            bands=tuple(Band(band.level, band.lower, band.upper) for band in self.bands),
            formula=Formula(self.formula),
            reverse_formula=Formula(self.reverse_formula),
            over_achievement=self.over_achievement,
            reason_below=self.reason_below,
        )
        points: dict[str, Decimal] = {}
        for indicator in self.indicators:
            points[indicator.dimension] = points.get(indicator.dimension, Decimal(0)) + indicator.weight
        if self.indicators and points != dict(self.weights):
            raise SchemeError("the indicators have to come to the points of their dimensions")
        if len({indicator.code for indicator in self.indicators}) < len(self.indicators):
            raise SchemeError("two indicators have the same code")

    def as_json(self) -> dict[str, Any]:
        """For the commitment in the log: numbers as they are written. Without indicators nothing is said of them, as
        before there were any."""
        told = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        if not self.indicators:
            del told["indicators"]
        return told


SCALARS = tuple(
    field.name
    for field in fields(SchemeDefinition)
    if field.name not in {"weights", "grades", "bands", "paces", "indicators"}
)


def read_scheme(content: bytes) -> SchemeDefinition:
    """Raises ``Invalid`` that says what is wrong with the file; a key that stands twice is refused, too."""
    try:
        given = tomllib.loads(content.decode("utf-8"))
        definition = SchemeDefinition(
            **{
                **{name: given[name] for name in SCALARS if name != "valid_until"},
                **{
                    name: _number(given[name])
                    for name in ("over_achievement", "reason_below", "alert_gap", "divergence_points")
                },
                "valid_until": given.get("valid_until"),
                "weights": tuple((dimension, _number(points)) for dimension, points in given["weights"].items()),
                "grades": tuple(NamedGrade(**{**row, "lower": _number(row["lower"])}) for row in given["grades"]),
                "bands": tuple(
                    NamedBand(**{**row, "lower": _number(row["lower"]), "upper": _number(row["upper"])})
                    for row in given.get("bands", [])
                ),
                "paces": tuple((int(row["month"]), _number(row["share"])) for row in given.get("paces", [])),
                "indicators": tuple(
                    NamedIndicator(**{**row, "weight": _number(row["weight"])}) for row in given.get("indicators", [])
                ),
            }
        )
        definition.require_scorable()
    except KeyError as error:
        raise Invalid(_("The scheme does not say %(name)s.") % {"name": error.args[0]}) from error
    except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise Invalid(_("This is no scoring scheme: %(why)s.") % {"why": error}) from error
    return definition


def definition_of(scheme: ScoringScheme) -> SchemeDefinition:
    """What is stored, in the form that files have."""
    return SchemeDefinition(
        **{name: getattr(scheme, name) for name in SCALARS},
        weights=tuple((row.dimension, row.weight) for row in scheme.weights.all()),
        grades=tuple(NamedGrade(row.code, row.name, row.name_en, row.lower) for row in scheme.grades.all()),
        bands=tuple(NamedBand(row.level, row.name, row.name_en, row.lower, row.upper) for row in scheme.bands.all()),
        paces=tuple((row.month, row.share) for row in scheme.paces.all()),
        indicators=tuple(
            NamedIndicator(**{field.name: getattr(row, field.name) for field in fields(NamedIndicator)})
            for row in scheme.indicators.all()
        ),
    )


def files() -> Iterator[Path]:
    """The schemes that come with the portal."""
    return iter(sorted(FOLDER.glob("*.toml")))


def _number(value: Any) -> Decimal:
    # As text: a binary 0.1 would not be the 0.1 that was written.
    if not isinstance(value, str):
        raise TypeError(f"{value!r} has to stand in quotation marks")
    return Decimal(value)


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(inner) for inner in value]
        case NamedGrade() | NamedBand() | NamedIndicator():
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
