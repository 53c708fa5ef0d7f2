"""Notices when somebody opens more sealed records than their office should need."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from privacy.access.models import AccessAlert, AccessEvent
from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing.alarms import sound

WINDOW = timedelta(hours=1)


def threshold_of(roles: tuple[str, ...]) -> int:
    """How many different records somebody with these offices may open within an hour before an alert is raised."""
    allowed = settings.SEALED_READS_PER_HOUR
    return max((allowed[role] for role in roles if role in allowed), default=allowed["default"])


def watch(reader: Any) -> None:
    """Raise an alert when ``reader`` has opened too much within the last hour; one for each hour of the clock."""
    roles = directory().standing_of(reader).roles
    threshold = threshold_of(roles)
    now = timezone.now()
    opened = AccessEvent.objects.filter(actor=reader, created__gt=now - WINDOW)
    count = opened.order_by().values("record_label", "record_ref").distinct().count()
    if count <= threshold:
        return
    with transaction.atomic(), acting(None):
        # Two answers that finish at once both come here: the database lets one of them in.
        alert, is_new = AccessAlert.objects.get_or_create(
            actor=reader,
            window_start=now.replace(minute=0, second=0, microsecond=0),
            defaults={"actor_roles": list(roles), "record_count": count, "threshold": threshold},
        )
        if not is_new:
            return
        append_leaf(
            LeafKind.ALERT_RAISED,
            alert,
            public={"records": count, "threshold": threshold, "window_start": alert.window_start},
            committed={"reader": str(reader.row_id)},
        )
        transaction.on_commit(lambda: mail_alert.enqueue(str(alert.row_id)))
        transaction.on_commit(lambda: sound("bulk_read", f"{alert._meta.label_lower} {alert.row_id}"))


@task()
def mail_alert(row_id: str) -> None:
    """Tell every administrator, in their language. The mail names nobody: who it is about stands behind the sign-in."""
    alert = AccessAlert.objects.get(row_id=row_id)
    for watcher in directory().watchers():
        with override(getattr(watcher, "preferred_language", None) or settings.LANGUAGE_CODE):
            send_mail(
                _("Sealed data: unusually many readings"),
                _(
                    "Somebody opened %(count)d sealed records within an hour; their office should need no more than "
                    "%(threshold)d. Please look into it and write down what you find:\n\n%(url)s"
                )
                % {
                    "count": alert.record_count,
                    "threshold": alert.threshold,
                    "url": settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("privacy:access:alert", args=[row_id]),
                },
                None,
                [watcher.email],
            )
