"""What the law wants done by when, and warnings at 50, 80 and 100 % of the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django_tasks import task

from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.incidents.models import AffectedPerson, AuthorityReport, Incident, IncidentStep
from privacy.incidents.timeline import note_step
from privacy.rights.deadlines import LegalRule, rule

AUTHORITY, PEOPLE, FINAL = "incident/authority", "incident/people", "incident/final-report"
KINDS: dict[str, str | Promise] = {
    AUTHORITY: gettext_lazy("Tell the authority"),
    PEOPLE: gettext_lazy("Tell the people concerned"),
    FINAL: gettext_lazy("Hand in the final report"),
}
WARN_AT = (50, 80, 100)


@dataclass(frozen=True)
class Clock:
    """One period of one incident. ``met_at``: when it was done. ``waived``: why it need not be done."""

    kind: str
    began: datetime
    due: datetime
    rule: LegalRule
    met_at: datetime | None
    waived: str
    now: datetime

    @property
    def label(self) -> str | Promise:
        return KINDS[self.kind]

    @property
    def is_running(self) -> bool:
        return self.met_at is None and not self.waived

    @property
    def percent(self) -> int:
        """How much of the time has passed, or had when it was done; more than 100 when it is over."""
        whole = (self.due - self.began) / timedelta(seconds=1)
        passed = ((self.met_at or self.now) - self.began) / timedelta(seconds=1)
        return max(0, int(passed * 100 / whole)) if whole > 0 else 100

    @property
    def is_late(self) -> bool:
        return (self.met_at or self.now) > self.due and not self.waived

    @property
    def left(self) -> timedelta:
        return max(self.due - self.now, timedelta())

    @property
    def state(self) -> str:
        """A word: ``met``, ``met_late``, ``waived``, ``late``, ``near`` (80 %), ``running``."""
        if self.waived:
            return "waived"
        if self.met_at:
            return "met_late" if self.is_late else "met"
        if self.is_late:
            return "late"
        return "near" if self.percent >= WARN_AT[1] else "running"

    @property
    def state_in_words(self) -> str:
        return {
            "waived": _("need not be done"),
            "met": _("done in time"),
            "met_late": _("done too late"),
            "late": _("overdue"),
            "near": _("soon due"),
            "running": _("running"),
        }[self.state]


def clocks_of(incident: Incident, now: datetime | None = None) -> list[Clock]:
    """Every clock for which the jurisdiction of the incident has a rule, by the rules of the day it became known."""
    now = now or timezone.now()
    day = timezone.localdate(incident.aware_at)
    found = []
    for kind in KINDS:
        about = rule(kind, day, jurisdiction=incident.jurisdiction)
        if about is not None:
            met_at, waived = _done(incident, kind)
            found.append(Clock(kind, incident.aware_at, about.after(incident.aware_at), about, met_at, waived, now))
    return found


def _done(incident: Incident, kind: str) -> tuple[datetime | None, str]:
    if kind == PEOPLE:
        people = incident.affected
        if not people.exists():
            return None, incident.people_not_told_because or _nobody_to_tell(incident)
        is_waiting = people.filter(notice=AffectedPerson.Notice.PENDING).exists()
        reached = people.filter(notice=AffectedPerson.Notice.SENT)
        last = None if is_waiting else reached.aggregate(last=Max("told_at"))["last"]
        return last, incident.people_not_told_because
    reports = incident.reports.filter(handed_in_at__isnull=False)
    if kind == FINAL:
        reports = reports.filter(kind=AuthorityReport.Kind.FINAL)
    first = reports.order_by("handed_in_at").first()
    is_false_alarm = incident.state == Incident.State.CLOSED and incident.assessed_at is None
    waived = incident.authority_not_told_because or (_("false alarm") if is_false_alarm else "")
    return (first.handed_in_at if first else None), waived


def _nobody_to_tell(incident: Incident) -> str:
    if incident.assessed_at or incident.state == Incident.State.CLOSED:
        return _("it concerns nobody")
    return ""


def look_after_clocks() -> int:
    """Regular work: warn at 50, 80 and 100 %, each once. Returns how many warnings were given."""
    given = 0
    for incident in Incident.objects.exclude(state=Incident.State.CLOSED):
        for clock in clocks_of(incident):
            reached = [share for share in WARN_AT if clock.percent >= share]
            # Found out late, only the last one is said.
            if clock.is_running and reached:
                given += _warn(incident, clock, reached[-1])
    return given


def _warn(incident: Incident, clock: Clock, share: int) -> int:
    what = f"{clock.kind}:{share}"
    if incident.steps.filter(kind=IncidentStep.Kind.CLOCK, what=what).exists():
        return 0
    try:
        with transaction.atomic(), acting(None):
            note_step(incident, IncidentStep.Kind.CLOCK, what=what, acting_user=None)
            transaction.on_commit(lambda: mail_guards.enqueue(str(incident.row_id), clock.kind, share))
    except IntegrityError:
        # Another process was faster.
        return 0
    return 1


@task()
def mail_guards(row_id: str, kind: str, share: int) -> None:
    """Tell whoever answers for privacy of a new incident (``kind`` empty), or that ``share`` percent of a clock have
    passed. The letter names nobody: what happened stands behind the sign-in."""
    incident = Incident.objects.get(row_id=row_id)
    address = settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("privacy:incidents:detail", args=[row_id])
    for guard in directory().privacy_guards():
        with override(getattr(guard, "preferred_language", None) or settings.LANGUAGE_CODE):
            if kind:
                subject = _("Incident %(number)s: %(share)d %% of the time have passed") % {
                    "number": incident.number,
                    "share": share,
                }
                words = str(KINDS[kind])
            else:
                subject = _("Incident %(number)s: new") % {"number": incident.number}
                words = _("Something was noticed that has to be looked into now.")
            if incident.is_exercise:
                subject = _("Exercise") + " · " + subject
            send_mail(subject, f"{words}\n\n{address}", None, [guard.email])
