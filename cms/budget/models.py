"""Budget releases (预算公开批次) and what they are made of.

Amounts are integers in the minor unit of the release's currency (分, cent). A blank amount is NULL and is not zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


# What a government is taken to follow when its first budget comes in; afterwards somebody says what it follows.
BEGINS_UNDER = {"CNY": "CN"}


class Phase(models.TextChoices):
    """Stages of one year's money, in the order in which a budget passes through them."""

    PROPOSED = "proposed", _("Proposed")
    ADOPTED = "adopted", pgettext_lazy("phase of a budget", "Adopted")
    ADJUSTED = "adjusted", _("Adjusted")
    COMMITTED = "committed", _("Committed")
    EXECUTED = "executed", _("Executed")


class Government(models.Model):
    """A government that publishes budgets."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    is_fictitious = models.BooleanField(_("made up for demonstration"), default=False)
    # Whose classifications, calendar, periods and checks apply; ``CN-33`` inherits from ``CN``.
    jurisdiction = models.CharField(_("jurisdiction"), max_length=20, blank=True, help_text=_("ISO 3166, such as CN"))

    class Meta:
        verbose_name = _("government")
        verbose_name_plural = _("governments")

    def __str__(self) -> str:
        return self.name


class JurisdictionChangeQuerySet(models.QuerySet["JurisdictionChange"]):
    def visible_to(self, user: User | AnonymousUser) -> JurisdictionChangeQuerySet:
        """By which rules a government is read is everybody's to know."""
        return self.all()


class JurisdictionChange(RowIdentity):
    """From now on other rules apply to a government, and why. Written once."""

    government = models.ForeignKey(Government, models.PROTECT, related_name="jurisdiction_changes")
    before = models.CharField(_("before"), max_length=20, blank=True)
    after = models.CharField(_("after"), max_length=20, blank=True)
    reason = models.TextField(_("reason"))
    changed_at = models.DateTimeField(_("changed at"), auto_now_add=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = JurisdictionChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.government}: {self.before or '–'} → {self.after or '–'}"


class DepartmentQuerySet(models.QuerySet["Department"]):
    def visible_to(self, user: User | AnonymousUser) -> DepartmentQuerySet:
        """A department is public once a release with a line of it is: drafts must not leak through their names."""
        lines = Line.objects.visible_to(user).filter(department=models.OuterRef("pk"))
        return self.filter(models.Exists(lines))


class Department(RowIdentity):
    """A competent department (主管部门) of one government."""

    government = models.ForeignKey(Government, models.PROTECT, related_name="departments")
    code = models.CharField(_("code"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ("code", "name")
        constraints = (models.UniqueConstraint(fields=("government", "code", "name"), name="department_once"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("cms:budget:department", args=[self.row_id])


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User | AnonymousUser) -> ProgrammeQuerySet:
        lines = Line.objects.visible_to(user).filter(programme=models.OuterRef("pk"))
        return self.filter(models.Exists(lines))


class Programme(RowIdentity):
    """A programme (项目) that keeps its identity from year to year."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="programmes")
    code = models.CharField(_("code"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ("code", "name")
        constraints = (models.UniqueConstraint(fields=("department", "code", "name"), name="programme_once"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("cms:budget:programme", args=[self.row_id])


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published(self) -> ReleaseQuerySet:
        return self.filter(published_at__isnull=False)

    def visible_to(self, user: User | AnonymousUser) -> ReleaseQuerySet:
        """Everybody reads what is published; those who prepare disclosures read drafts too."""
        if user.is_authenticated and user.has_role("editor", "reviewer", "auditor"):
            return self
        return self.published()

    def newest_versions(self) -> ReleaseQuerySet:
        """Of these releases the last version of each year of each government: sums must not count a year twice."""
        newer = self.filter(
            government=models.OuterRef("government"),
            fiscal_year=models.OuterRef("fiscal_year"),
            version__gt=models.OuterRef("version"),
        )
        return self.filter(~models.Exists(newer))


class Release(RowIdentity):
    """One immutable, versioned publication of budget lines. A correction is a new release."""

    government = models.ForeignKey(Government, models.PROTECT, related_name="releases")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    version = models.PositiveSmallIntegerField(_("version"))
    currency = models.CharField(_("currency"), max_length=3, help_text=_("ISO 4217"))
    phases = models.JSONField(_("phases"), default=list, help_text=_("the phases this release has amounts for"))
    source_name = models.CharField(_("source file"), max_length=255)
    source_sha256 = models.CharField(_("fingerprint of the source file"), max_length=64)
    source_bytes = models.PositiveBigIntegerField(_("size of the source file"))
    mapping = models.JSONField(_("mapping"), default=dict)
    mapping_sha256 = models.CharField(max_length=64)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    check_row_count = models.PositiveIntegerField(_("check rows"), default=0)
    totals = models.JSONField(_("totals"), default=dict, help_text=_("phase to minor units, over the lines"))
    as_of = models.DateField(_("figures as of"), null=True, blank=True)
    # 批复: the day from which the term for publication runs.
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    imported_at = models.DateTimeField(_("imported at"), auto_now_add=True)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The editor who prepared it answers for it, before a reviewer publishes it.
    signed_off_at = models.DateTimeField(_("signed off at"), null=True, blank=True)
    signed_off_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sign_off_note = models.TextField(_("note of the sign-off"), blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()
    history = History(
        public_fields=(
            "fiscal_year",
            "version",
            "currency",
            "line_count",
            "check_row_count",
            "as_of",
            "approved_on",
            "signed_off_at",
            "published_at",
            "source_name",
            "source_sha256",
        )
    )

    class Meta:
        verbose_name = _("budget release")
        verbose_name_plural = _("budget releases")
        ordering = ("-fiscal_year", "government", "-version")
        constraints = (
            models.UniqueConstraint(fields=("government", "fiscal_year", "version"), name="release_version_once"),
            models.UniqueConstraint(fields=("source_sha256", "mapping_sha256"), name="release_source_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="release_version_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.government} {self.fiscal_year} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("cms:budget:release", args=[self.row_id])

    @property
    def jurisdiction(self) -> str:
        """Whose classifications, calendar and periods apply (ISO 3166); empty where nobody said so."""
        return self.government.jurisdiction


class LineQuerySet(models.QuerySet["Line"]):
    def facts(self) -> LineQuerySet:
        """Only the lines that may be summed: subtotals of the source are check values."""
        return self.filter(is_leaf=True)

    def visible_to(self, user: User | AnonymousUser) -> LineQuerySet:
        return self.filter(release__in=Release.objects.visible_to(user))


class Line(RowIdentity):
    """One row of a release, as published. Byte-identical rows are legitimate and are all kept."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="lines")
    row_number = models.PositiveIntegerField(_("row in the source file"), help_text=_("1 is the first data row"))
    is_leaf = models.BooleanField(_("is a fact"), default=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="lines")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="lines")
    functional_code = models.CharField(_("functional code"), max_length=64, blank=True)
    functional_name = models.CharField(_("function"), max_length=300, blank=True)
    economic_code = models.CharField(_("economic code"), max_length=64, blank=True)
    economic_name = models.CharField(_("economic type"), max_length=300, blank=True)
    fund = models.CharField(_("fund"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    proposed = models.BigIntegerField(_("proposed"), null=True)
    adopted = models.BigIntegerField(_("adopted"), null=True)
    adjusted = models.BigIntegerField(_("adjusted"), null=True)
    committed = models.BigIntegerField(_("committed"), null=True)
    executed = models.BigIntegerField(_("executed"), null=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ("release", "row_number")
        constraints = (models.UniqueConstraint(fields=("release", "row_number"), name="line_row_once"),)
        indexes = (
            models.Index(fields=("release", "is_leaf", "department")),
            models.Index(fields=("release", "is_leaf", "functional_code")),
            models.Index(F("programme"), F("release"), name="line_programme_release"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The most telling of the names that the source gives the line."""
        return (
            (self.programme.name if self.programme else "")
            or self.economic_name
            or self.functional_name
            or (self.department.name if self.department else "")
            or f"#{self.row_number}"
        )

    @property
    def title_en(self) -> str:
        if self.programme:
            return self.programme.name_en
        return ""

    def get_absolute_url(self) -> str:
        return reverse("cms:budget:line", args=[self.row_id])


class ImportProblem(models.Model):
    """What an import noticed about its source, kept with the release for readers to see."""

    class Severity(models.TextChoices):
        INFO = "info", _("Note")
        WARNING = "warning", _("Warning")
        ERROR = "error", _("Error")

    release = models.ForeignKey(Release, models.PROTECT, related_name="problems")
    row_number = models.PositiveIntegerField(null=True)
    severity = models.CharField(max_length=8, choices=Severity)
    code = models.CharField(max_length=40)
    message = models.TextField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.row_number}: {self.message}"
