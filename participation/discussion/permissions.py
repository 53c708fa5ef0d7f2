"""Who may change what was said in a room."""

from __future__ import annotations

from participation.discussion.models import Event
from participation.discussion.places import Reader
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import NotAllowed


def require_author(user: Reader | None, message: Event) -> User:
    person = require_person(user)
    if person.pk != message.actor_id:
        raise NotAllowed
    return person
