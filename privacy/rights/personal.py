"""What this app itself holds about people: keys, the log, readings, exports."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from privacy.access.queries import reads_about
from privacy.rights.exporting.models import ExportJob
from privacy.rights.registry import (
    Audience,
    Basis,
    Delete,
    Keep,
    PersonalData,
    Purpose,
    Rows,
    Shred,
    in_office,
    nothing_personal,
    register,
)
from privacy.sealing.keys import Subject


def readings_of(subject: Subject) -> QuerySet[Any]:
    return reads_about(subject.ref)


def exports_of(subject: Subject) -> QuerySet[Any]:
    return ExportJob.objects.filter(subject_scope=subject.scope_type, subject_ref=subject.ref)


register(
    PersonalData(
        "privacy.DataKey",
        _("Keys of sealed data"),
        Rows(),
        withheld="wrapped scope_ref",
        purpose=Purpose.PROOF,
        basis=Basis.SECURITY,
        retention="account",
        seen_by=Audience.SELF,
        on_erasure=Keep(_("The key itself is destroyed; what stays says that there was one.")),
        not_personal="scope_type kek_id state created",
    ),
    PersonalData(
        "privacy.LeafSecret",
        _("Salts of the log"),
        Rows(),
        withheld="salts scope_ref",
        purpose=Purpose.PROOF,
        basis=Basis.SECURITY,
        retention="account",
        on_erasure=Shred(),
        not_personal="leaf_ref scope_type",
    ),
    PersonalData(
        "privacy.RecordedState",
        _("Which entry of the log covers which row"),
        Rows(),
        withheld="scope_ref",
        purpose=Purpose.PROOF,
        basis=Basis.SECURITY,
        retention="record",
        on_erasure=Keep(_("It holds no data about you.")),
        not_personal="row_label row_pk leaf_ref columns scope_type",
    ),
    nothing_personal("privacy.Checkpoint", "size root note verifier_key created"),
    nothing_personal("privacy.Cosignature", "checkpoint witness line signed_at"),
    nothing_personal("privacy.LogEntry", "ref kind record_label record_ref leaf created index leaf_hash"),
    nothing_personal("privacy.PendingLeaf", "ref kind record_label record_ref leaf created"),
    nothing_personal("privacy.Reconciled", "row_label begins_after looked_to seen looked_at"),
    nothing_personal("privacy.Tile", "level number hashes root"),
    nothing_personal("privacy.Unrecorded", "row_label row_pk found"),
    nothing_personal("privacy.Witness", "name url verifier_key size is_asked last_error last_error_at"),
    nothing_personal("privacy.KeyOperation", "kind began finished keys values"),
    PersonalData(
        "privacy.AccessEvent",
        _("Who opened your sealed data"),
        Rows(),
        found=readings_of,
        fields="created actor actor_roles purpose place",
        withheld="record_ref subject_ref batch_ref request_id",
        purpose=Purpose.PROOF,
        basis=Basis.SECURITY,
        retention="readings",
        seen_by=Audience.OFFICES,
        on_erasure=Keep(_("It shows who read your data, and holds none of it.")),
        not_personal="record_label subject_scope fields",
    ),
    in_office("privacy.AccessEvent", "actor", "typed_reason actor_roles actor_department"),
    in_office(
        "privacy.AccessAlert",
        "actor acknowledged_by",
        "reason actor_roles",
        not_personal="window_start record_count threshold state acknowledged_at created",
    ),
    nothing_personal("privacy.ReadingDay", "day is_entered"),
    PersonalData(
        "privacy.ExportJob",
        _("Exports of your data"),
        Rows(),
        found=exports_of,
        fields="state created ready_at expires_at fetched language",
        purpose=Purpose.RIGHTS,
        basis=Basis.DUTY,
        retention="exports",
        since="created",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        withheld="subject_ref asked_by file link_digest link_session",
        not_personal="subject_scope done total link_until link_used_at",
    ),
    in_office("privacy.RetentionRun", "asked_by", not_personal="began counts"),
)
