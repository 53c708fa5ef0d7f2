"""Writing and removing moderators' private notes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.notes.models import ModeratorNote, Noted
from participation.notes.permissions import require_note_taker
from participation.notes.queries import author_of, place_of
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid, NotFound
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

NOTE_MAX_CHARS = 2000


@sensitive_variables("text", "note")
@transaction.atomic
def add_note(noted: Noted, *, text: str, acting_user: User) -> ModeratorNote:
    """Write a private note. The public leaf does not tell what it is about: that somebody is looked at is private."""
    moderator = require_note_taker(acting_user, noted)
    text = _text(text, "text", _("Please write the note."))
    author = author_of(noted)
    note = ModeratorNote(**{place_of(noted): noted}, about=author, text=text, written_by=moderator)
    with acting(moderator):
        note.save()
    append_leaf(LeafKind.NOTE_ADDED, note, public={}, committed={"text": text, "about": str(noted.row_id)})
    return note


@sensitive_variables("reason", "locked")
@transaction.atomic
def remove_note(note: ModeratorNote, *, reason: str, acting_user: User) -> ModeratorNote:
    """Take a note away, with a reason for the other moderators. Its ciphertext stays in the history."""
    moderator = require_note_taker(acting_user, note.noted)
    reason = _text(reason, "reason", _("Please say why the note is removed."))
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


def _text(text: str, field: str, missing: object) -> str:
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise Invalid(str(missing), field=field)
    if len(text) > NOTE_MAX_CHARS:
        raise Invalid(_("Please shorten your text to %(limit)d characters.") % {"limit": NOTE_MAX_CHARS}, field=field)
    return text
