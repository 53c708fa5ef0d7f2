"""What people may know about who read their data, and what auditors may know about all readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from privacy.access.models import AccessAlert, AccessEvent
from privacy.access.recording import UNSTATED
from privacy.history.directory import OwnedSubject, directory, standing_in_words
from privacy.sealing.keys import Scope


def reads_about(subject_ref: UUID) -> QuerySet[AccessEvent]:
    """Every reading of sealed data of this person, organisation or case, newest first. For them, and auditors."""
    found: QuerySet[AccessEvent] = AccessEvent.objects.filter(subject_ref=subject_ref).select_related("actor")
    return found


def own_subject(user: Any, ref: UUID | None) -> tuple[OwnedSubject, list[OwnedSubject]] | None:
    """The one that is asked for (their own when ``ref`` is None) and all whose readings ``user`` may see.

    None where it is not theirs.
    """
    subjects = list(directory().subjects_of(user))
    for subject in subjects:
        if ref is None or subject.ref == ref:
            return subject, subjects
    return None


def readings_found(
    *,
    reader: str = "",
    record_ref: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
    with_cases: bool = False,
) -> QuerySet[AccessEvent]:
    """Every reading, newest first, narrowed by part of the reader's name or address, by record, by days (inclusive,
    local time). For auditors. ``with_cases``: those of confidential cases too, but never those of one case."""
    found: QuerySet[AccessEvent] = AccessEvent.objects.select_related("actor")
    if not with_cases or record_ref is not None:
        found = found.exclude(subject_scope=Scope.CASE)
    if reader:
        named = Q(**{f"actor__{get_user_model().USERNAME_FIELD}__icontains": reader})
        found = found.filter(named | Q(actor__display_name__icontains=reader))
    if record_ref is not None:
        found = found.filter(Q(record_ref=record_ref) | Q(subject_ref=record_ref))
    if since is not None:
        found = found.filter(created__gte=_midnight(since))
    if until is not None:
        found = found.filter(created__lt=_midnight(until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Reading:
    """A reading in words. ``role`` is the office at the time of reading, with the department of an officer.

    Of a confidential case (``is_of_case``) it is not told which one, nor what of it was read.
    """

    event: AccessEvent
    who: str
    role: str
    purpose: str
    what: str
    fields: tuple[str, ...]
    is_of_case: bool = False


def in_words(events: Iterable[AccessEvent]) -> list[Reading]:
    return [_in_words(event, is_of_case=event.subject_scope == Scope.CASE) for event in events]


def _in_words(event: AccessEvent, *, is_of_case: bool) -> Reading:
    names = () if is_of_case else event.fields
    return Reading(
        event,
        who=_who(event),
        role=standing_in_words(event.actor_roles, event.actor_department),
        purpose="" if event.purpose == UNSTATED else event.purpose,
        what=_("Confidential report") if is_of_case else _model_name(event.record_label),
        fields=tuple(_field_name(event.record_label, name) for name in names),
        is_of_case=is_of_case,
    )


def _who(event: AccessEvent) -> str:
    if event.actor is not None:
        return str(getattr(event.actor, "display_name", "") or event.actor)
    return _("somebody whose account is gone") if event.actor_roles else _("the system itself")


def _model_name(label: str) -> str:
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name))
    except LookupError:
        return label


def _field_name(label: str, name: str) -> str:
    try:
        return str(apps.get_model(label)._meta.get_field(name).verbose_name)
    except (LookupError, FieldDoesNotExist):
        return name


def alerts() -> QuerySet[AccessAlert]:
    """Every alert, the open ones first. For auditors."""
    return AccessAlert.objects.select_related("actor", "acknowledged_by").order_by("-state", "-created")


def alert_found(row_id: UUID) -> AccessAlert | None:
    return alerts().filter(row_id=row_id).first()
