"""Versioned classifications (政府收支分类科目), and what departments and programmes were called in other years.

The room comes before the budgets that are classified by it: it knows departments and programmes by their names only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

CHINA = "CN"
# The jurisdiction of editions that are nobody's own.
EVERYWHERE = ""


class Scheme(models.TextChoices):
    """What money is classified by."""

    FUNCTIONAL = "functional", _("Functional classification")
    ECONOMIC = "economic", _("Economic classification of departments")
    GOVERNMENT_ECONOMIC = "government_economic", _("Economic classification of the government")
    COFOG = "cofog", _("Classification of the functions of government (COFOG)")
    FUND = "fund", _("Funds of a budget")
    UNIT = "unit", _("Units of indicators")


def code_address(scheme: str, code: str, jurisdiction: str) -> str:
    """Where a code is explained; it may mean one thing here and another one there."""
    address = reverse("cms:classification:code", args=[scheme, code])
    return f"{address}?of={jurisdiction}" if jurisdiction not in (CHINA, EVERYWHERE) else address


class VersionQuerySet(models.QuerySet["ClassificationVersion"]):
    def visible_to(self, user: User | AnonymousUser) -> VersionQuerySet:
        """Official lists are everybody's."""
        return self.all()


class ClassificationVersion(RowIdentity):
    """One edition of a classification, for the fiscal years from ``valid_from`` to ``valid_until``."""

    scheme = models.CharField(_("classification"), max_length=20, choices=Scheme)
    label = models.SlugField(_("edition"), max_length=60)
    jurisdiction = models.CharField(_("where it applies"), max_length=20, default=CHINA, blank=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    valid_from = models.PositiveSmallIntegerField(_("first fiscal year"), null=True, blank=True)
    valid_until = models.PositiveSmallIntegerField(_("last fiscal year"), null=True, blank=True)
    source = models.TextField(_("source"), blank=True)
    content_sha256 = models.CharField(_("fingerprint of the file"), max_length=64, blank=True)
    loaded_at = models.DateTimeField(_("loaded at"), auto_now_add=True)

    objects = VersionQuerySet.as_manager()
    history = History()  # Nothing of it changes once it is there; what is recorded is who brought it, and when.

    class Meta:
        verbose_name = _("edition of a classification")
        verbose_name_plural = _("editions of classifications")
        ordering = ("scheme", "jurisdiction", "-valid_from", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("scheme", "jurisdiction", "label"), name="classification_version_once"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="classification_version_lasts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} · {self.label}"


class ClassificationEntry(models.Model):
    """A code of one edition and what it stands for. Its parent is the longest code that it begins with."""

    version = models.ForeignKey(ClassificationVersion, models.CASCADE, related_name="entries")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    meaning = models.TextField(_("what belongs to it"), blank=True)
    meaning_en = models.TextField(_("what belongs to it, in English"), blank=True)
    basis = models.CharField(_("where code and name were found"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("code of a classification")
        verbose_name_plural = _("codes of classifications")
        ordering = ("version", "code")
        constraints = (models.UniqueConstraint(fields=("version", "code"), name="classification_entry_once"),)
        indexes = (models.Index(fields=("code",)),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return code_address(self.version.scheme, self.code, self.version.jurisdiction)


class ClassificationMatch(models.Model):
    """A code of one classification and the code of another that means the same, or nearly so."""

    class Closeness(models.TextChoices):
        SAME = "same", pgettext_lazy("correspondence of codes", "the same")
        NEAR = "near", pgettext_lazy("correspondence of codes", "nearly the same")
        PART = "part", pgettext_lazy("correspondence of codes", "a part of it")

    entry = models.ForeignKey(ClassificationEntry, models.CASCADE, related_name="matches")
    scheme = models.CharField(_("other classification"), max_length=20, choices=Scheme)
    code = models.CharField(_("code there"), max_length=64)
    closeness = models.CharField(_("how close"), max_length=8, choices=Closeness, default=Closeness.NEAR)
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        ordering = ("entry", "scheme", "code")
        constraints = (models.UniqueConstraint(fields=("entry", "scheme", "code"), name="classification_match_once"),)

    def __str__(self) -> str:
        return f"{self.entry.code} = {self.scheme} {self.code}"


class CorrectionQuerySet(models.QuerySet["ClassificationCorrection"]):
    def visible_to(self, user: User | AnonymousUser) -> CorrectionQuerySet:
        return self.all()


class ClassificationCorrection(RowIdentity):
    """What an editor corrected in a code after it was loaded, and why. Written once."""

    entry = models.ForeignKey(ClassificationEntry, models.PROTECT, related_name="corrections")
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    reason = models.TextField(_("reason"))
    corrected_at = models.DateTimeField(_("corrected at"), auto_now_add=True)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.entry}: {self.reason}"


class Spoken(models.QuerySet):  # type: ignore[type-arg]
    """What was declared about departments and programmes, and not withdrawn since."""

    def visible_to(self, user: User | AnonymousUser) -> Spoken:
        """A name that belongs to a published department is public; a draft's must not leak through its aliases."""
        model: Any = self.model
        owner = model.identity_of
        published = model._meta.get_field(owner).related_model._default_manager.visible_to(user)
        return self.filter(**{f"{owner}__in": published})

    def standing(self) -> Spoken:
        return self.filter(withdrawn_at__isnull=True)


class Declared(RowIdentity):
    """Said by an officer with a reason; taken back only with another one."""

    note = models.TextField(_("note for the public"), blank=True)
    note_en = models.TextField(_("note for the public, in English"), blank=True)
    source = models.CharField(_("document that says so"), max_length=300, blank=True)
    declared_at = models.DateTimeField(_("declared at"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Alias(Declared):
    """Another code, another name or both, in the fiscal years from ``valid_from`` to ``valid_until``.

    What is given has to fit; what is left empty fits everything.
    """

    code = models.CharField(_("other code"), max_length=64, blank=True)
    name = models.CharField(_("other name"), max_length=300, blank=True)
    name_en = models.CharField(_("other name in English"), max_length=300, blank=True)
    valid_from = models.PositiveSmallIntegerField(_("first fiscal year"), null=True, blank=True)
    valid_until = models.PositiveSmallIntegerField(_("last fiscal year"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()

    def fits(self, code: str, name: str, year: int) -> bool:
        return (
            self.code in ("", code)
            and self.name in ("", name)
            and (self.valid_from or year) <= year <= (self.valid_until or year)
        )

    def overlaps(self, other: Alias) -> bool:
        """Whether some code and name in some year would fit both."""
        first, last = self.valid_from or 0, self.valid_until or 9999
        return (
            ("" in (self.code, other.code) or self.code == other.code)
            and ("" in (self.name, other.name) or self.name == other.name)
            and first <= (other.valid_until or 9999)
            and (other.valid_from or 0) <= last
        )


PUBLIC_ALIAS = ("code", "name", "name_en", "valid_from", "valid_until", "note", "note_en", "source", "withdrawn_at")


class DepartmentAlias(Alias):
    """What a department (主管部门) is also called in sources, or was called once."""

    identity_of = "department"

    department = models.ForeignKey("cms.Department", models.PROTECT, related_name="aliases")

    objects = Spoken.as_manager()
    history = History(public_fields=("department", *PUBLIC_ALIAS))

    class Meta:
        verbose_name = _("other name of a department")
        verbose_name_plural = _("other names of departments")
        ordering = ("department", "valid_from", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(code="", name=""), name="department_alias_says_something"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="department_alias_lasts",
            ),
        )


class ProgrammeAlias(Alias):
    """The code or name under which a programme (项目) stands in sources of other years.

    ``under`` is the department that it stands under there, which is not always the one that it belongs to now.
    """

    identity_of = "programme"

    programme = models.ForeignKey("cms.Programme", models.PROTECT, related_name="aliases")
    under = models.ForeignKey(
        "cms.Department", models.PROTECT, related_name="programme_aliases", verbose_name=_("under the department")
    )

    objects = Spoken.as_manager()
    history = History(public_fields=("programme", "under", *PUBLIC_ALIAS))

    class Meta:
        verbose_name = _("other name of a programme")
        verbose_name_plural = _("other names of programmes")
        ordering = ("programme", "valid_from", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(code="", name=""), name="programme_alias_says_something"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="programme_alias_lasts",
            ),
        )


class DepartmentMerger(Declared):
    """From ``since`` on, ``successor`` carries on what ``predecessor`` did.

    Several predecessors of one successor are a merger; several successors of one predecessor are a split.
    """

    identity_of = "successor"

    predecessor = models.ForeignKey("cms.Department", models.PROTECT, related_name="successions")
    successor = models.ForeignKey("cms.Department", models.PROTECT, related_name="inheritances")
    since = models.DateField(_("from"))

    objects = Spoken.as_manager()
    history = History(public_fields=("predecessor", "successor", "since", "note", "note_en", "source", "withdrawn_at"))

    class Meta:
        verbose_name = _("merger or split of departments")
        verbose_name_plural = _("mergers and splits of departments")
        ordering = ("since", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("predecessor", "successor"),
                condition=Q(withdrawn_at__isnull=True),
                name="department_merger_once",
            ),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="department_merger_of_two"),
        )

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} ({self.since})"
