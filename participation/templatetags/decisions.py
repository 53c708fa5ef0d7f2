"""Template library ``decisions``: decisions on the page of a consultation, and utilities as points of ten."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.formats import number_format

from participation.consultations.models import Consultation, WayIn
from participation.decisions.queries import rooms_of
from participation.templatetags.journey import reader

register = template.Library()

SHOWN = 5


@register.inclusion_tag("participation/decisions/of_record.html", takes_context=True)
def decisions_of_consultation(context: Context, consultation: Consultation) -> dict[str, Any]:
    """Nothing where the consultation does not use this way of taking part."""
    if not any(row.way == WayIn.Way.DECISION for row in consultation.ways_in.all()):
        return {}
    return {"rooms": rooms_of(consultation, reader(context))[:SHOWN]}


@register.inclusion_tag("participation/decisions/prepare.html")
def decision_to_prepare(consultation: Consultation) -> dict[str, Any]:
    """For whoever keeps the consultation: nothing where it does not use this way of taking part."""
    uses_it = any(row.way == WayIn.Way.DECISION for row in consultation.ways_in.all())
    return {"consultation": consultation if uses_it else None}


@register.filter
def tenths(utility: float) -> str:
    """``{{ 0.66|tenths }}``: 6.6, a utility from 0 to 1 as points of ten."""
    return number_format(round(utility * 10, 1), decimal_pos=1)
