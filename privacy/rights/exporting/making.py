"""Making an export in the background, and taking its file away in the end. Nobody decides on these steps."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from privacy.access.recording import reading
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.rights.deadlines import deadline
from privacy.rights.exporting.archive import Archive
from privacy.rights.exporting.models import ExportJob
from privacy.sealing.chunked import PieceReader

logger = logging.getLogger(__name__)

LINK = "export/link"
# Where no rule is on record.
HOURS_OF_LINK = 72
# An export that takes longer was stopped with its worker.
LONGEST = timedelta(hours=6)
_SHOWN_EVERY = 200


def _kept_until(since: datetime) -> datetime:
    return deadline(LINK, since) or since + timedelta(hours=HOURS_OF_LINK)


@task()
def run_export(row_id: str) -> None:
    make_export(ExportJob.objects.select_related("asked_by").get(row_id=row_id))


def make_export(job: ExportJob) -> ExportJob:
    """Make the archive, sealed under the key of its subject. The service does it in the name of who asked: so what is
    theirs is opened by them, and what an organisation sealed is opened on the record. A second call does nothing.
    """
    jobs = ExportJob.objects.filter(pk=job.pk)
    if not jobs.filter(state=ExportJob.State.WAITING).update(state=ExportJob.State.RUNNING):
        return job
    job.refresh_from_db()
    try:
        with override(job.language):
            purpose = _("Export of the data, asked for by its owner")
            with acting(job.asked_by), reading(purpose, typed_reason=purpose, acting_user=job.asked_by):
                _write(job)
        _finish(job)
    except Exception:
        logger.exception("An export failed")
        jobs.update(state=ExportJob.State.FAILED)
        job.refresh_from_db()
    return job


def _write(job: ExportJob) -> None:
    archive = Archive(job.sealing_subject())
    ExportJob.objects.filter(pk=job.pk).update(total=archive.steps)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % _SHOWN_EVERY == 0:
            ExportJob.objects.filter(pk=job.pk).update(done=done)

    pieces: Any = PieceReader(archive.pieces(step))
    job.file.save("export.zip", File(pieces), save=False)
    job.done = job.total = done


@transaction.atomic
def _finish(job: ExportJob) -> None:
    if not ExportJob.objects.select_for_update().filter(pk=job.pk).exists():
        # Whoever it is about was erased while it was made: saving it would bring everything back.
        job.file.storage.delete(str(job.file.name))
        return
    now = timezone.now()
    job.state, job.ready_at, job.expires_at = ExportJob.State.READY, now, _kept_until(now)
    job.save()
    append_leaf(LeafKind.EXPORT_MADE, job, public={}, committed={})
    transaction.on_commit(lambda: _tell(job))


def _tell(job: ExportJob) -> None:
    """The letter says nothing but that there is something: who reads the mailbox cannot fetch it."""
    with override(job.language):
        send_mail(
            _("Your data is ready"),
            _("You can fetch it until %(moment)s. You will be asked for your password again:\n\n%(url)s")
            % {
                "moment": timezone.localtime(job.expires_at).strftime("%Y-%m-%d %H:%M"),
                "url": settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("privacy:rights:mine"),
            },
            None,
            [job.asked_by.email],
        )


# Ending ---------------------------------------------------------------------------------------------


def end_exports() -> int:
    """Regular work: take away the files of exports that have expired, and give up those that were stopped half-way.
    Returns how many."""
    now = timezone.now()
    ended = 0
    for job in ExportJob.objects.filter(state=ExportJob.State.READY, expires_at__lte=now):
        ended += _expire(job)
    stopped = ExportJob.objects.filter(state__in=ExportJob.UNDER_WAY, created__lt=now - LONGEST)
    return ended + stopped.update(state=ExportJob.State.FAILED)


@transaction.atomic
def _expire(job: ExportJob) -> int:
    locked = ExportJob.objects.select_for_update().get(pk=job.pk)
    if locked.state != ExportJob.State.READY:
        return 0
    locked.file.delete(save=False)
    locked.file = ""
    locked.state = ExportJob.State.EXPIRED
    locked.save()
    return 1
