"""The lock of a round: whatever changes it, or depends on where it stands, waits here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from participation.allocation.models import Allocation, Phase
from portal.errors import Closed


def locked_round(allocation: Allocation, *phases: Phase) -> Allocation:
    """The round as it is now, locked. Raises ``Closed`` where it does not stand in one of ``phases``, if any."""
    locked = (
        Allocation.objects.select_for_update(of=("self",))
        .select_related("consultation", "department", "rule")
        .get(pk=allocation.pk)
    )
    if phases and locked.phase not in phases:
        raise Closed(_("The round stands here now: %(phase)s. That does not fit it.") % {"phase": locked.phase_label})
    return locked
