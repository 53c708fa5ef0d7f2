"""Opening the sealed secret of a lot, on the record."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from participation.stakeholders.models import User
from portal.errors import Conflict
from privacy.access.recording import reading
from privacy.history.actor import acting


@sensitive_variables()
def opened_secret(lot: models.Model, field: str, *, acting_user: User | None) -> bytes:
    """The secret in a sealed field, for the draw, which the caller has allowed; ``acting_user`` None: the clock.

    To be called before the transaction that draws, so that the reading stays on record whatever becomes of the draw.
    Raises ``Conflict`` where the secret is not kept any more: somebody else has drawn.
    """
    kept: Any = type(lot)._base_manager.get(pk=lot.pk)
    with acting(acting_user), reading(_("To draw the lot"), acting_user=acting_user) as readings:
        secret = getattr(kept, field)
        if not secret:
            raise Conflict(_("The lot has been drawn already."))
        opened = bytes.fromhex(str(secret))
        # What is staged, as in the demonstration, has a transaction around it that keeps or loses both.
        readings.write(durable=False)
    return opened
