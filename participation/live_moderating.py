"""Hiding from an open page: the decision of the room of moderation, by the number of a house rule."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event
from participation.moderation.actions import hide_item, show_item
from participation.moderation.models import HouseRule
from participation.stakeholders.models import User
from portal.errors import Invalid


def judge(message: Event, *, rule: int | None, reason: str, acting_user: User) -> None:
    if rule is None:
        show_item(message, reason=reason, acting_user=acting_user)
        return
    found = HouseRule.objects.in_force().filter(number=rule).first()
    if found is None:
        raise Invalid(_("That rule is not in force."), field="rule")
    hide_item(message, rule=found, reason=reason, acting_user=acting_user)
