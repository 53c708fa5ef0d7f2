"""Changes to organisations, mandates and offices."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Department
from cms.pages.site import sync_editor_groups
from participation.stakeholders.credit_code import is_well_formed
from participation.stakeholders.models import Appointment, Mandate, Organisation, Role, StakeholderGroup, User
from participation.stakeholders.names import public_name
from participation.stakeholders.permissions import require_confirmed, require_moderator, require_person
from participation.stakeholders.queries import own_phone
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@sensitive_variables("phone")
@transaction.atomic
def change_profile(*, display_name: str, preferred_language: str, phone: str, acting_user: User) -> User:
    """Change what a person says of themselves. An empty ``phone`` removes the sealed number."""
    person = User.objects.select_for_update().get(pk=require_person(acting_user).pk)
    if preferred_language not in dict(settings.LANGUAGES):
        raise Invalid(_("Please choose a language."), field="preferred_language")
    person.display_name = public_name(display_name, person)
    person.preferred_language = preferred_language
    if phone.strip() != own_phone(person):
        person.phone = phone.strip() or None
    with acting(person):
        person.save()
    return person


@transaction.atomic
def register_organisation(
    *, group: str, name: str, name_en: str = "", credit_code: str, acting_user: User
) -> Organisation:
    """Register an organisation, waiting for verification, with the person who registers it as its owner.

    A credit code whose check character is wrong is accepted (real ones exist), one of a wrong shape is not.
    """
    person = require_confirmed(acting_user)
    code, name = credit_code.strip().upper(), name.strip()
    if not name:
        raise Invalid(_("Please write the name of the organisation."), field="name")
    if group not in StakeholderGroup.values or group == StakeholderGroup.CITIZEN:
        raise Invalid(_("Please choose what kind of organisation this is."), field="group")
    if not is_well_formed(code):
        raise Invalid(
            _("A unified social credit code has 18 digits and capital letters, without I, O, S, V and Z."),
            field="credit_code",
        )
    try:
        with transaction.atomic(), acting(person):
            organisation = Organisation.objects.create(
                group=group, name=name, name_en=name_en.strip(), credit_code=code
            )
            Mandate.objects.create(person=person, organisation=organisation, is_owner=True)
    except IntegrityError:
        raise Conflict(
            _("This organisation is registered already. Ask its owner for a mandate."), field="credit_code"
        ) from None
    append_leaf(
        LeafKind.ORGANISATION_REGISTERED,
        organisation,
        public={"group": organisation.group},
        committed={"name": organisation.name, "credit_code": code},
    )
    return organisation


@transaction.atomic
def verify_organisation(organisation: Organisation, *, accept: bool, reason: str, acting_user: User) -> Organisation:
    require_moderator(acting_user)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if locked.status != Organisation.Status.PENDING:
        raise Conflict
    if locked.mandates.current().filter(person=acting_user).exists():
        raise NotAllowed(_("You act for this organisation yourself, so somebody else has to verify it."))
    if not accept and not reason.strip():
        raise Invalid(_("Please give the reason, so that the organisation knows what to mend."), field="reason")
    locked.status = Organisation.Status.VERIFIED if accept else Organisation.Status.REJECTED
    with acting(acting_user, reason=reason.strip()):
        locked.save()
    append_leaf(
        LeafKind.ORGANISATION_VERIFIED,
        locked,
        public={"status": locked.status},
        committed={"reason": reason.strip()},
    )
    return locked


@transaction.atomic
def grant_mandate(organisation: Organisation, *, person: User, acting_user: User) -> Mandate:
    """Let ``person`` act for the organisation. Only an owner may."""
    if not organisation.mandates.current().filter(person=acting_user, is_owner=True).exists():
        raise NotAllowed
    mandate, created = Mandate.objects.get_or_create(person=person, organisation=organisation, revoked_at=None)
    if not created:
        raise Conflict(_("This person acts for the organisation already."))
    append_leaf(
        LeafKind.MANDATE_GRANTED,
        mandate,
        public={"organisation": str(organisation.row_id)},
        committed={"person": str(person.row_id)},
    )
    return mandate


@transaction.atomic
def grant_appointment(
    *, person: User, role: Role, department: Department | None = None, acting_user: User | None
) -> Appointment:
    """Appoint ``person`` to an office. ``acting_user`` is an administrator, or None for the operator's command line."""
    if acting_user is not None and not acting_user.is_superuser:
        raise NotAllowed
    if (role == Role.OFFICER) != (department is not None):
        raise Invalid(_("An officer belongs to a department; the other offices do not."), field="department")
    appointment, created = Appointment.objects.get_or_create(
        person=person, role=role, department=department, revoked_at=None
    )
    if not created:
        return appointment
    person.__dict__.pop("role_names", None)
    sync_editor_groups(person, person.role_names)
    append_leaf(
        LeafKind.APPOINTMENT_GRANTED, appointment, public={"role": role}, committed={"person": str(person.row_id)}
    )
    return appointment


@transaction.atomic
def revoke_appointment(appointment: Appointment, *, acting_user: User) -> Appointment:
    """End an office. What was done in it stays on record."""
    if not acting_user.is_superuser:
        raise NotAllowed
    locked = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if locked.revoked_at is not None:
        raise Conflict
    locked.revoked_at = timezone.now()
    locked.save()
    locked.person.__dict__.pop("role_names", None)
    sync_editor_groups(locked.person, locked.person.role_names)
    append_leaf(LeafKind.APPOINTMENT_REVOKED, locked, public={"role": locked.role}, committed={})
    return locked
