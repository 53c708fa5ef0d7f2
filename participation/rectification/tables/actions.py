"""Bringing many tasks in from a table: all of them, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cms.budget.models import Department, Programme
from participation.rectification.actions import open_task_from
from participation.rectification.models import Finding, RectificationTask
from participation.rectification.plan_forms import evidence_in
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator
from portal.errors import GongzhiError, Invalid

FAULTS_SHOWN = 20
MAX_TITLE, MAX_TEXT = 200, 2000


@transaction.atomic
def import_tasks(rows: Sequence[dict[str, str]], *, acting_user: User) -> list[RectificationTask]:
    """Drafts of the rows of a table (``reading.read_rows``). Numbers are texts and stay whole.

    Raises ``Invalid`` that names every faulty row, and writes nothing then.
    """
    person = require_moderator(acting_user)
    if not rows:
        raise Invalid(_("There is no task in this file."), field="file")
    numbers = Counter(row["number"] for row in rows if row.get("number"))
    known = set(RectificationTask.objects.filter(external_id__in=numbers).values_list("external_id", flat=True))
    made, faults = [], []
    for place, row in enumerate(rows, start=2):
        number = row.get("number", "")
        try:
            if number and (numbers[number] > 1 or number in known):
                raise Invalid(_("the number %(number)s is there already") % {"number": number})
            made.append(open_task_from(**_fields(row), acting_user=person))
        except GongzhiError as error:
            faults.append(_("Row %(row)d: %(why)s") % {"row": place, "why": error.message})
    if faults:
        more = len(faults) - FAULTS_SHOWN
        shown = faults[:FAULTS_SHOWN] + ([_("and %(count)d more") % {"count": more}] if more > 0 else [])
        raise Invalid(" · ".join([_("Nothing was taken over."), *shown]), field="file")
    return made


def _fields(row: dict[str, str]) -> dict[str, Any]:
    number = row.get("number", "")
    title, finding = row.get("title", ""), row.get("finding", "")
    if len(title) > MAX_TITLE or max(len(finding), len(row.get("recommendation", ""))) > MAX_TEXT or len(number) > 64:
        raise Invalid(_("a text is too long"))
    department = _one(Department.objects.all(), row.get("department", ""), _("department"))
    programme = row.get("programme", "")
    return {
        "source": _source(row.get("source", "")),
        "source_name": row.get("source_name", "")[:200],
        "cause": f"import {number}" if number else "",
        "finding": finding,
        "severity": row.get("severity", "") or Finding.Severity.MAJOR,
        "recommendation": row.get("recommendation", ""),
        "title": title,
        "title_en": row.get("title_en", "")[:MAX_TITLE],
        "department": department,
        "programme": _one(Programme.objects.filter(department=department), programme, _("programme"))
        if programme
        else None,
        "due_on": _day(row.get("due_on", "")),
        "working_days": _whole(row.get("working_days", "")),
        "wanted": evidence_in(row.get("evidence", "")),
        "money": _minor_units(row.get("money", "")),
        "external_id": number,
    }


def _source(given: str) -> str:
    """An answer that was given elsewhere cannot be pointed to here; its number stands beside it."""
    return Finding.Source.ELSEWHERE if given == Finding.Source.ANSWER else given or Finding.Source.AUDIT


def _one(found: Any, given: str, what: str) -> Any:
    """The one record with that code or name."""
    records = list(found.filter(Q(code=given) | Q(name=given))[:2]) if given else []
    if len(records) != 1:
        raise Invalid(_("no single %(what)s is “%(given)s”") % {"what": what, "given": given})
    return records[0]


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given[:10]) if given else None
    except ValueError:
        raise Invalid(_("“%(given)s” is no day; write 2026-06-30") % {"given": given}) from None


def _whole(given: str) -> int | None:
    if given and not given.isdecimal():
        raise Invalid(_("“%(given)s” is no whole number") % {"given": given})
    return int(given[:6]) if given else None


def _minor_units(given: str) -> int | None:
    if not given:
        return None
    try:
        amount = Decimal(given.replace(",", "")) * 100
    except InvalidOperation:
        raise Invalid(_("“%(given)s” is no amount") % {"given": given}) from None
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount < 10**17:
        raise Invalid(_("“%(given)s” is no amount") % {"given": given})
    return int(amount)
