"""What is noticed by itself becomes an incident, once: while it is open, the same thing only adds a line to it."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from privacy.access.models import AccessEvent
from privacy.incidents.actions import open_incident
from privacy.incidents.models import HoneyRecord, Incident, IncidentStep
from privacy.incidents.timeline import note_step
from privacy.rights.exporting.models import ExportJob
from privacy.sealing import alarms

logger = logging.getLogger(__name__)
Signal = Incident.Signal
KIND_OF: dict[str, Incident.Kind] = {
    Signal.TAMPERED: Incident.Kind.TAMPERED_RECORD,
    Signal.LOG_BROKEN: Incident.Kind.TAMPERED_RECORD,
    Signal.WITNESS: Incident.Kind.TAMPERED_RECORD,
    Signal.BULK_READ: Incident.Kind.INSIDER_MISUSE,
    Signal.HONEY: Incident.Kind.INSIDER_MISUSE,
    Signal.FAILED_LOGINS: Incident.Kind.ACCOUNT_TAKEN_OVER,
    Signal.EXPORTS: Incident.Kind.LEAKED_EXPORT,
}
HOUR = timedelta(hours=1)
# What is seen again and again is said once in this time.
SAID_AGAIN_AFTER = HOUR
# A reading is looked at right after it was written; so far back, so that none is missed.
_JUST_NOW = timedelta(minutes=5)


def notice(signal: str, about: str) -> Incident:
    """Open an incident for what a detector saw, or add a line to the one that is open. ``about`` says of what record;
    with the signal it tells whether this is the same thing."""
    key = f"{signal}:{about}"[:200]
    opened = Incident.objects.exclude(state=Incident.State.CLOSED).filter(dedup_key=key)
    found = opened.first()
    if found is None:
        try:
            with transaction.atomic(), override(settings.LANGUAGE_CODE):
                return open_incident(
                    kind=KIND_OF[signal],
                    what_happened=f"{Signal(signal).label}{gettext(': ')}{about}",
                    aware_at=timezone.now(),
                    jurisdiction=settings.PRIVACY_JURISDICTION,
                    signal=signal,
                    dedup_key=key,
                    acting_user=None,
                )
        except IntegrityError:
            # Another process saw it at the same moment.
            found = opened.get()
    recent = found.steps.filter(kind=IncidentStep.Kind.SEEN_AGAIN, created__gt=timezone.now() - SAID_AGAIN_AFTER)
    if found.created < timezone.now() - SAID_AGAIN_AFTER and not recent.exists():
        with transaction.atomic():
            note_step(found, IncidentStep.Kind.SEEN_AGAIN, what=signal, words=about, acting_user=None)
    return found


def answer_alarms(**_signal: Any) -> None:
    """Write down what waits in this process: after each answer, after commands, and as regular work. Never fails: what
    cannot be written down now is in the log of the process."""
    for alarm in alarms.take_all():
        logger.error("Alarm: %s, %s", alarm.signal, alarm.about)
        try:
            notice(alarm.signal, alarm.about)
        except Exception:
            logger.exception("The alarm %s, %s could not be put on record", alarm.signal, alarm.about)


def look_for_honey(reader: Any) -> None:
    """After every writing of readings: did ``reader`` open a planted row?"""
    planted = HoneyRecord.objects.values("record_ref")
    just_read = AccessEvent.objects.filter(actor=reader, created__gt=timezone.now() - _JUST_NOW)
    for ref in just_read.filter(record_ref__in=planted).order_by().values_list("record_ref", flat=True).distinct():
        alarms.sound(Signal.HONEY, f"{HoneyRecord._meta.label_lower} {ref}")


def count_failed_sign_in(sender: Any, credentials: dict[str, Any], **_more: Any) -> None:
    """A listener of Django's ``user_login_failed``. Counts for one account, and for all together; keeps no address."""
    name = str(credentials.get("email") or credentials.get("username") or "").casefold()
    mark = hashlib.sha256(f"{settings.SECRET_KEY}|{name}".encode()).hexdigest()[:16]
    allowed = settings.FAILED_SIGN_INS_PER_HOUR
    for who, most in (("all", allowed["all"]), (mark, allowed["account"])):
        counter = f"incidents:failed:{who}:{timezone.now():%Y%m%d%H}"
        cache.add(counter, 0, HOUR.seconds)
        try:
            count = cache.incr(counter)
        except ValueError:
            # It expired between the two.
            continue
        if count == most + 1:
            alarms.sound(Signal.FAILED_LOGINS, "all accounts" if who == "all" else f"account {mark}")


def look_for_many_exports() -> None:
    """Regular work: more exports within an hour than the portal usually sees."""
    count = ExportJob.objects.filter(created__gt=timezone.now() - HOUR).count()
    if count > settings.EXPORTS_PER_HOUR:
        alarms.sound(Signal.EXPORTS, "exports of personal data")
    answer_alarms()
