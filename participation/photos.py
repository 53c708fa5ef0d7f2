"""Photos that are published: without what the camera wrote into them (place, time, device), and turned upright."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from portal.errors import Invalid, TooLarge

# A picture of more is refused before it is unpacked (pixels), and made smaller than this (pixels, the longer side).
PIXELS_MAX = 50_000_000
SIDE_MAX = 2400
SUFFIXES = {"JPEG": "jpg", "PNG": "png"}


def without_metadata(upload: UploadedFile[Any], *, field: str = "attachment") -> SimpleUploadedFile:
    """The picture alone, painted anew. Raises ``Invalid`` for what is no JPEG or PNG, ``TooLarge`` for a huge one."""
    try:
        picture = Image.open(upload, formats=tuple(SUFFIXES))
        if picture.width * picture.height > PIXELS_MAX:
            raise TooLarge(_("The picture has too many pixels. Please send a smaller one."), field=field)
        kind = picture.format or "JPEG"
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Invalid(_("Please choose a picture: JPEG or PNG."), field=field) from error
    upright.thumbnail((SIDE_MAX, SIDE_MAX))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    target = BytesIO()
    clean.save(target, kind)
    media_type = f"image/{kind.lower()}"
    return SimpleUploadedFile(f"photo.{SUFFIXES[kind]}", target.getvalue(), content_type=media_type)
