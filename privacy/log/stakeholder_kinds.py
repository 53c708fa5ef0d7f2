"""Leaves of people, organisations and confidential cases: a part of the vocabulary in ``kinds``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import NUMBER, REFERENCE, WORD

STAKEHOLDER_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.ORGANISATION_VERIFIED: _shape(
        _("An organisation's identity was confirmed or not."), "reason", status=WORD
    ),
    LeafKind.ORGANISATION_REGISTERED: _shape(_("An organisation was entered."), "name", "credit_code", group=WORD),
    LeafKind.ORGANISATION_CHANGED: _shape(_("Sealed details of an organisation were replaced.")),
    LeafKind.DOCUMENT_HANDED_IN: _shape(
        _("An organisation handed in a sealed paper about its registration."),
        "document_sha256",
        organisation=REFERENCE,
    ),
    LeafKind.RESIDENT_CHECKED: _shape(
        _("Somebody's residence was asked to be checked, confirmed or not."), "reason", status=WORD, method=WORD
    ),
    LeafKind.ROSTER_CHANGED: _shape(
        _("A list of residents was loaded, put to use or thrown away."), "title", "source", status=WORD, entries=NUMBER
    ),
    LeafKind.APPOINTMENT_GRANTED: _shape(_("Somebody was given an office."), "person", role=WORD),
    LeafKind.APPOINTMENT_REVOKED: _shape(_("An office ended."), role=WORD),
    LeafKind.CASE_RECEIVED: _shape(
        _("What reporters wrote about a case on earlier days was entered."), "entries", state=WORD
    ),
    LeafKind.CASE_REPLIED: _shape(_("An integrity officer answered a reporter."), "text", state=WORD),
    LeafKind.CASE_STATE_CHANGED: _shape(
        _("An integrity officer took a case up, or closed it with an outcome."), "outcome", "text", state=WORD
    ),
    LeafKind.CASE_RECUSED: _shape(
        _("An integrity officer stepped back from a case, with a reason."), "officer", "reason", state=WORD
    ),
    LeafKind.CASE_DESTROYED: _shape(
        _("The key of a closed case was destroyed, and with it all that was written."), state=WORD
    ),
    LeafKind.CASES_READ: _shape(_("Integrity officers read confidential reports on an earlier day."), "readings"),
}
