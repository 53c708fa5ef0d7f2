"""What people think of a line with one tap: what the public may see of it, and one's own."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from cms.budget.models import Line
from participation.feedback.models import Reaction
from participation.feedback.queries import Reader
from participation.small_cells import Published, without_small_cells
from participation.stakeholders.models import StakeholderGroup


@dataclass(frozen=True)
class SideReacts:
    """How one side reacts to a line; what stands for fewer than five people is withheld (None)."""

    group: str
    published: Published[str]

    @property
    def cells(self) -> list[tuple[str, int | None]]:
        """(name of the reaction, number), in the order of the buttons."""
        return [(str(kind.label), self.published.cells[kind.value]) for kind in Reaction.Kind]


def reactions_to(line: Line) -> list[SideReacts]:
    """Every side that reacted to a line, in the order of the charter. No sums over the sides: they would tell what is
    withheld. One query."""
    rows = Reaction.objects.filter(line=line).values_list("stakeholder_group", "kind").annotate(number=Count("pk"))
    counts: dict[str, dict[str, int]] = {}
    for group, kind, number in rows.order_by():
        counts.setdefault(group, dict.fromkeys(Reaction.Kind.values, 0))[kind] = number
    return [
        SideReacts(group, without_small_cells(counts[group])) for group in StakeholderGroup.values if group in counts
    ]


def own_reaction(user: Reader, line: Line) -> str:
    """Which button ``user`` has pressed; empty for none."""
    if not user.is_authenticated:
        return ""
    return Reaction.objects.filter(line=line, person=user.pk).values_list("kind", flat=True).first() or ""
