"""The timeline of an incident: each line has its leaf, in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from privacy.incidents.errors import NotNow
from privacy.incidents.models import Incident, IncidentStep
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


def locked(incident: Incident) -> Incident:
    """The incident as it is now, until the transaction ends. Raises ``NotNow`` where it is closed."""
    found = Incident.objects.select_for_update().get(pk=incident.pk)
    if found.state == Incident.State.CLOSED:
        raise NotNow(_("This incident is closed."))
    return found


def note_step(
    incident: Incident,
    kind: IncidentStep.Kind,
    *,
    what: str = "",
    words: str = "",
    acting_user: Any,
    also: Iterable[models.Model] = (),
) -> IncidentStep:
    """Add a line, and a leaf that commits to it and to what was saved of the incident and of the records in ``also``.

    ``acting_user`` None: the service.
    """
    step: IncidentStep = IncidentStep.objects.create(
        incident=incident, kind=kind, what=what, words=words, by=acting_user
    )
    append_leaf(
        LeafKind.INCIDENT_STEP,
        step,
        public={"step": step.kind},
        committed={"what": what, "words": words},
        also=(incident, *also),
    )
    return step
