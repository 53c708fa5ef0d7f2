"""What people agree to show of themselves."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from participation.recognition.models import OptIn
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import Invalid


@transaction.atomic
def choose_shown(shown: Collection[str], *, acting_user: User) -> None:
    """Agree to be shown with what is in ``shown`` (``OptIn.Shows``), and take back every other agreement."""
    person = require_person(acting_user)
    if not set(shown) <= set(OptIn.Shows.values):
        raise Invalid(_("Please choose."), field="shown")
    OptIn.objects.filter(person=person).exclude(shows__in=shown).delete()
    for each in shown:
        OptIn.objects.get_or_create(person=person, shows=each)
