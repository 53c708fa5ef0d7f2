"""One person, one side: whoever has spoken for a group in a consultation goes on speaking for that group there.

Equal voice of the sides means little if somebody may speak for several of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotAllowed

if TYPE_CHECKING:
    from participation.consultations.models import Consultation


class Side(models.Model):
    """The group that a person has spoken for in a consultation: taken with the first word, kept to the end."""

    consultation = models.ForeignKey("participation.Consultation", models.CASCADE, related_name="sides")
    person = models.ForeignKey(User, models.CASCADE, related_name="sides")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("side of a person")
        verbose_name_plural = _("sides of people")
        constraints = (models.UniqueConstraint(fields=("consultation", "person"), name="side_once"),)

    def __str__(self) -> str:
        return self.get_group_display()


def require_side(person: User, consultation: Consultation, group: str) -> None:
    """Raises ``NotAllowed`` when ``person`` has spoken for another group there."""
    taken = person.sides_taken.get(consultation.pk)
    if taken is not None and taken != group:
        raise _other_side(taken)


def take_side(person: User, consultation: Consultation, group: str) -> None:
    """Bind ``person`` to ``group``. Part of every action by which somebody speaks: the database keeps it once."""
    side, is_new = Side.objects.get_or_create(consultation=consultation, person=person, defaults={"group": group})
    if side.group != group:
        raise _other_side(side.group)
    if is_new:
        person.__dict__.pop("sides_taken", None)


def _other_side(taken: str) -> NotAllowed:
    label = StakeholderGroup(taken).label
    return NotAllowed(
        _(
            "In this consultation you have spoken for this side: %(group)s. One person speaks for one side; in another "
            "consultation you may choose anew."
        )
        % {"group": label}
    )
