"""Moderation: the rules of the house, what is reported, what was decided, and what its author says to that.

Nothing here holds or destroys what somebody said: a decision points to it, and what was said stays in its own room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

# Beside these, the kinds that later rooms register in ``items``.
Item = Feedback | Evaluation | Event | Any
KINDS = ("feedback", "evaluation", "message", "proposal", "statement", "photo")


def about_one_item(name: str) -> models.CheckConstraint:
    one = Q(pk__in=[])
    for kind in KINDS:
        one |= Q(**{f"{other}__isnull": other != kind for other in KINDS})
    return models.CheckConstraint(condition=one, name=name)


def once_per_item(field: str, name: str) -> list[models.UniqueConstraint]:
    return [
        models.UniqueConstraint(
            fields=(field, kind), condition=Q(**{f"{kind}__isnull": False}), name=f"{name}_of_{kind}"
        )
        for kind in KINDS
    ]


class AboutItem(RowIdentity):
    """About one thing that somebody said. A new kind of input gets a column here and a line in ``items.py``."""

    feedback = models.ForeignKey(Feedback, models.PROTECT, null=True, related_name="%(class)s_set")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="%(class)s_set")
    message = models.ForeignKey(Event, models.PROTECT, null=True, related_name="%(class)s_set")
    proposal = models.ForeignKey(
        "participation.ProjectProposal", models.PROTECT, null=True, related_name="%(class)s_set"
    )
    statement = models.ForeignKey("participation.Statement", models.PROTECT, null=True, related_name="%(class)s_set")
    photo = models.ForeignKey("participation.PlacePhoto", models.PROTECT, null=True, related_name="%(class)s_set")

    class Meta:
        abstract = True

    @property
    def item(self) -> Item:
        return getattr(self, next(kind for kind in KINDS if getattr(self, f"{kind}_id") is not None))

    def sealing_subject(self) -> Subject:
        item = self.item
        return (item.actor if isinstance(item, Event) else item.author).sealing_subject()


def authored_by(user: User) -> Q:
    authors = (
        *("feedback__author", "evaluation__author", "message__actor"),
        *("proposal__author", "statement__author", "photo__author"),
    )
    return Q(*((author, user) for author in authors), _connector=Q.OR)


class HouseRuleQuerySet(models.QuerySet["HouseRule"]):
    def visible_to(self, user: User | AnonymousUser) -> HouseRuleQuerySet:
        return self.all()

    def in_force(self, day: Any = None) -> HouseRuleQuerySet:
        day = day or timezone.localdate()
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class HouseRule(RowIdentity):
    """A rule of how people speak here (发言规则), as it stands from ``valid_from`` on. A changed rule is a new row."""

    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=100)
    title_en = models.CharField(_("title in English"), max_length=100, blank=True)
    text = models.TextField(_("rule"), max_length=1000)
    text_en = models.TextField(_("rule, in English"), max_length=1000, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = HouseRuleQuerySet.as_manager()
    history = History(public_fields=("number", "title", "title_en", "text", "text_en", "valid_from", "valid_until"))
    public_texts = ("title", "title_en", "text", "text_en")

    class Meta:
        verbose_name = _("house rule")
        verbose_name_plural = _("house rules")
        ordering = ("number", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=("number", "valid_from"), name="house_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="house_rule_lasts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        return f"{reverse('participation:moderation:rules')}#rule-{self.number}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """Those who moderate and check, and whoever wrote what it is about."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_role("moderator", "auditor") else self.filter(authored_by(user))

    def with_item(self) -> DecisionQuerySet:
        """With all that a page tells of each, in one query."""
        return self.select_related(*WITH_ITEM, "rule", "decided_by", "reviewed_by", "appeal__decided_by")


# What telling where a message was said asks for.
IN_ROOM = (
    "message__room__consultation",
    "message__room__release__government",
    "message__room__programme",
    "message__room__evaluation__consultation",
    "message__room__evaluation__programme",
    "message__room__task__finding__answer__consultation",
)
WITH_ITEM = (
    "feedback__author",
    "feedback__organisation",
    "feedback__consultation",
    "evaluation__author",
    "evaluation__organisation",
    "evaluation__consultation",
    "evaluation__programme",
    "message__actor",
    "message__organisation",
    "proposal__author",
    "proposal__allocation__consultation",
    "statement__author",
    "statement__organisation",
    "statement__conversation",
    "statement__consultation",
    "photo__author",
    "photo__task__finding__answer__consultation",
    "photo__task__finding__evaluation_finding__evaluation__consultation",
    *IN_ROOM,
)


class Decision(AboutItem):
    """What a moderator decided about something that was said. Hiding cites a rule and is looked at by a second one."""

    class Deed(models.TextChoices):
        HIDE = "hide", _("Hidden")
        RESTORE = "restore", _("Shown again")
        RELEASE = "release", _("Shown after it was looked at")
        KEEP = "keep", _("Left as it is")

    class Review(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed by a second moderator")
        OVERTURNED = "overturned", _("Overturned by a second moderator")

    deed = models.CharField(_("decision"), max_length=8, choices=Deed)
    rule = models.ForeignKey(HouseRule, models.PROTECT, null=True, related_name="decisions")
    reason = models.TextField(_("reason"), max_length=1000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now, db_index=True)
    review = models.CharField(_("second opinion"), max_length=12, choices=Review, blank=True)
    review_reason = models.TextField(_("reason of the second moderator"), max_length=1000, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("decision of a moderator")
        verbose_name_plural = _("decisions of moderators")
        ordering = ("-decided_at", "-pk")
        constraints = (
            about_one_item("decision_about_one_thing"),
            models.CheckConstraint(condition=~Q(deed="hide") | Q(rule__isnull=False), name="hiding_cites_a_rule"),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("decided_by")), name="decision_second_person"
            ),
            models.CheckConstraint(
                condition=Q(review="", reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (~Q(review="") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
                name="decision_reviewed_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_deed_display()}: {self.item}"

    def get_absolute_url(self) -> str:
        return reverse("participation:moderation:decision", args=[self.row_id])

    @property
    def awaits_review(self) -> bool:
        return self.deed == self.Deed.HIDE and not self.review


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, user: User | AnonymousUser) -> AppealQuerySet:
        return self.filter(decision__in=Decision.objects.visible_to(user))

    def waiting(self) -> AppealQuerySet:
        return self.filter(outcome="")


class Appeal(RowIdentity):
    """What an author says against hiding: once, decided by a moderator who had no part in it."""

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("It is shown again")
        REJECTED = "rejected", _("It stays hidden")

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="appeal")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.TextField(_("why it should be shown"), max_length=2000)
    created = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("appeal against a decision")
        verbose_name_plural = _("appeals against decisions")
        ordering = ("created", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome="", decided_by__isnull=True) | (~Q(outcome="") & Q(decided_by__isnull=False)),
                name="appeal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("author")), name="appeal_not_decided_by_author"
            ),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def sealing_subject(self) -> Subject:
        return self.author.sealing_subject()


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User | AnonymousUser) -> ReportQuerySet:
        """Moderators, but for reports on their own words; everybody knows what they reported themselves."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role("moderator"):
            return self.exclude(authored_by(user))
        return self.filter(reporter=user)

    def waiting(self) -> ReportQuerySet:
        return self.filter(settled_by__isnull=True)


class Report(AboutItem):
    """Somebody says that something breaks a rule. One a person and thing; settled by the next decision about it."""

    class Reason(models.TextChoices):
        PERSONAL = "personal", _("Personal information of somebody")
        ABUSE = "abuse", _("Insult, threat or hate")
        FALSE = "false", _("False accusation of a person")
        ADVERT = "advert", _("Advertising or spam")
        OFF_TOPIC = "off_topic", _("Not about this budget")
        ILLEGAL = "illegal", _("Against the law")
        OTHER = "other", _("Something else")

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_made")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    words = models.TextField(_("in your own words"), max_length=1000, blank=True)
    created = models.DateTimeField(default=timezone.now)
    settled_by = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="reports")

    objects = ReportQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("report on something said")
        verbose_name_plural = _("reports on things said")
        ordering = ("created", "pk")
        constraints = (about_one_item("report_about_one_thing"), *once_per_item("reporter", "report_once"))

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.item}"

    def sealing_subject(self) -> Subject:
        return self.reporter.sealing_subject()
