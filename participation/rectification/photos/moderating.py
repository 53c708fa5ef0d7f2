"""Photos are moderated as everything else that is said: under a house rule, looked at twice, with an appeal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from participation.moderation.items import LaterKind, register
from participation.rectification.photos.actions import hide_photo, show_photo
from participation.rectification.photos.models import PlacePhoto
from portal.errors import NotFound


def _found(user: Any, row_id: UUID) -> PlacePhoto:
    photo: PlacePhoto | None = PlacePhoto.objects.visible_to(user).select_related("task").filter(row_id=row_id).first()
    if photo is None:
        raise NotFound
    return photo


def register_photos() -> None:
    kind = LaterKind(
        model=PlacePhoto,
        find=_found,
        hide=hide_photo,
        show=show_photo,
        text="caption",
        place="task",
        related=(
            "author",
            "task__finding__answer__consultation",
            "task__finding__evaluation_finding__evaluation__consultation",
        ),
    )
    register("photo", kind)
