"""Why a packed file or a spreadsheet is not read, in words: what ``packed.Unfit`` and the reading process only name."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from cms.budget.importing.packed import Unfit
from cms.budget.importing.problems import refusal
from portal.errors import Invalid, TooLarge

# Word -> code of the problem, and the sentence.
WORDS = {
    "damaged": (
        "not_text",
        _("The file is damaged or was not sent completely: it cannot be unpacked. Please save or send it again."),
    ),
    "unpacked_size": (
        "too_large",
        _("Unpacked, this file has %(size)s MB, which is far more than a budget of its size should have."),
    ),
    "archive_password": ("password", _("The archive is locked with a password. Please send it without one.")),
    "many_parts": ("too_large", _("The file holds more than %(count)d parts.")),
    "reach": (
        "too_large",
        _(
            "The sheet reaches to row %(row)d and column %(column)d. Delete what lies outside of the table, "
            "and save it again."
        ),
    ),
    "formula_error": (
        "formula_error",
        _("Cell %(cell)s holds the error %(error)s instead of a value. Correct the formula and save the file."),
    ),
    "uncalculated": (
        "formula_error",
        _(
            "Cell %(cell)s holds a formula without a result. Open the file in a spreadsheet program and save it, "
            "so that the results are stored."
        ),
    ),
    "ods_error": (
        "formula_error",
        _("A cell holds the error %(error)s instead of a value. Correct the formula and save the file."),
    ),
    "workbook_password": (
        "password",
        _("The workbook is locked with a password. Please save it without one and send it again."),
    ),
    "unreadable": (
        "not_text",
        _("This file cannot be read as a spreadsheet. Please open it in your spreadsheet program and save it again."),
    ),
    "memory": (
        "too_large",
        _(
            "Reading this spreadsheet takes more than %(limit)s MB of memory. Delete what lies outside of the table "
            "and save it again, or send the table as CSV."
        ),
    ),
    "time": (
        "too_large",
        _("Reading this spreadsheet takes longer than %(limit)d s. Please send the table as CSV, or in parts."),
    ),
    "long_row": ("too_large", _("A row of the sheet “%(sheet)s” holds more than %(limit)d characters.")),
}


def refused(unfit: Unfit) -> Invalid:
    """The error to raise. ``data["problem"]`` is its code."""
    code, sentence = WORDS[unfit.why]
    told: dict[str, Any] = dict(unfit.values)
    for name in {"size", "limit"} & told.keys():
        if unfit.why in ("unpacked_size", "memory"):
            told[name] = megabytes(told[name])
    message = str(sentence) % told
    if code == "too_large":
        return TooLarge(message, problem=code, **unfit.values)
    return refusal(code, message, **unfit.values)


def megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0")
