"""Attaching a photo of the real place to an open task, and looking at it before it is shown."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.attachments import checked_upload
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.moderation.models import HouseRule
from participation.photos import without_metadata
from participation.rectification import moving
from participation.rectification.models import RectificationTask
from participation.rectification.permissions import may_work_on
from participation.rectification.photos.models import PlacePhoto
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_confirmed, require_moderator
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@transaction.atomic
def add_photo(
    task: RectificationTask, *, caption: str, attachment: UploadedFile[Any] | None, acting_user: User
) -> PlacePhoto:
    """Hand in a photo of the place. It is kept without its metadata, and shown once a moderator has looked at it."""
    person = require_confirmed(acting_user)
    if not caption.strip():
        raise Invalid(_("Please say what the photo shows, where and when."), field="caption")
    if attachment is None:
        raise Invalid(_("Please attach a photo: a JPEG or PNG file."), field="attachment")
    checked_upload(attachment)
    picture = without_metadata(attachment)
    found = moving.locked(task)
    if found.is_at_rest or found.status == RectificationTask.Status.DRAFTED:
        raise Closed(_("This task is finished: no more photos are taken."))
    with acting(person):
        photo: PlacePhoto = PlacePhoto.objects.create(
            task=found,
            author=person,
            caption=caption.strip(),
            attachment=picture,
            attachment_name=f"{found.reference}.jpg",
            attachment_type="image/jpeg",
            attachment_sha256=hashlib.sha256(picture.read()).hexdigest(),
        )
    append_leaf(
        LeafKind.PHOTO_ADDED,
        photo,
        public={"task": str(found.row_id), "attachment_sha256": photo.attachment_sha256},
        committed={"caption": photo.caption},
    )
    return photo


@transaction.atomic
def decide_on_photo(
    photo: PlacePhoto, *, is_shown: bool, rule: HouseRule | None = None, reason: str = "", acting_user: User
) -> PlacePhoto:
    """Show a photo, or refuse it by a rule of the house with a reason that its author reads."""
    moderator = require_moderator(acting_user)
    if photo.author_id == moderator.pk or may_work_on(moderator, photo.task):
        raise NotAllowed(_("Somebody who has no part in this decides."))
    if not is_shown and (rule is None or not reason.strip()):
        raise Invalid(_("Please name the rule, and the reason."), field="reason")
    locked: PlacePhoto = PlacePhoto.objects.select_for_update().get(pk=photo.pk)
    if locked.status != PlacePhoto.Status.HELD:
        raise Conflict(_("This was decided already."))
    locked.status = PlacePhoto.Status.SHOWN if is_shown else PlacePhoto.Status.REFUSED
    locked.rule, locked.reason = (None, "") if is_shown else (rule, reason.strip())
    locked.decided_by, locked.decided_at = moderator, timezone.now()
    with acting(moderator, reason=locked.reason):
        locked.save()
    append_leaf(LeafKind.PHOTO_DECIDED, locked, public={"status": locked.status}, committed={"reason": locked.reason})
    announce(Kind.TASK, locked.task, to=locked.author, words={"step": "photo"}, acting_user=moderator)
    return locked
