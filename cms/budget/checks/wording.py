"""Findings, and reasons why a rule could not be applied, in the words of the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.checks.models import CheckFinding
from cms.budget.models import Phase
from cms.budget.tables import Column, Mark, TableKind
from cms.classification.models import Scheme

REASONS: dict[str, str | Promise] = {
    "no_tables": gettext_lazy("This release has lines only: the tables of the disclosure were not handed in."),
    "no_table": gettext_lazy("The table “%(table)s” is not there."),
    "no_row": gettext_lazy("The table “%(table)s” has no row “%(row)s”."),
    "no_column": gettext_lazy("The table “%(table)s” has no column “%(column)s”."),
    "other_income": gettext_lazy("There is other income beside the appropriations, so the two may differ."),
    "other_money_spent": gettext_lazy("Other money was spent beside the appropriations, so the two may differ."),
    "no_levels": gettext_lazy("The table “%(table)s” does not show codes of different levels."),
    "no_codes": gettext_lazy("There are no codes with names."),
    "no_official_names": gettext_lazy("The list “%(scheme)s” that was valid in %(year)s is not at hand."),
    "not_empty": gettext_lazy("The table “%(table)s” is not empty."),
    "no_text": gettext_lazy("Nothing has been written about this release in Chinese yet."),
    "no_phrase": gettext_lazy("The text gives no amount for “%(words)s”."),
    "several_years": gettext_lazy("The amount for “%(words)s” is about several years, which cannot be compared."),
    "no_years": gettext_lazy("The text names no year."),
    "not_told_by_title": gettext_lazy("The title does not say whether it is a department or a unit."),
    "no_two_amounts": gettext_lazy("No sentence has two amounts."),
    "no_subtotals": gettext_lazy("The source of the lines printed no subtotals."),
    "subtotals_without_lines": gettext_lazy("Some subtotals have no lines below them."),
    "several_departments": gettext_lazy(
        "The text is about several departments: which one a sentence is about cannot be told."
    ),
    "no_approval_date": gettext_lazy("The day of approval is not recorded."),
    "no_clock": gettext_lazy("The period %(clock)s is not on record for the day of approval."),
}


def listed(words: Iterable[str]) -> str:
    return "、".join(words)


def reference_in_words(reference: str) -> str:
    """``expenditure.total.basic`` as the reader finds it: Expenditure · Total · Basic expenditure."""
    parts = [part for part in _parts(reference).values() if part]
    return " · ".join(parts)


def _parts(reference: str) -> dict[str, str]:
    kind, mark, column = [*reference.split("."), "", ""][:3]
    row = mark.removeprefix("#") if mark.startswith("#") else str(Mark(mark).label) if mark else ""
    return {
        "table": str(TableKind(kind).label) if kind else "",
        "row": row,
        "column": str(Column(column).label) if column else "",
    }


def reason_in_words(reason: dict[str, Any]) -> str:
    values = {name: reason.get(name, "") for name in ("year", "clock")}
    values["words"] = listed(reason.get("words", ()))
    if "reference" in reason:
        values |= _parts(reason["reference"])
    if "scheme" in reason:
        values["scheme"] = str(Scheme(reason["scheme"]).label)
    return str(REASONS[reason["word"]]) % values


def sides_of(finding: CheckFinding, kind: str) -> tuple[str, str]:
    """What the two values of a finding are."""
    sides = SIDES.get(kind)
    return sides(finding.detail) if sides else ("", "")


def _equal(detail: dict[str, Any]) -> tuple[str, str]:
    return _sum(map(reference_in_words, detail["left"])), _sum(map(reference_in_words, detail["right"]))


def _row_sum(detail: dict[str, Any]) -> tuple[str, str]:
    return str(Column(detail["whole"]).label), _sum(str(Column(part).label) for part in detail["parts"])


def _rollup(detail: dict[str, Any]) -> tuple[str, str]:
    if "phase" in detail:
        phase = Phase(detail["phase"]).label
        code = _("%(code)s in row %(row)s, %(phase)s")
        subtotal = code % {"code": detail["code"], "row": detail["row_number"], "phase": phase}
        return subtotal, _("the lines whose codes begin with %(code)s") % {"code": detail["code"]}
    column = str(Column(detail["column"]).label)
    return column, _sum(detail["codes"])


def _prose(detail: dict[str, Any]) -> tuple[str, str]:
    said = _("in the text, “%(words)s”") % {"words": listed(detail["words"])}
    if "right" in detail:
        return said, _sum(map(reference_in_words, detail["right"]))
    return said, _("in the text, “%(words)s”") % {"words": " + ".join(listed(words) for words in detail["parts_said"])}


SIDES: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "equal": _equal,
    "row_sum": _row_sum,
    "rollup": _rollup,
    "prose_amounts": _prose,
    "prose_at_most": _prose,
    "prose_sum": _prose,
}


def _sum(parts: Iterable[str]) -> str:
    return " + ".join(parts)


def sentence_of(finding: CheckFinding, kind: str) -> str:
    """What a finding without two amounts says."""
    sentence = SENTENCES.get(kind)
    return sentence(finding.detail) if sentence else ""


def _code_name(detail: dict[str, Any]) -> str:
    by = detail["by"]
    if by == "list":
        message = _("It says “%(says)s”; the official name is “%(expected)s”.")
    else:
        message = _("It says “%(says)s”; the table “%(table)s” says “%(expected)s”.")
    table = "" if by == "list" else str(TableKind(by).label)
    said = message % {"says": detail["says"], "expected": detail["expected"], "table": table}
    return f"{detail['code']}: {said}" if "code" in detail else said


def _late(detail: dict[str, Any]) -> str:
    days = {key: date_format(date.fromisoformat(detail[key])) for key in ("approved_on", "due")}
    message = _(
        "Approved on %(approved_on)s, due on %(due)s; published, or still waiting, %(says)s days after approval."
    )
    return message % {**days, "says": detail["says"]}


def _mixed(detail: dict[str, Any]) -> str:
    return _("One sentence has %(words)s.") % {
        "words": get_text_list([f"“{word}”" for word in detail["says"]], _("and"))
    }


SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "code_names": _code_name,
    "empty_note": lambda detail: _("The table is empty, and neither its note nor the text says so."),
    "years": lambda detail: _("The text speaks of %(says)s; the release is about %(year)s.") % detail,
    "placeholders": lambda detail: _("“%(says)s” was left in.") % detail,
    "wording": lambda detail: _("The text says “%(says)s”, which the title contradicts.") % detail,
    "mixed_phases": _mixed,
    "deadline": _late,
}
