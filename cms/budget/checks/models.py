"""What the checks of a release found, and who let a release pass all the same, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Release
from cms.budget.tables import DisclosureTable, TableRow
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class Severity(models.TextChoices):
    """How grave a finding is, the gravest first. Errors keep a release from being published."""

    ERROR = "error", _("Error")
    WARN = "warn", _("Warning")
    INFO = "info", _("Rounding or note")


class Outcome(models.TextChoices):
    PASSED = "passed", _("Passed")
    FOUND = "found", _("Something found")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class CheckResult(models.Model):
    """What one rule came to for one department's document, or for the release as a whole (no department)."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="check_results")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    rule_id = models.CharField(max_length=16)
    outcome = models.CharField(max_length=16, choices=Outcome)
    compared = models.PositiveIntegerField(default=0, help_text=_("how many comparisons were made"))
    # Why a rule, or a part of it, could not be applied: word and values, told in the reader's language.
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("release", "department", "rule_id"), name="check_result_once"),
            models.UniqueConstraint(
                fields=("release", "rule_id"),
                condition=models.Q(department=None),
                name="check_result_once_without_department",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} {self.outcome}"


class FindingQuerySet(models.QuerySet["CheckFinding"]):
    def current(self) -> FindingQuerySet:
        """What the last run found: a finding that went away stays on record but is over."""
        return self.filter(is_current=True)

    def blocking(self) -> FindingQuerySet:
        return self.current().filter(severity=Severity.ERROR, override__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> FindingQuerySet:
        """With the release; of a draft an officer also sees what concerns the department of the office."""
        visible = models.Q(release__in=Release.objects.visible_to(user))
        if user.is_authenticated and user.has_role("officer"):
            offices = user.appointments.current().filter(role="officer")
            visible |= models.Q(department__in=offices.values("department"))
        return self.filter(visible)


class CheckFinding(RowIdentity):
    """One thing that a rule found: where, both values, and the difference."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="check_findings")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    rule_id = models.CharField(max_length=16)
    severity = models.CharField(max_length=8, choices=Severity)
    table = models.ForeignKey(DisclosureTable, models.PROTECT, null=True, related_name="+")
    table_row = models.ForeignKey(TableRow, models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="+")
    left_amount = models.BigIntegerField(_("one side"), null=True)
    right_amount = models.BigIntegerField(_("other side"), null=True)
    detail = models.JSONField(default=dict, help_text=_("what was compared, in the words of the rule file"))
    fingerprint = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)
    found_at = models.DateTimeField(auto_now_add=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("release", "fingerprint"), name="check_finding_once"),)

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.difference}"

    @property
    def difference(self) -> int | None:
        """The first value less the second, in minor units."""
        if self.left_amount is None or self.right_amount is None:
            return None
        return int(self.left_amount - self.right_amount)

    @property
    def blocks(self) -> bool:
        return self.is_current and self.severity == Severity.ERROR and not hasattr(self, "override")

    def told(self, key: str) -> Any:
        return self.detail.get(key)


class OverrideQuerySet(models.QuerySet["CheckOverride"]):
    def visible_to(self, user: User | AnonymousUser) -> OverrideQuerySet:
        return self.filter(finding__in=CheckFinding.objects.visible_to(user))


class CheckOverride(RowIdentity):
    """Somebody answers for publishing in spite of an error. The reason is published with the release."""

    finding = models.OneToOneField(CheckFinding, models.PROTECT, related_name="override")
    reason = models.TextField(_("reason"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    created = models.DateTimeField(_("made"), auto_now_add=True)

    objects = OverrideQuerySet.as_manager()
    history = History(public_fields=("reason", "created"))

    class Meta:
        verbose_name = _("override of a check")
        verbose_name_plural = _("overrides of checks")

    def __str__(self) -> str:
        return str(self.finding)
