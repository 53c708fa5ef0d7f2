"""Periods that laws and this portal set for personal data: dated rows of data for each jurisdiction, never constants.

``deadline("request/answer", since)`` is what rooms ask. Kinds are words with a slash between them: ``request/answer``,
``request/extension``, ``erasure/cooling-off``, ``export/link``, ``incident/authority``, ``incident/people``,
``incident/final-report``, ``processing/keeping``, ``retention/<key>``. A kind that no rule is about has no deadline.
"""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.history.records import History
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.sealing.models import RowIdentity

FOLDER = Path(__file__).with_name("data") / "rules"


class LegalRuleQuerySet(models.QuerySet["LegalRule"]):
    def visible_to(self, user: Any) -> LegalRuleQuerySet:
        """What applies to everybody may be known by everybody."""
        return self

    def valid_on(self, day: date) -> LegalRuleQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class LegalRule(RowIdentity):
    """One period, as it stands from ``valid_from`` on. A changed law is a new row; what happened before is judged by
    the old one.

    ``jurisdiction``: "CN", "CN-33" (which inherits from CN), "EU". ``origin`` says how far the text can be relied on.
    """

    class Unit(models.TextChoices):
        HOURS = "hours", gettext_lazy("hours")
        DAYS = "days", gettext_lazy("days")
        WORKING_DAYS = "working_days", gettext_lazy("working days")
        MONTHS = "months", gettext_lazy("months")

    class Origin(models.TextChoices):
        LAW = "law", gettext_lazy("in the text of the law")
        KNOWN = "known", gettext_lazy("generally known, and not compared with the text of the law yet")
        OWN = "own", gettext_lazy("set by this portal, where the law names no number")

    jurisdiction = models.CharField(gettext_lazy("where it applies"), max_length=20)
    kind = models.CharField(gettext_lazy("rule"), max_length=60)
    amount = models.PositiveIntegerField(gettext_lazy("how long"))
    unit = models.CharField(gettext_lazy("counted in"), max_length=12, choices=Unit)
    basis = models.CharField(gettext_lazy("basis"), max_length=300)
    basis_en = models.CharField(gettext_lazy("basis, in English"), max_length=300, blank=True)
    origin = models.CharField(gettext_lazy("where it comes from"), max_length=8, choices=Origin, default=Origin.LAW)
    url = models.URLField(gettext_lazy("address of the text"), max_length=300, blank=True)
    valid_from = models.DateField(gettext_lazy("valid from"))
    valid_until = models.DateField(gettext_lazy("valid until"), null=True, blank=True)

    objects = LegalRuleQuerySet.as_manager()
    history = History(
        public_fields=(
            *("jurisdiction", "kind", "amount", "unit", "basis", "basis_en", "origin", "url"),
            *("valid_from", "valid_until"),
        )
    )

    class Meta:
        verbose_name = gettext_lazy("period for personal data")
        verbose_name_plural = gettext_lazy("periods for personal data")
        ordering = ("jurisdiction", "kind", "valid_from")
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "kind", "valid_from"), name="legal_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="legal_rule_lasts"
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="legal_rule_has_a_length"),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.kind}"

    def after(self, since: datetime) -> datetime:
        """The last moment of the period that begins with ``since``. Hours are counted exactly; of everything else the
        day that starts it is not counted, and the last one ends at midnight, local time."""
        if self.unit == self.Unit.HOURS:
            return since + timedelta(hours=self.amount)
        day = timezone.localdate(since)
        if self.unit == self.Unit.DAYS:
            last = day + timedelta(days=self.amount)
        elif self.unit == self.Unit.MONTHS:
            last = _months_after(day, self.amount)
        else:
            last = directory().working_days_after(day, self.amount, self.jurisdiction)
        return timezone.make_aware(datetime.combine(last, time(23, 59, 59)))


def _months_after(day: date, months: int) -> date:
    """The same day of the month, or the last one of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# Asking ------------------------------------------------------------------------------------------


def rule(kind: str, on: date | None = None, *, jurisdiction: str | None = None) -> LegalRule | None:
    """The rule of this kind on a day (today), by default of ``settings.PRIVACY_JURISDICTION``. What a jurisdiction says
    itself goes before what it inherits."""
    code = jurisdiction or settings.PRIVACY_JURISDICTION
    parts = code.split("-")
    lineage = ["-".join(parts[:length]) for length in range(1, len(parts) + 1)]
    found = LegalRule.objects.valid_on(on or timezone.localdate()).filter(kind=kind, jurisdiction__in=lineage)
    return max(found, key=lambda one: (len(one.jurisdiction), one.valid_from), default=None)


def deadline(kind: str, since: datetime, *, jurisdiction: str | None = None) -> datetime | None:
    """The last moment for what began with ``since``; None where no rule says so."""
    found = rule(kind, timezone.localdate(since), jurisdiction=jurisdiction)
    return found.after(since) if found else None


# Entering ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleDefinition:
    """Everything that a row of ``LegalRule`` says."""

    jurisdiction: str
    kind: str
    amount: int
    unit: str
    basis: str
    valid_from: date
    basis_en: str = ""
    origin: str = LegalRule.Origin.LAW.value
    url: str = ""
    valid_until: date | None = None

    def __post_init__(self) -> None:
        LegalRule.Unit(self.unit)
        LegalRule.Origin(self.origin)
        if type(self.amount) is not int or self.amount < 1:
            raise ValueError(f"{self.kind} lasts no {self.amount!r}")
        if not isinstance(self.valid_from, date) or not isinstance(self.valid_until, date | None):
            raise TypeError(f"{self.kind} is not valid from a day")

    def as_json(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def read_rules(content: bytes) -> list[RuleDefinition]:
    """Raises ``ValueError``, ``TypeError`` or ``KeyError`` that names what is wrong with the file."""
    given = tomllib.loads(content.decode("utf-8"))
    laws: dict[str, dict[str, Any]] = given["laws"]
    return [RuleDefinition(**{**laws[row.pop("law")], **row}) for row in given["rules"]]


def files() -> Iterator[Path]:
    """The rules that come with the portal: those of the PIPL (个人信息保护法) and of the GDPR."""
    return iter(sorted(FOLDER.glob("*.toml")))


@transaction.atomic
def enter_rule(definition: RuleDefinition, *, acting_user: Any) -> LegalRule:
    """Enter one period, once: what is there with the same words stays as it is.

    ``acting_user`` is None for whoever runs commands at the machine. Raises ``ValueError`` where the rule says
    something else from that day on: deadlines were counted by it.
    """
    found = LegalRule.objects.filter(
        jurisdiction=definition.jurisdiction, kind=definition.kind, valid_from=definition.valid_from
    ).first()
    if found is not None:
        if any(getattr(found, field.name) != getattr(definition, field.name) for field in fields(definition)):
            message = _("%(rule)s is on record already and says something else. Enter the change from a later day on.")
            raise ValueError(message % {"rule": found})
        return found
    with acting(acting_user, reason=_("Period for personal data entered")):
        entered: LegalRule = LegalRule.objects.create(**vars(definition))
    append_leaf(
        LeafKind.LEGAL_RULE_ENTERED,
        entered,
        public={"valid_from": entered.valid_from.isoformat()},
        committed={"rule": canonical(definition.as_json())},
    )
    return entered
