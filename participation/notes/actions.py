"""Writing and removing moderators' private notes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.moderation.items import author_of, kind_of
from participation.notes.models import ModeratorNote, Noted
from participation.notes.permissions import require_note_taker
from participation.stakeholders.models import User
from portal.errors import Conflict, NotFound
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

NOTE_MAX_CHARS = 2000


@sensitive_variables("text", "note")
@transaction.atomic
def add_note(noted: Noted, *, text: str, acting_user: User) -> ModeratorNote:
    """Write a private note. The public leaf does not tell what it is about: that somebody is looked at is private."""
    moderator = require_note_taker(acting_user, noted)
    text = typed_text(text, field="text", limit=NOTE_MAX_CHARS, missing=_("Please write the note."))
    author = author_of(noted)
    note = ModeratorNote(**{kind_of(noted): noted}, about=author, text=text, written_by=moderator)
    with acting(moderator):
        note.save()
    append_leaf(LeafKind.NOTE_ADDED, note, public={}, committed={"text": text, "about": str(noted.row_id)})
    return note


@sensitive_variables("reason", "locked")
@transaction.atomic
def remove_note(note: ModeratorNote, *, reason: str, acting_user: User) -> ModeratorNote:
    """Take a note away, with a reason for the other moderators. Its ciphertext stays in the history."""
    moderator = require_note_taker(acting_user, note.noted)
    missing = _("Please say why the note is removed.")
    reason = typed_text(reason, field="reason", limit=NOTE_MAX_CHARS, missing=missing)
    locked = ModeratorNote.objects.visible_to(moderator).select_for_update(of=("self",)).filter(pk=note.pk).first()
    if locked is None:
        raise NotFound
    if locked.removed_at is not None:
        raise Conflict
    locked.text = None
    locked.removed_at, locked.removed_by, locked.removal_reason = timezone.now(), moderator, reason
    with acting(moderator):
        locked.save()
    append_leaf(LeafKind.NOTE_REMOVED, locked, public={}, committed={"reason": reason})
    return locked
