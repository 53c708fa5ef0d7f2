"""Who keeps notes: whoever moderates what was said, never its author."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from participation.consultations.stages import Deed, require
from participation.moderation.items import author_of, consultation_of
from participation.notes.models import Noted
from participation.stakeholders.models import User
from portal.errors import NotFound


def require_note_taker(user: User | AnonymousUser | None, noted: Noted) -> User:
    moderator = require(user, Deed.MODERATE, consultation_of(noted))
    if moderator == author_of(noted):
        raise NotFound
    return moderator
