"""What went wrong with data, what was done about it and when; who was concerned and was told."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from privacy.history.directory import directory
from privacy.history.records import History
from privacy.log.models import AppendOnlyModel
from privacy.sealing.fields import SealedJSONField, SealedTextField
from privacy.sealing.keys import PORTAL, Scope, Subject
from privacy.sealing.models import RowIdentity


class IncidentQuerySet(models.QuerySet["Incident"]):
    def public(self) -> IncidentQuerySet:
        """Those that people were told of. Exercises are nobody's concern."""
        return self.filter(notified_at__isnull=False, is_exercise=False)

    def visible_to(self, user: Any) -> IncidentQuerySet:
        people = directory()
        return self.all() if people.may_guard_privacy(user) or people.may_audit(user) else self.public()


class Incident(RowIdentity):
    """One event, from the moment somebody was aware of it (``aware_at``), at which every clock starts.

    ``occurred_from`` and ``occurred_until`` bound the time in which data was in wrong hands. ``dedup_key`` names what
    a detector saw: while an incident with it is open, seeing it again opens no other.
    """

    class Kind(models.TextChoices):
        LOST_DEVICE = "lost_device", _("Lost or stolen device")
        LEAKED_EXPORT = "leaked_export", _("Leaked export")
        KEY_COMPROMISED = "key_compromised", _("Key in wrong hands")
        TAMPERED_RECORD = "tampered_record", _("Record tampered with")
        ACCOUNT_TAKEN_OVER = "account_taken_over", _("Account taken over")
        INSIDER_MISUSE = "insider_misuse", _("Misuse from inside")

    class State(models.TextChoices):
        DETECTED = "detected", pgettext_lazy("incident", "Detected")
        TRIAGED = "triaged", pgettext_lazy("incident", "Triaged")
        CONTAINED = "contained", pgettext_lazy("incident", "Contained")
        ASSESSED = "assessed", pgettext_lazy("incident", "Assessed")
        NOTIFIED = "notified", pgettext_lazy("incident", "Notified")
        REVIEWED = "reviewed", pgettext_lazy("incident", "Reviewed")
        CLOSED = "closed", pgettext_lazy("incident", "Closed")

    class Severity(models.TextChoices):
        UNKNOWN = "", _("not judged yet")
        LOW = "low", pgettext_lazy("severity", "Low")
        MEDIUM = "medium", pgettext_lazy("severity", "Medium")
        HIGH = "high", pgettext_lazy("severity", "High")
        CRITICAL = "critical", pgettext_lazy("severity", "Very high")

    class Signal(models.TextChoices):
        PERSON = "person", _("reported by a person")
        TAMPERED = "tampered", _("a sealed value that was tampered with")
        LOG_BROKEN = "log_broken", _("a failed verification of the log")
        BULK_READ = "bulk_read", _("unusually many readings")
        HONEY = "honey", _("a record that nobody has a reason to read was read")
        FAILED_LOGINS = "failed_logins", _("a burst of failed sign-ins")
        EXPORTS = "exports", _("unusually many exports")
        WITNESS = "witness", _("a witness does not agree with the log")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    is_exercise = models.BooleanField(_("exercise"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DETECTED)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.UNKNOWN, blank=True)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=20)
    signal = models.CharField(_("noticed by"), max_length=16, choices=Signal, default=Signal.PERSON)
    dedup_key = models.CharField(max_length=200, blank=True)
    aware_at = models.DateTimeField(_("aware since"), default=timezone.now)
    occurred_from = models.DateTimeField(_("from"), null=True, blank=True)
    occurred_until = models.DateTimeField(_("until"), null=True, blank=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead")
    )
    what_happened = models.TextField(_("what happened"))
    harm = models.TextField(_("what may follow for people"), blank=True)
    measures = models.TextField(_("what was done"), blank=True)
    public_statement = models.TextField(_("statement for the public"), blank=True)
    people_not_told_because = models.TextField(_("people are not told because"), blank=True)
    authority_not_told_because = models.TextField(_("the authority is not told because"), blank=True)
    no_lessons_because = models.TextField(_("there is nothing to learn because"), blank=True)
    # Sums only, see ``scope.Scoped``: "people", "organisations", "cases", "fields" and "sources".
    scope = models.JSONField(default=dict, blank=True)
    assessed_at = models.DateTimeField(_("assessed"), null=True, blank=True)
    notified_at = models.DateTimeField(_("people told"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = IncidentQuerySet.as_manager()
    history = History(public_fields=("state", "severity"))

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ("-aware_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("dedup_key",),
                condition=~Q(dedup_key="") & ~Q(state="closed"),
                name="incident_once_while_open",
            ),
            models.CheckConstraint(
                condition=Q(occurred_from__isnull=True)
                | Q(occurred_until__isnull=True)
                | Q(occurred_until__gte=models.F("occurred_from")),
                name="incident_ends_after_it_began",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.aware_at):%Y-%m-%d}"

    @property
    def number(self) -> str:
        """What people call it: the beginning of its reference."""
        return str(self.row_id)[:8].upper()


class IncidentStep(RowIdentity, AppendOnlyModel):
    """One line of the timeline; never changed. ``what`` is a word or key of the step's own kind: the state that was
    reached, the step of the run-book, the measure, the clock and its share."""

    class Kind(models.TextChoices):
        OPENED = "opened", pgettext_lazy("incident step", "Opened")
        MOVED = "moved", pgettext_lazy("incident step", "State")
        NOTE = "note", pgettext_lazy("incident step", "Note")
        TICKED = "ticked", pgettext_lazy("incident step", "Run-book")
        CONTAINED = "contained", pgettext_lazy("incident step", "Measure")
        LIFTED = "lifted", pgettext_lazy("incident step", "Measure ended")
        ASSESSED = "assessed", pgettext_lazy("incident step", "Scope")
        NOTICES = "notices", pgettext_lazy("incident step", "Notices")
        REPORTED = "reported", pgettext_lazy("incident step", "Authority")
        LESSON = "lesson", pgettext_lazy("incident step", "Lesson")
        CLOCK = "clock", pgettext_lazy("incident step", "Clock")
        SEEN_AGAIN = "seen_again", pgettext_lazy("incident step", "Seen again")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    what = models.CharField(max_length=80, blank=True)
    words = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    # So that a line which somebody altered in the database is found.
    history = History()

    class Meta:
        verbose_name = _("line of a timeline")
        verbose_name_plural = _("lines of timelines")
        ordering = ("created", "pk")
        constraints = (
            # Two processes look at the clocks at once; each alert is given once, each step ticked once.
            models.UniqueConstraint(
                fields=("incident", "kind", "what"),
                condition=Q(kind__in=("clock", "ticked")),
                name="incident_step_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.what}"


class Containment(RowIdentity):
    """A measure that was taken, and until when it holds. In an exercise nothing happens but the record of it."""

    class Action(models.TextChoices):
        END_SESSIONS = "end_sessions", _("Sign out everywhere")
        LOCK_ACCOUNTS = "lock_accounts", _("Lock accounts")
        RETIRE_KEYS = "retire_keys", _("Retire data keys")
        ROTATE_KEK = "rotate_kek", _("Change the key-encryption key")
        FREEZE_EXPORTS = "freeze_exports", _("Stop all exports")
        READ_ONLY = "read_only", _("Read-only mode")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="containments")
    action = models.CharField(_("measure"), max_length=16, choices=Action)
    # Row ids of people; empty: everybody.
    subjects = models.JSONField(default=list, blank=True)
    count = models.PositiveIntegerField(_("how many"), default=0)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(_("ended"), null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lift_reason = models.TextField(_("reason for ending it"), blank=True)

    history = History()

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.get_action_display()


class AffectedPerson(RowIdentity):
    """Somebody whose data is concerned. What of it is sealed for them, so that it goes when they are erased.

    ``scope_type`` "portal" is a made-up person of an exercise, with an ``address`` of their own; of real people the
    address is asked for when they are told.
    """

    class Notice(models.TextChoices):
        PENDING = "pending", pgettext_lazy("notice", "not told yet")
        SENT = "sent", pgettext_lazy("notice", "told")
        FAILED = "failed", pgettext_lazy("notice", "could not be reached")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="affected")
    scope_type = models.CharField(max_length=16, choices=Scope)
    subject_ref = models.UUIDField(db_index=True)
    details = SealedJSONField(_("what of it"))
    address = SealedTextField(_("address"), null=True, blank=True)
    notice = models.CharField(max_length=8, choices=Notice, default=Notice.PENDING)
    told_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("person concerned")
        verbose_name_plural = _("people concerned")
        ordering = ("pk",)
        indexes = (models.Index(fields=("incident", "notice")),)
        constraints = (
            models.UniqueConstraint(fields=("incident", "scope_type", "subject_ref"), name="affected_person_once"),
        )

    def __str__(self) -> str:
        return f"{self.scope_type} {self.subject_ref}"

    def sealing_subject(self) -> Subject:
        return PORTAL if self.scope_type == Scope.PORTAL else Subject(self.scope_type, self.subject_ref)


class NoticeTemplate(RowIdentity):
    """The words of a notice, by kind of incident, in every language. Never changed: other words are a new version.

    ``texts``: language -> {"subject", "body"}.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=Incident.Kind)
    version = models.PositiveIntegerField()
    texts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("template of a notice")
        verbose_name_plural = _("templates of notices")
        ordering = ("kind", "-version")
        constraints = (models.UniqueConstraint(fields=("kind", "version"), name="notice_template_version_once"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class NoticeBatch(RowIdentity):
    """The sending of notices to everybody concerned who has not been told. Can be gone on with after a fault."""

    class State(models.TextChoices):
        SENDING = "sending", pgettext_lazy("notices", "being sent")
        STOPPED = "stopped", pgettext_lazy("notices", "interrupted")
        DONE = "done", pgettext_lazy("notices", "sent")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="batches")
    template = models.ForeignKey(NoticeTemplate, models.PROTECT, related_name="+")
    message = models.TextField(_("your words"), blank=True)
    contact = models.CharField(_("whom to ask"), max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.SENDING)
    total = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    # Whoever goes on with it writes another one here, and the process that had it before stops.
    run = models.UUIDField(default=uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    began = models.DateTimeField(default=timezone.now)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notices")
        verbose_name_plural = _("notices")
        ordering = ("-began",)
        constraints = (
            models.UniqueConstraint(
                fields=("incident",), condition=~Q(state="done"), name="notice_batch_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sent}/{self.total}"


class AuthorityReport(RowIdentity):
    """What is told to the authority: made of the facts as they stood, and when it was handed in, where."""

    class Kind(models.TextChoices):
        FIRST = "first", _("First report")
        FOLLOW_UP = "follow_up", _("Further report")
        FINAL = "final", _("Final report")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="reports")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    authority = models.CharField(_("authority"), max_length=200)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    handed_in_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    reference = models.CharField(_("their reference"), max_length=100, blank=True)

    history = History()

    class Meta:
        verbose_name = _("report to an authority")
        verbose_name_plural = _("reports to authorities")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.authority}"


class Lesson(RowIdentity):
    """What was learned, as a task: who does what by when."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="lessons")
    text = models.TextField(_("what has to change"))
    responsible = models.CharField(_("who does it"), max_length=100)
    due_on = models.DateField(_("until"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    result = models.TextField(_("what came of it"), blank=True)
    created = models.DateTimeField(default=timezone.now)

    history = History()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ("due_on", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(done_at__isnull=True) | ~Q(result=""), name="lesson_done_with_a_result"),
        )

    def __str__(self) -> str:
        return self.text[:60]


class HoneyRecord(RowIdentity):
    """A planted row that nobody has a reason to open. It belongs to nobody; opening it raises an incident."""

    record_label = models.CharField(max_length=100)
    record_ref = models.UUIDField(unique=True, default=uuid4)
    note = models.CharField(_("where it was put"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("planted record")
        verbose_name_plural = _("planted records")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.record_label} {self.record_ref}"
