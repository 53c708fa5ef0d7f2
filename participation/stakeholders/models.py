"""People, the organisations they speak for, and the offices they hold."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.stakeholders.sealed_values import holds
from privacy.history.records import History
from privacy.sealing import index
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class StakeholderGroup(models.TextChoices):
    """The sides that are heard, each with an equal voice (利益相关方)."""

    CITIZEN = "citizen", _("Citizen")
    SOCIAL_ORGANISATION = "social_organisation", _("Social organisation")
    ENTERPRISE = "enterprise", _("Enterprise")
    GOVERNMENT = "government", _("Government department")
    RESEARCH = "research", _("Research institution")


# What the row of an erased account holds in place of a name: no letter, so that nobody can choose it.
ERASED_NAME = "—"
# And in place of an address: it reaches nobody (RFC 2606).
ERASED_AT = "@erased.invalid"


class PublicNameField(models.CharField):  # type: ignore[type-arg]
    """What everybody is called by. An erased account has no name; that is said in the reader's language."""

    def from_db_value(self, value: Any, *_of: Any) -> Any:
        return gettext("A person whose account was erased") if value == ERASED_NAME else value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(RowIdentity, AbstractBaseUser, PermissionsMixin):
    """A person: known by e-mail to the operator and by a pseudonym to the public."""

    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = PublicNameField(
        _("public name"), max_length=60, help_text=_("Shown beside what you publish. It need not be your real name.")
    )
    preferred_language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    phone = SealedTextField(_("telephone"), null=True, blank=True)
    phone_verified_at = models.DateTimeField(_("telephone confirmed"), null=True, blank=True, editable=False)
    contact_address = SealedTextField(_("contact address"), null=True, blank=True)
    real_name = SealedTextField(_("real name"), null=True, blank=True, needs_reason=True)
    identity_number = SealedTextField(_("identity number"), null=True, blank=True, needs_reason=True)
    # Not unique: refusing a number would tell who has an account, and let anybody keep a number from its owner. Whoever
    # verifies somebody is told of other accounts with the same number.
    identity_number_index = index.BlindIndexField(source="identity_number", normalise=index.identity_number)
    # What the person agreed to last; each act is a record of its own (privacy.rights.consent). True where nobody asked.
    shows_name = models.BooleanField(_("public name is shown"), default=True, editable=False)
    takes_mail = models.BooleanField(_("e-mails about what is followed are sent"), default=True, editable=False)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    objects = UserManager()
    # What people say of themselves is theirs to change: the log has no business with it.
    history = History(in_log=False, excluded_fields=["password", "last_login"])

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_any_case_once"),)

    def __str__(self) -> str:
        return self.display_name

    @property
    def public_name(self) -> str:
        """What the public calls somebody who speaks for themselves."""
        return self.display_name if self.shows_name else gettext("A citizen")

    def get_full_name(self) -> str:
        return self.display_name

    def sealing_subject(self) -> Subject:
        return Subject("person", self.row_id)

    @property
    def has_phone(self) -> bool:
        """Whether a number is held, found without opening it."""
        return holds(self, "phone")

    @property
    def held_roles(self) -> frozenset[str]:
        """The offices held now, whether they can be used or not."""
        return frozenset(self.appointments.current().values_list("role", flat=True))

    @cached_property
    def needs_second_factor(self) -> bool:
        """Whether an office waits until its holder has set up a second factor for signing in."""
        is_in_office = self.is_superuser or bool(self.held_roles)
        return settings.REQUIRE_MFA and is_in_office and not is_mfa_enabled(self)

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The offices that can be used now; asked once per request.

        None without the second factor, on pages, in sockets and in actions alike.
        """
        return frozenset() if self.needs_second_factor else self.held_roles

    def has_role(self, *roles: str) -> bool:
        """Whether the person holds any of these offices (``Role`` values)."""
        return self.is_active and not self.role_names.isdisjoint(roles)

    @cached_property
    def has_verified_email(self) -> bool:
        return EmailAddress.objects.filter(user=self, verified=True).exists()

    @cached_property
    def sides_taken(self) -> dict[int, str]:
        """The group that the person speaks for in each consultation, by its primary key; asked once per request."""
        return dict(self.sides.values_list("consultation", "group"))


# What the public may know of how long an organisation has been looked at.
DATES = ("verified_on", "valid_until", "accredited_until")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: User | AnonymousUser) -> OrganisationQuerySet:
        """Verified organisations are public; the others are known to those who act for them and who verify them."""
        if not user.is_authenticated:
            return self.filter(status=Organisation.Status.VERIFIED)
        if user.has_role(Role.MODERATOR, Role.AUDITOR):
            return self
        own = Mandate.objects.current().filter(person=user).values("organisation")
        return self.filter(Q(status=Organisation.Status.VERIFIED) | Q(pk__in=own))


class Organisation(RowIdentity):
    """A social organisation, enterprise, research institution or department that takes part."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for verification")
        VERIFIED = "verified", _("Verified")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Verification expired")

    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    valid_until = models.DateField(_("verification valid until"), null=True, blank=True)
    # A verified organisation goes on speaking while its renewal is looked at.
    renewal_asked_at = models.DateTimeField(_("renewal asked for"), null=True, blank=True)
    accredited_until = models.DateField(_("accredited as third-party evaluator until"), null=True, blank=True)
    legal_representative = SealedTextField(_("legal representative"), null=True, blank=True)
    bank_name = SealedTextField(_("bank"), null=True, blank=True)
    bank_account = SealedTextField(_("number of the bank account"), null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = OrganisationQuerySet.as_manager()
    history = History(public_fields=("group", "name", "name_en", "credit_code", "status", *DATES))
    public_texts = ("name", "credit_code")

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=~Q(group=StakeholderGroup.CITIZEN), name="organisation_is_no_citizen"),
            # A registration that was turned down does not keep the real organisation from registering.
            models.UniqueConstraint(
                fields=("credit_code",), condition=~Q(status="rejected"), name="organisation_credit_code_once"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("participation:stakeholders:organisation", args=[self.row_id])

    @property
    def is_accredited(self) -> bool:
        """Whether it is a third-party evaluator (第三方评价机构) today."""
        return self.accredited_until is not None and self.accredited_until >= timezone.localdate()

    @property
    def awaits_decision(self) -> bool:
        return self.status == self.Status.PENDING or self.renewal_asked_at is not None

    def sealing_subject(self) -> Subject:
        return Subject("organisation", self.row_id)

    def history_parts(self) -> tuple[models.QuerySet[Any], ...]:
        return (self.mandates.all(),)

    def history_name(self, user: User) -> str | None:
        """Who acts for an organisation is named by it, as beside what they say for it."""
        return self.name if user.pk in self._everybody_ever_mandated else None

    @cached_property
    def _everybody_ever_mandated(self) -> frozenset[int]:
        return frozenset(self.mandates.values_list("person", flat=True))


class CurrentQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def current(self) -> CurrentQuerySet:
        return self.filter(revoked_at__isnull=True)


class MandateQuerySet(CurrentQuerySet):
    def current(self) -> MandateQuerySet:
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()), revoked_at__isnull=True)


class Mandate(RowIdentity):
    """A person's right to act for an organisation, until it is revoked or its time is over."""

    person = models.ForeignKey(User, models.PROTECT, related_name="mandates")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="mandates")
    is_owner = models.BooleanField(_("may grant and revoke mandates"), default=False)
    granted_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = MandateQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "organisation"), condition=Q(revoked_at__isnull=True), name="mandate_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} / {self.organisation}"

    def history_name(self, user: User) -> str | None:
        return self.organisation.history_name(user)

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()


class Role(models.TextChoices):
    """Offices that somebody is appointed to. Everybody else is a visitor, citizen or member of an organisation."""

    EDITOR = "editor", _("Budget editor")
    REVIEWER = "reviewer", _("Budget reviewer")
    MODERATOR = "moderator", _("Moderator")
    OFFICER = "officer", _("Department officer")
    AUDITOR = "auditor", _("Auditor")
    INTEGRITY = "integrity", _("Integrity officer")
    PRIVACY = "privacy", _("Privacy officer")


class AppointmentQuerySet(CurrentQuerySet):
    def visible_to(self, user: User | AnonymousUser) -> AppointmentQuerySet:
        """Administrators make appointments and auditors check them; everybody knows their own."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser or user.has_role(Role.AUDITOR) else self.filter(person=user)


class Appointment(RowIdentity):
    """An office held by a person, for an officer in one department."""

    person = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    role = models.CharField(_("role"), max_length=16, choices=Role)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="appointments")
    granted_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = (
            models.CheckConstraint(
                condition=Q(role=Role.OFFICER, department__isnull=False)
                | (~Q(role=Role.OFFICER) & Q(department__isnull=True)),
                name="appointment_department_of_officer",
            ),
            models.UniqueConstraint(
                fields=("person", "role"),
                condition=Q(revoked_at__isnull=True, department__isnull=True),
                name="appointment_once",
            ),
            models.UniqueConstraint(
                fields=("person", "role", "department"),
                condition=Q(revoked_at__isnull=True, department__isnull=False),
                name="appointment_once_in_department",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()
