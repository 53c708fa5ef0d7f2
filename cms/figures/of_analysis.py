"""Figures that answer a question: of a class of programmes, of things side by side, of all published lines.

They are about no single record, so their parameters say everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.analysis import class_figures, compare_figures, drawing
from cms.analysis.adhoc_answers import figure_of
from cms.analysis.adhoc_asking import answer_to, read_asked
from cms.analysis.asking import read_question, whole_of, year_of
from cms.analysis.classes import read_class
from cms.analysis.comparing import Compared, compare
from cms.budget.queries import Reader
from cms.figures.registry import Cell, Figure, Key, Row, Table, figure_kind
from portal.errors import NotFound
from portal.ui.charts import Bar, Bars

BARS_DRAWN = 15
ROWS_SHOWN = 200
SOURCES_NAMED = 6
COMPARED = ("by", "pick", "of", "year", "terms", "base", "function")
OF_CLASS = ("code", "year", "government", "measure")


def registered(kind: str, found: drawing.Figure | None) -> Figure | None:
    """A figure of an analysis as the registry has figures: nothing is computed anew."""
    if found is None or not found.rows:
        return None
    rows = tuple(_row(row) for row in (*found.rows, *([found.total] if found.total else [])))
    bars = tuple(
        Bar(row.label.text, *row.bar, next((cell.text for cell in row.cells if cell.value), ""))
        for row in rows[:BARS_DRAWN]
        if row.bar
    )
    named = [text for text, _url in found.sources[:SOURCES_NAMED]] + (
        ["…"] if len(found.sources) > SOURCES_NAMED else []
    )
    facts = " · ".join(f"{name}{_(': ')}{strip_tags(text)}" for name, text in found.facts)
    return Figure(
        kind=kind,
        subject=None,
        finding=found.finding,
        description=found.description or facts or _("Computed from what is published now."),
        method=" ".join(part for part in (*found.method, found.note) if part),
        source=", ".join(named),
        source_url=found.url,
        table=Table(found.head, found.columns, rows, found.unit),
        drawing=found.drawing or (Bars(bars) if bars else None),
        is_table=found.drawing is None and found.has_bars,
        keys=tuple(Key(css, label) for css, label in found.keys),
    )


def _row(row: drawing.Row) -> Row:
    bar: Any = tuple(None if value is None else float(str(value)) for value in row.bar) if row.bar else None
    return Row(_cell(row.label), tuple(_cell(cell) for cell in row.cells), bar)


def _cell(cell: drawing.Cell) -> Cell:
    return Cell(strip_tags(cell.text), cell.value, cell.url)


@figure_kind(
    "answer",
    gettext_lazy("An answer of the data"),
    "question",
    ("by", "measure", "year", "government", "department", "function", "economic"),
    rate="question",
)
def answer_figure(subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    asked = read_asked(parameters)
    if not asked.is_whole:
        return None
    answer = answer_to(asked, reader)
    laid_out = figure_of(asked, answer, most=ROWS_SHOWN)
    found = registered("answer", laid_out)
    return replace(found, whole_csv=laid_out.csv_url) if found and len(answer.rows) > ROWS_SHOWN else found


def _compared(parameters: Mapping[str, str], reader: Reader) -> Compared:
    question = read_question(parameters)
    compared = compare(question, reader) if question.is_whole else None
    if compared is None or not compared.years or (question.year is not None and question.year not in compared.years):
        raise NotFound
    return compared


@figure_kind("comparison", gettext_lazy("Departments, regions or years side by side"), "question", COMPARED)
def comparison_figure(subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    return registered("comparison", compare_figures.bars(_compared(parameters, reader)))


@figure_kind("comparison-years", gettext_lazy("Departments or regions over the years"), "question", COMPARED)
def comparison_years_figure(subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    return registered("comparison-years", compare_figures.over_years(_compared(parameters, reader)))


@figure_kind("comparison-change", gettext_lazy("What a change is made of"), "question", COMPARED)
def comparison_change_figure(subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    return registered("comparison-change", compare_figures.drivers(_compared(parameters, reader)))


def _measured(
    parameters: Mapping[str, str], reader: Reader
) -> tuple[class_figures.ClassReading, class_figures.Measured]:
    """The class and the number of its programmes that is asked for: money, execution, goals or a unit cost."""
    government = parameters.get("government", "")
    reading = read_class(
        parameters.get("code", ""),
        reader,
        year=year_of(parameters.get("year", ""), "year"),
        government=int(whole_of(government, "government")) if government else None,
        today=timezone.localdate(),
    )
    asked = parameters.get("measure", "")
    for measured in class_figures.measures_of(reading):
        if measured.measure.key == asked:
            return reading, measured
    raise NotFound


@figure_kind("class-spread", gettext_lazy("How programmes of a kind differ"), "question", OF_CLASS)
def class_spread_figure(subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    return registered("class-spread", class_figures.distribution(*_measured(parameters, reader)))


@figure_kind("class-apart", gettext_lazy("Programmes that stand apart from others of their kind"), "question", OF_CLASS)
def class_apart_figure(subject: UUID | None, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    return registered("class-apart", class_figures.apart(*_measured(parameters, reader)))
