"""What incidents hold about people: whom one concerned, and who worked on it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from privacy.incidents.models import AffectedPerson
from privacy.rights.registry import (
    Audience,
    Basis,
    PersonalData,
    Purpose,
    Rows,
    Shred,
    in_office,
    nothing_personal,
    register,
)
from privacy.sealing.keys import Subject


def concerned(subject: Subject) -> QuerySet[Any]:
    return AffectedPerson.objects.filter(scope_type=subject.scope_type, subject_ref=subject.ref)


register(
    PersonalData(
        "privacy.AffectedPerson",
        _("Incidents that concerned you"),
        Rows(),
        found=concerned,
        fields="details address notice told_at",
        purpose=Purpose.INCIDENTS,
        basis=Basis.SECURITY,
        retention="record",
        seen_by=Audience.OFFICES,
        on_erasure=Shred(),
        withheld="subject_ref",
        not_personal="incident scope_type problem",
    ),
    in_office(
        "privacy.Incident",
        "lead",
        "what_happened harm measures public_statement people_not_told_because authority_not_told_because "
        "no_lessons_because",
        not_personal="kind is_exercise state severity jurisdiction signal dedup_key aware_at occurred_from "
        "occurred_until scope assessed_at notified_at closed_at created",
    ),
    in_office("privacy.IncidentStep", "by", "words", not_personal="incident kind what created"),
    in_office(
        "privacy.Containment",
        "by lifted_by",
        "reason lift_reason",
        not_personal="incident action subjects count created lifted_at",
    ),
    in_office("privacy.NoticeTemplate", "by", "texts", not_personal="kind version sha256 created"),
    in_office(
        "privacy.NoticeBatch",
        "by",
        "message contact",
        not_personal="incident template state total sent failed problem run began finished",
    ),
    in_office(
        "privacy.AuthorityReport",
        "by",
        "content",
        not_personal="incident kind authority sha256 created handed_in_at reference",
    ),
    nothing_personal("privacy.Lesson", "incident text responsible due_on done_at result created"),
    in_office("privacy.HoneyRecord", "by", "note", not_personal="record_label record_ref created"),
)
