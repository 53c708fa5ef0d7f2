"""What people type, as it is kept."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from portal.errors import Invalid


@sensitive_variables("text")
def typed_text(text: str, *, field: str, limit: int, missing: Any = None) -> str:
    """``text`` without blanks at its ends, of at most ``limit`` characters, with one kind of line end.

    Raises ``Invalid`` for the form field ``field``: for what is too long, and for nothing where ``missing`` says what
    to ask for.
    """
    # PostgreSQL cannot store NUL, and nobody means to write it.
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text and missing is not None:
        raise Invalid(missing, field=field)
    if len(text) > limit:
        raise Invalid(_("Please shorten your text to %(limit)d characters.") % {"limit": limit}, field=field)
    return text
