"""Use of results (评价结果应用): which grade means what for the money of a later year, as dated rules."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cms.calendars.models import CHINA
from participation.rectification.ladder.models import DatedQuerySet
from participation.rectification.models import BudgetLinkage
from privacy.history.records import History
from privacy.sealing.models import RowIdentity


class LinkageRule(RowIdentity):
    """What a grade triggers, as it stands from ``valid_from`` on. A changed rule is a new row."""

    jurisdiction = models.CharField(_("where it applies"), max_length=20, default=CHINA)
    # The code of a grade of a scoring scheme (``SchemeGrade.code``).
    grade = models.SlugField(_("grade"), max_length=30)
    decision = models.CharField(_("decision"), max_length=8, choices=BudgetLinkage.Decision)
    # The part that is cut or added at least, from 0 to 1.
    ratio = models.DecimalField(_("by how much"), max_digits=4, decimal_places=3, null=True, blank=True)
    text = models.CharField(_("what follows"), max_length=200)
    text_en = models.CharField(_("what follows, in English"), max_length=200, blank=True)
    source = models.CharField(_("who set it"), max_length=200)
    source_en = models.CharField(_("who set it, in English"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()
    history = History()  # Nothing of it changes once it is there.

    class Meta:
        verbose_name = _("rule for the use of results")
        verbose_name_plural = _("rules for the use of results")
        ordering = ("jurisdiction", "pk")
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "grade", "valid_from"), name="linkage_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="linkage_rule_lasts"
            ),
            models.CheckConstraint(
                condition=Q(ratio__isnull=True) | Q(ratio__gt=0, ratio__lte=1), name="linkage_rule_ratio_0_to_1"
            ),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.grade}"
