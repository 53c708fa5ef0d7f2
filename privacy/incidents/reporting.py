"""What is told to an authority: the facts as they stand, fixed by a hash, to be printed or handed over as JSON."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.history.actor import acting
from privacy.incidents.clocks import clocks_of
from privacy.incidents.errors import NotNow, Refused
from privacy.incidents.models import AffectedPerson, AuthorityReport, Incident, IncidentStep
from privacy.incidents.permissions import require_guard
from privacy.incidents.timeline import locked, note_step
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind


@transaction.atomic
def draft_report(incident: Incident, *, kind: str, authority: str, acting_user: Any) -> AuthorityReport:
    """Fix what is known now in a report. It names nobody."""
    require_guard(acting_user)
    found = locked(incident)
    if not authority.strip():
        raise Refused(_("Please name the authority."), field="authority")
    content = facts_of(found)
    with acting(acting_user):
        report: AuthorityReport = AuthorityReport.objects.create(
            incident=found,
            kind=AuthorityReport.Kind(kind),
            authority=authority.strip(),
            content=content,
            sha256=hashlib.sha256(canonical(content).encode()).hexdigest(),
            by=acting_user,
        )
    _append(report)
    note_step(found, IncidentStep.Kind.REPORTED, what="drafted", words=report.authority, acting_user=acting_user)
    return report


@transaction.atomic
def hand_in_report(
    report: AuthorityReport, *, handed_in_at: datetime, reference: str = "", acting_user: Any
) -> AuthorityReport:
    """Write down when the authority got it; that stops the clock. Raises ``NotNow`` where that was done already."""
    require_guard(acting_user)
    incident = locked(report.incident)
    found = AuthorityReport.objects.select_for_update().get(pk=report.pk)
    if found.handed_in_at:
        raise NotNow(_("This report was handed in already."))
    if not incident.aware_at <= handed_in_at <= timezone.now():
        raise Refused(_("Between becoming aware of it and now."), field="handed_in_at")
    found.handed_in_at, found.reference = handed_in_at, reference.strip()
    with acting(acting_user):
        found.save()
    _append(found)
    note_step(incident, IncidentStep.Kind.REPORTED, what="handed_in", words=found.reference, acting_user=acting_user)
    return found


def facts_of(incident: Incident) -> dict[str, Any]:
    """What PIPL art. 57 and GDPR art. 33 ask for, as plain JSON: words, moments in ISO 8601, whole numbers."""
    notices = incident.affected
    return {
        "incident": str(incident.row_id),
        "exercise": incident.is_exercise,
        "kind": incident.kind,
        "state": incident.state,
        "severity": incident.severity,
        "jurisdiction": incident.jurisdiction,
        "aware_at": incident.aware_at.isoformat(),
        "occurred_from": _moment(incident.occurred_from),
        "occurred_until": _moment(incident.occurred_until),
        "what_happened": incident.what_happened,
        "harm": incident.harm,
        "measures": incident.measures,
        "containment": [
            {
                "action": one.action,
                "since": one.created.isoformat(),
                "until": _moment(one.lifted_at),
                "count": one.count,
                "reason": one.reason,
            }
            for one in incident.containments.all()
        ],
        "people": incident.scope.get("people", 0),
        "organisations": incident.scope.get("organisations", 0),
        "confidential_cases": incident.scope.get("cases", 0),
        "fields": incident.scope.get("fields", {}),
        "told": notices.filter(notice=AffectedPerson.Notice.SENT).count(),
        "not_reached": notices.filter(notice=AffectedPerson.Notice.FAILED).count(),
        "not_told_yet": notices.filter(notice=AffectedPerson.Notice.PENDING).count(),
        "people_not_told_because": incident.people_not_told_because,
        "clocks": [
            {
                "kind": clock.kind,
                "due": clock.due.isoformat(),
                "done": _moment(clock.met_at),
                "basis": clock.rule.basis,
                "basis_en": clock.rule.basis_en,
            }
            for clock in clocks_of(incident)
        ],
        "made_at": timezone.now().isoformat(),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _append(report: AuthorityReport) -> None:
    append_leaf(
        LeafKind.INCIDENT_REPORTED,
        report,
        public={"report": report.kind, "report_sha256": report.sha256, "handed_in": report.handed_in_at},
        committed={"authority": report.authority},
    )
