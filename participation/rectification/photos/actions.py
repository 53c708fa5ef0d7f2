"""Attaching a photo of the real place to an open task, and looking at it before it is shown."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.attachments import checked_upload
from participation.moderation.actions import hide_item, show_item
from participation.moderation.items import require_moderator_for
from participation.moderation.models import Decision, HouseRule
from participation.photos import without_metadata
from participation.rectification import moving
from participation.rectification.models import RectificationTask
from participation.rectification.permissions import may_work_on
from participation.rectification.photos.models import PlacePhoto
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_confirmed
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
) -> Decision:
    """Show a photo, or refuse it by a rule of the house with a reason that its author reads, and may appeal against."""
    if is_shown:
        return show_item(photo, reason=reason, acting_user=acting_user)
    if rule is None or not reason.strip():
        raise Invalid(_("Please name the rule, and the reason."), field="reason")
    return hide_item(photo, rule=rule, reason=reason, acting_user=acting_user)


@transaction.atomic
def hide_photo(photo: PlacePhoto, *, rule: int, reason: str, acting_user: User) -> PlacePhoto:
    """What ``moderation`` does to a photo. ``rule``: the number of a house rule that is in force."""
    cited = HouseRule.objects.in_force().get(number=rule)
    return _settle(photo, PlacePhoto.Status.REFUSED, rule=cited, reason=reason, acting_user=acting_user)


@transaction.atomic
def show_photo(photo: PlacePhoto, *, reason: str, acting_user: User) -> PlacePhoto:
    return _settle(photo, PlacePhoto.Status.SHOWN, rule=None, reason=reason, acting_user=acting_user)


def _settle(photo: PlacePhoto, status: str, *, rule: HouseRule | None, reason: str, acting_user: User) -> PlacePhoto:
    require_moderator_for(acting_user, photo)
    if photo.author_id == acting_user.pk or may_work_on(acting_user, photo.task):
        raise NotAllowed(_("Somebody who has no part in this decides."))
    locked: PlacePhoto = PlacePhoto.objects.select_for_update().get(pk=photo.pk)
    if locked.status == status:
        raise Conflict(_("This was decided already."))
    locked.status, locked.rule, locked.reason = status, rule, reason.strip() if rule else ""
    locked.decided_by, locked.decided_at = acting_user, timezone.now()
    with acting(acting_user, reason=reason.strip()):
        locked.save()
    append_leaf(LeafKind.PHOTO_DECIDED, locked, public={"status": status}, committed={"reason": locked.reason})
    return locked
