"""Files that come with a report: what is accepted, and how they are received without a copy on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.utils.translation import gettext_lazy as _

from participation.attachments import sniff_type
from portal.errors import Invalid, TooLarge

FILES_AT_ONCE = 3
NAME_MAX_CHARS = 120


class KeptInMemory(MemoryFileUploadHandler):
    """Django writes larger uploads to a temporary file, in the open. These stay in memory, whatever their size: the
    body limit of the site bounds it."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def checked_files(uploads: Sequence[UploadedFile[Any]]) -> list[UploadedFile[Any]]:
    """The uploads, each with the type that its bytes prove and the last part of its name.

    Nothing is taken out of a file: what it says of its maker stays in it, and the form warns of that. Raises
    ``TooLarge`` over ``settings.ATTACHMENT_MAX_BYTES`` in all, and ``Invalid`` for too many or a type not accepted.
    """
    if len(uploads) > FILES_AT_ONCE:
        raise Invalid(_("Please send at most %(limit)d files at once.") % {"limit": FILES_AT_ONCE}, field="attachments")
    limit = settings.ATTACHMENT_MAX_BYTES
    if sum(upload.size or 0 for upload in uploads) > limit:
        raise TooLarge(
            _("Together the files are larger than %(limit)d MB. Please send fewer, or smaller ones.")
            % {"limit": limit // 2**20},
            field="attachments",
        )
    for upload in uploads:
        media_type = sniff_type(upload, upload.name or "")  # type: ignore[arg-type]
        if media_type is None:
            raise Invalid(
                _("This kind of file is not accepted. Please attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
                field="attachments",
            )
        upload.seek(0)
        upload.content_type = media_type
        upload.name = PurePath(upload.name or "").name[-NAME_MAX_CHARS:]
    return list(uploads)
