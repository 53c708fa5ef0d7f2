"""Who keeps notes: whoever moderates what was said, never its author."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from participation.moderation.items import author_of, require_moderator_for
from participation.notes.models import Noted
from participation.stakeholders.models import User
from portal.errors import NotFound


def require_note_taker(user: User | AnonymousUser | None, noted: Noted) -> User:
    moderator = require_moderator_for(user, noted)
    if moderator == author_of(noted):
        raise NotFound
    return moderator
