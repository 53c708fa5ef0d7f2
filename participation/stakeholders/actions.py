"""Changes to organisations, mandates and offices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Department
from cms.pages.site import sync_editor_groups
from participation.attachments import checked_upload
from participation.stakeholders.confidential import Confidential, ConfidentialPart, check_confidential
from participation.stakeholders.credit_code import is_well_formed
from participation.stakeholders.identity_number import Document, checked_number
from participation.stakeholders.levels.actions import end_resident_check
from participation.stakeholders.models import Appointment, Mandate, Organisation, Role, StakeholderGroup, User
from participation.stakeholders.names import public_name
from participation.stakeholders.permissions import (
    acts_for,
    require_confirmed,
    require_moderator,
    require_owner,
    require_person,
    require_right,
)
from participation.stakeholders.phone import checked_phone
from participation.stakeholders.revealing import Opened, open_values
from participation.stakeholders.sealed_values import own_text
from portal.charter.matrix import Act
from portal.errors import Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing.index import find_by_sealed
from privacy.sealing.models import RowIdentity
from privacy.sealing.opening import unrecorded

NAME_MAX_CHARS = 100
ADDRESS_MAX_CHARS = 300
ACCOUNT_MAX_CHARS = 60

Check = Callable[[str], str]
# The sealed values of an organisation, with the form that each is kept in.
ORGANISATION_CHECKS: dict[str, Check] = {
    "legal_representative": lambda text: typed_text(text, field="legal_representative", limit=NAME_MAX_CHARS),
    "bank_name": lambda text: typed_text(text, field="bank_name", limit=NAME_MAX_CHARS),
    "bank_account": lambda text: "".join(typed_text(text, field="bank_account", limit=ACCOUNT_MAX_CHARS).split()),
}


@sensitive_variables()
def _keep_sealed(record: Any, given: Mapping[str, str | None], checks: Mapping[str, Check]) -> set[str]:
    """Set what was given, None for what is to be removed; returns the names of what is another value now.

    The same again is no change, so it leaves no history.
    """
    changed = set()
    for name, text in given.items():
        value = checks[name](text) if text is not None else ""
        # Compared and shown to nobody.
        with unrecorded():
            is_change = not value or value != own_text(record, name)
        if is_change:
            setattr(record, name, value or None)
            changed.add(name)
    return changed


@sensitive_variables()
@transaction.atomic
def change_profile(
    *,
    display_name: str,
    preferred_language: str,
    sealed: Mapping[str, str | None] | None = None,
    identity_document: str = Document.RESIDENT_ID,
    acting_user: User,
) -> User:
    """Change what a person says of themselves.

    ``sealed``: what is to be kept from now on of ``phone``, ``contact_address``, ``real_name`` and
    ``identity_number``, None to remove it; what is left out stays. ``identity_document``: a ``Document``.

    A number that another account holds is taken like any other: an answer would tell that there is such an account.
    Raises ``NotAllowed`` for a number from somebody whose address is not confirmed.
    """
    if sealed and sealed.get("identity_number"):
        require_confirmed(acting_user)
    person = User.objects.select_for_update().get(pk=require_person(acting_user).pk)
    if preferred_language not in dict(settings.LANGUAGES):
        raise Invalid(_("Please choose a language."), field="preferred_language")
    person.display_name = public_name(display_name, person)
    person.preferred_language = preferred_language
    checks: dict[str, Check] = {
        "phone": checked_phone,
        "contact_address": lambda text: typed_text(text, field="contact_address", limit=ADDRESS_MAX_CHARS),
        "real_name": lambda text: typed_text(text, field="real_name", limit=NAME_MAX_CHARS),
        "identity_number": lambda text: checked_number(text, identity_document),
    }
    with acting(person):
        changed = _keep_sealed(person, sealed or {}, checks)
        # What was confirmed is another value now.
        if "phone" in changed:
            person.phone_verified_at = None
        if "identity_number" in changed:
            end_resident_check(person, acting_user=acting_user)
        person.save()
    return person


@sensitive_variables()
@transaction.atomic
def register_organisation(
    *,
    group: str,
    name: str,
    name_en: str = "",
    credit_code: str,
    sealed: Mapping[str, str | None] | None = None,
    acting_user: User,
) -> Organisation:
    """Register an organisation, waiting for verification, with the person who registers it as its owner.

    A credit code whose check character is wrong is accepted (real ones exist), one of a wrong shape is not.
    ``sealed``: ``legal_representative``, ``bank_name`` and ``bank_account``, as far as they are given.
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
    organisation = Organisation(group=group, name=name, name_en=name_en.strip(), credit_code=code)
    _keep_sealed(organisation, sealed or {}, ORGANISATION_CHECKS)
    try:
        with transaction.atomic(), acting(person):
            organisation.save()
            mandate = Mandate.objects.create(person=person, organisation=organisation, is_owner=True)
    except IntegrityError:
        raise Conflict(
            _("This organisation is registered already. Ask its owner for a mandate."), field="credit_code"
        ) from None
    append_leaf(
        LeafKind.ORGANISATION_REGISTERED,
        organisation,
        public={"group": organisation.group},
        committed={"name": organisation.name, "credit_code": code},
        also=[mandate],
    )
    return organisation


@sensitive_variables()
@transaction.atomic
def change_organisation(
    organisation: Organisation, *, sealed: Mapping[str, str | None], acting_user: User
) -> Organisation:
    """Change the sealed details of an organisation (see ``register_organisation``), None to remove one."""
    require_owner(acting_user, organisation)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    with acting(acting_user):
        _keep_sealed(locked, sealed, ORGANISATION_CHECKS)
        locked.save()
    append_leaf(LeafKind.ORGANISATION_CHANGED, locked, public={}, committed={})
    return locked


@sensitive_variables()
def open_organisation_values(
    organisation: Organisation, names: Iterable[str], *, purpose: str, acting_user: User
) -> list[Opened]:
    """Open sealed details of an organisation that waits for verification. Not within a transaction."""
    _require_verifier(acting_user, organisation)
    return open_values(organisation, names, purpose=purpose, acting_user=acting_user)


@sensitive_variables()
def open_owner_values(mandate: Mandate, names: Iterable[str], *, purpose: str, acting_user: User) -> list[Opened]:
    """Open sealed values of an owner of an organisation that waits for verification. Not within a transaction.

    With the identity number come the public names of other accounts that hold the same one, if there are any.
    """
    _require_verifier(acting_user, mandate.organisation)
    if not mandate.is_owner or not Mandate.objects.current().filter(pk=mandate.pk).exists():
        raise NotAllowed
    opened = []
    for name in names:
        found = open_values(mandate.person, [name], purpose=purpose, acting_user=acting_user)
        opened += found
        if name == "identity_number" and found[0].text:
            others = User.objects.exclude(pk=mandate.person.pk).order_by("pk")
            sharing = [other.display_name for other in find_by_sealed(others, name, found[0].text)]
            if sharing:
                opened.append(Opened(gettext("Other accounts with the same number"), gettext(", ").join(sharing)))
    return opened


def _require_verifier(user: User, organisation: Organisation) -> None:
    require_right(user, Act.VERIFY_ORGANISATION)
    if acts_for(user, organisation):
        raise NotAllowed(_("You act for this organisation yourself, so somebody else has to verify it."))
    if not organisation.awaits_decision:
        raise Conflict(_("This has been decided already, so there is nothing left to compare."))


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
    sync_editor_groups(person, person.held_roles)
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
    sync_editor_groups(locked.person, locked.person.held_roles)
    append_leaf(LeafKind.APPOINTMENT_REVOKED, locked, public={"role": locked.role}, committed={})
    return locked


@sensitive_variables()
@transaction.atomic
def hand_in_confidential(
    contribution: RowIdentity, given: Confidential, *, organisation: Organisation | None, acting_user: User
) -> ConfidentialPart | None:
    """Seal what was given under the key of the organisation; None when nothing was.

    Part of the action that saves ``contribution``, which has authorised ``acting_user`` to speak for it. The leaf
    commits to passage and file, so that either can be held against it later; the log tells neither.
    """
    check_confidential(given, organisation)
    if given.is_empty or organisation is None:
        return None
    part = ConfidentialPart(
        organisation=organisation,
        ground=given.ground,
        justification=given.justification.strip(),
        passage=given.passage.strip() or None,
    )
    digest = ""
    if given.attachment is not None:
        _name, given.attachment.content_type, digest = checked_upload(given.attachment, field="confidential_attachment")
        part.attachment = given.attachment
    with acting(acting_user):
        part.save()
    append_leaf(
        LeafKind.CONFIDENTIAL_SUBMITTED,
        part,
        public={"contribution": str(contribution.row_id), "ground": part.ground},
        committed={
            "justification": part.justification,
            "passage": given.passage.strip(),
            "attachment_sha256": digest,
        },
    )
    return part


@sensitive_variables()
def open_confidential_passage(part: ConfidentialPart, *, purpose: str, acting_user: User) -> list[Opened]:
    """A moderator reads a confidential passage. Not within a transaction: the record must stand first."""
    require_moderator(acting_user)
    return open_values(part, ["passage"], purpose=purpose, acting_user=acting_user)
