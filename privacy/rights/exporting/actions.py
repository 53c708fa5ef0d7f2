"""Asking for an export, and handing it out by a link that works once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from privacy.history.directory import directory
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.rights.exporting import errors
from privacy.rights.exporting.freezing import exports_are_frozen
from privacy.rights.exporting.making import run_export
from privacy.rights.exporting.models import ExportJob
from privacy.sealing.keys import Subject


def _require_own(subject: Subject, user: Any) -> None:
    if subject.ref not in {owned.ref for owned in directory().subjects_of(user)}:
        raise errors.NotYours


@transaction.atomic
def ask_export(subject: Subject, *, language: str, acting_user: Any) -> ExportJob:
    """Put together what is held about ``subject``, in the background. One that is being made already is returned.

    Raises ``NotYours``, ``Frozen``, and ``TooOften`` after ``settings.EXPORTS_PER_DAY`` within a day.
    """
    _require_own(subject, acting_user)
    if exports_are_frozen():
        raise errors.Frozen
    jobs = ExportJob.objects.filter(subject_scope=subject.scope_type, subject_ref=subject.ref)
    under_way = jobs.filter(state__in=ExportJob.UNDER_WAY).first()
    if under_way is not None:
        return under_way
    if jobs.filter(created__gt=timezone.now() - timedelta(days=1)).count() >= settings.EXPORTS_PER_DAY:
        raise errors.TooOften(settings.EXPORTS_PER_DAY)
    try:
        with transaction.atomic():
            job: ExportJob = ExportJob.objects.create(
                subject_scope=subject.scope_type, subject_ref=subject.ref, asked_by=acting_user, language=language
            )
    except IntegrityError:
        # Asked twice at once: the database lets one of them in.
        return jobs.get(state__in=ExportJob.UNDER_WAY)
    transaction.on_commit(lambda: run_export.enqueue(str(job.row_id)))
    return job


# Handing out ----------------------------------------------------------------------------------------


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def give_link(job: ExportJob, *, session_key: str, acting_user: Any) -> str:
    """The token of a new link to the file; an earlier one ends. The caller has asked for the password again.

    Raises ``NotYours``, ``Frozen``, ``NotReady``.
    """
    _require_own(job.sealing_subject(), acting_user)
    if exports_are_frozen():
        raise errors.Frozen
    locked = ExportJob.objects.select_for_update().get(pk=job.pk)
    if locked.state != ExportJob.State.READY or locked.expires_at is None or locked.expires_at <= timezone.now():
        raise errors.NotReady
    token = secrets.token_urlsafe(32)
    locked.link_digest, locked.link_session = _digest(token), _digest(session_key)
    locked.link_until, locked.link_used_at = locked.expires_at, None
    locked.save(update_fields=["link_digest", "link_session", "link_until", "link_used_at"])
    return token


@transaction.atomic
def use_link(token: str, *, session_key: str, acting_user: Any) -> ExportJob:
    """The export that a link leads to; the link has been used then.

    Raises ``LinkUnknown``, ``LinkUsed``, ``LinkExpired``, ``OtherSession`` or ``Frozen``.
    """
    job = ExportJob.objects.select_for_update().filter(link_digest=_digest(token)).first()
    if job is None or job.subject_ref not in {owned.ref for owned in directory().subjects_of(acting_user)}:
        raise errors.LinkUnknown
    if not secrets.compare_digest(job.link_session, _digest(session_key)):
        raise errors.OtherSession
    if job.link_used_at is not None:
        raise errors.LinkUsed
    if job.state != ExportJob.State.READY or job.link_until is None or job.link_until <= timezone.now():
        raise errors.LinkExpired
    if exports_are_frozen():
        raise errors.Frozen
    job.link_used_at = timezone.now()
    job.fetched += 1
    job.save(update_fields=["link_used_at", "fetched"])
    append_leaf(LeafKind.EXPORT_FETCHED, job, public={}, committed={})
    return job
