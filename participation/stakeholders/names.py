"""Names shown to the public: readable, and nobody else's office."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import Appointment, User
from portal.errors import Invalid


def public_name(text: str, person: User) -> str:
    """``text`` as ``person`` may be called in public.

    Raises ``Invalid`` for a name without a letter or digit, with characters that hide or turn text round, or by which
    somebody who holds an office is known: a citizen's words must not look like the government's.
    """
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not any(character.isalnum() for character in name):
        raise Invalid(_("Please choose the name that is shown beside what you publish."), field="display_name")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"} for character in name):
        raise Invalid(_("Please choose a name of letters, digits and ordinary signs."), field="display_name")
    officeholders = Appointment.objects.current().exclude(person=person.pk)
    if officeholders.filter(person__display_name__iexact=name).exists():
        raise Invalid(_("Somebody who holds an office goes by this name. Please choose another."), field="display_name")
    return name
