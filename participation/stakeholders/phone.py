"""Telephone numbers in their one international form (E.164)."""

from __future__ import annotations

import phonenumbers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from portal.errors import Invalid
from privacy.sealing.index import phone_e164


@sensitive_variables()
def checked_phone(text: str, *, field: str = "phone") -> str:
    """``text`` as "+8613800138000". Numbers without a country code are taken for Chinese ones.

    Raises ``Invalid`` for what cannot be dialled. An extension is dropped by the form, so it is refused.
    """
    number = phone_e164(text)
    if number is None or not _can_be_dialled(number):
        raise Invalid(
            _("Please write a telephone number with its area code, or with + and the code of the country."), field=field
        )
    return number


def _can_be_dialled(number: str) -> bool:
    # Numbers that work only within one town are of no use to whoever calls back.
    parsed = phonenumbers.parse(number)
    return phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
