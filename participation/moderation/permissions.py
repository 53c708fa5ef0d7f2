"""Who moderates what: never the own words or those of the own organisation, and never twice in the same matter."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.moderation.items import author_of, organisation_of, require_moderator_for
from participation.moderation.models import Appeal, Decision, Item
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person, require_uninvolved
from portal.errors import GongzhiError, NotAllowed

Reader = User | AnonymousUser


def require_rule_maker(user: Reader | None) -> User:
    """An administrator: whoever decides by the house rules does not make them."""
    person = require_person(user)
    if not person.is_superuser or person.needs_second_factor:
        raise NotAllowed
    return person


def may_make_rules(user: Reader) -> bool:
    try:
        require_rule_maker(user)
    except GongzhiError:
        return False
    return True


def require_judge(user: Reader | None, item: Item) -> User:
    """A moderator who has nothing to do with what was said."""
    moderator = require_moderator_for(user, item)
    require_uninvolved(moderator, author_id=author_of(item).pk, organisation=organisation_of(item))
    return moderator


def require_second_judge(user: Reader | None, decision: Decision) -> User:
    """As ``require_judge``, and somebody else than whoever decided."""
    moderator = require_judge(user, decision.item)
    if moderator.pk == decision.decided_by_id:
        raise NotAllowed(_("You decided this yourself. A second person has to look at it."))
    return moderator


def require_judge_of_appeal(user: Reader | None, appeal: Appeal) -> User:
    """Somebody who neither hid it nor confirmed that."""
    moderator = require_second_judge(user, appeal.decision)
    if moderator.pk == appeal.decision.reviewed_by_id:
        raise NotAllowed(_("You confirmed this decision. Somebody who had no part in it decides on the appeal."))
    return moderator


def require_author(user: Reader | None, item: Item) -> User:
    person = require_person(user)
    if person.pk != author_of(item).pk:
        raise NotAllowed(_("Only its author can appeal."))
    return person


def may_judge(user: Reader, item: Item) -> bool:
    try:
        require_judge(user, item)
    except GongzhiError:
        return False
    return True
