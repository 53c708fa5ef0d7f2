"""The dates of consultations, for the calendar of the portal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.pages.content.agenda import Entry
from participation.consultations.models import Consultation, Stage
from participation.stakeholders.models import User
from portal.ui.furniture import local


def consultation_dates(reader: User | AnonymousUser, first: date, last: date) -> list[Entry]:
    """When what may be seen is open for input, from its first to its last moment; two queries."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    stages = Stage.objects.filter(
        consultation__in=Consultation.objects.visible_to(reader),
        kind=Stage.Kind.OPEN,
        starts_at__lt=end,
        ends_at__gte=start,
    ).select_related("consultation")
    return [
        Entry(
            uid=f"consultation-{stage.consultation.row_id}",
            kind="consultation",
            title=local(stage.consultation, "title"),
            starts=stage.starts_at,
            ends=stage.ends_at,
            url=stage.consultation.get_absolute_url(),
            detail=_("open for input"),
        )
        for stage in stages
    ]
