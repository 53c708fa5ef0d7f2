"""Numbers of identity documents: the resident identity number (公民身份号码, GB 11643-1999), and any other."""

from __future__ import annotations

import re
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid

RESIDENT = re.compile(r"[1-9]\d{16}[\dX]")
OTHER = re.compile(r"[A-Z0-9()/-]{5,30}")
CHECK_CHARACTERS = "10X98765432"


class Document(models.TextChoices):
    """What the number stands on."""

    RESIDENT_ID = "resident_id", _("Resident identity card")
    OTHER = "other", _("Another document, such as a passport or a residence permit")


def check_character(number: str) -> str:
    """The 18th character for the first 17, by ISO 7064 MOD 11-2 (GB 11643-1999, 4.2.4)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return CHECK_CHARACTERS[total % 11]


def is_resident_number(number: str) -> bool:
    """Whether all of it fits: shape, date of birth, check character."""
    if RESIDENT.fullmatch(number) is None or check_character(number) != number[17]:
        return False
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])) <= date.today()
    except ValueError:
        return False


def checked_number(text: str, document: str) -> str:
    """``text`` in its one form: capitals, no blanks.

    Raises ``Invalid`` for a resident number that does not fit: its check character catches what is typed wrongly, and
    unlike the codes of organisations no such number is in real use. Of other documents only the alphabet is known.
    """
    number = "".join(text.split()).upper()
    if document not in Document.values:
        raise Invalid(_("Please choose the kind of identity document."), field="identity_document")
    if document == Document.RESIDENT_ID and not is_resident_number(number):
        raise Invalid(
            _(
                "This is not a valid resident identity number. Please compare it with the card: 18 characters, the "
                "last may be X. For any other document choose “another document”."
            ),
            field="identity_number",
        )
    if OTHER.fullmatch(number) is None:
        raise Invalid(_("A number has 5 to 30 letters and digits."), field="identity_number")
    return number
