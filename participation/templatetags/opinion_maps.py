"""Template library ``opinion_maps``: maps on the page of their consultation, and the drawings of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from participation.consultations.models import Consultation
from participation.consultations.stages import may_keep
from participation.deliberation.queries import conversations_of
from participation.deliberation.results import Cell, Dot, Group, Row
from participation.templatetags.journey import reader

register = template.Library()

# Around the middle; the area is about the same for each, so that no group looks larger than it is.
SHAPES = {
    0: "m-1.2 0a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0",
    1: "m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0",
    2: "m-1.4-1.4h2.8v2.8h-2.8z",
    3: "m0-1.9 1.9 3.3h-3.8z",
    4: "m0-2 2 2-2 2-2-2z",
    5: "m-.6-1.8h1.2v1.2h1.2v1.2h-1.2v1.2h-1.2v-1.2h-1.2v-1.2h1.2z",
}


@register.inclusion_tag("participation/deliberation/of_consultation.html", takes_context=True)
def opinion_maps_of(context: Context, consultation: Consultation, phase: str = "") -> dict[str, Any]:
    user = reader(context)
    return {
        "conversations": conversations_of(consultation, user),
        "consultation": consultation,
        "may_open": phase in ("open", "coming") and may_keep(user, consultation),
    }


@register.filter
def named(row: Row, names: Sequence[Group | str]) -> list[tuple[str, Cell]]:
    """(name, answers) of everybody, and of each group or side."""
    told = [_("Group %(name)s") % {"name": name.name} if isinstance(name, Group) else name for name in names]
    return [(_("Everybody"), row.everybody), *(zip(told, row.cells, strict=True) if len(told) > 1 else ())]


@register.simple_tag
def answer_bar(cell: Cell) -> SafeString:
    """Agree from the left, disagree from the right, what is left passed. The numbers stand beside it as text."""
    return format_html(
        '<svg class="answers" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="rail" width="100" height="10"/><rect class="yes" width="{}" height="10"/>'
        '<rect class="no" x="{}" width="{}" height="10"/></svg>',
        f"{100 * cell.agree_share:.2f}",
        f"{100 * cell.disagree_from:.2f}",
        f"{100 * cell.disagree_share:.2f}",
    )


@register.simple_tag
def map_dots(dots: Sequence[Dot]) -> SafeString:
    """The people on the map; groups differ in shape and colour, oneself stands in a ring on top."""
    people = format_html_join(
        "", '<path class="m{}" d="M{} {}{}"/>', ((dot.css, dot.x, dot.y, SHAPES[dot.css]) for dot in dots)
    )
    ring = format_html_join(
        "", '<circle class="me" cx="{}" cy="{}" r="3.4"/>', ((dot.x, dot.y) for dot in dots if dot.is_mine)
    )
    return people + ring


@register.simple_tag
def map_key(css: int) -> SafeString:
    return format_html(
        '<svg class="mapkey" viewBox="-3 -3 6 6" aria-hidden="true" focusable="false">'
        '<path class="m{}" d="M0 0{}"/></svg>',
        css,
        SHAPES[css],
    )
