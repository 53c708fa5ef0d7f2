"""What is left of the account of somebody whose data was erased: a row that others hang on, and nobody's name."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from participation.stakeholders.models import ERASED_AT, ERASED_NAME, Mandate, Organisation, User
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.rights.erasing.hooks import Letterbox, Obstacle
from privacy.sealing.keys import Scope, Subject


def person_of(subject: Subject) -> User | None:
    return User.objects.filter(row_id=subject.ref).first() if subject.scope_type == Scope.PERSON else None


def to_hand_over(subject: Subject) -> list[Obstacle]:
    """Offices, and organisations that would be left without an owner."""
    person = person_of(subject)
    if person is None:
        return []
    found = [
        Obstacle(
            _("You hold an office (%(office)s). Ask an administrator to end the appointment.")
            % {"office": appointment.get_role_display()}
        )
        for appointment in person.appointments.current()
    ]
    if person.is_superuser or person.is_staff:
        found.append(Obstacle(_("You are an administrator. Another administrator has to end that.")))
    owned = person.mandates.current().filter(is_owner=True).select_related("organisation")
    return [*found, *(_owned_alone(mandate.organisation) for mandate in owned if _is_last_owner(mandate))]


def _owned_alone(organisation: Organisation) -> Obstacle:
    words = _("You are the last owner of %(name)s. Make somebody else an owner, or have the organisation erased first.")
    address = reverse("participation:stakeholders:organisation", args=[organisation.row_id])
    return Obstacle(words % {"name": organisation}, address)


def _is_last_owner(mandate: Mandate) -> bool:
    others = mandate.organisation.mandates.current().filter(is_owner=True, expires_at__isnull=True)
    return not others.exclude(pk=mandate.pk).exists()


def letterbox(subject: Subject) -> Letterbox | None:
    """The address of the person, or of an owner of the organisation."""
    person = person_of(subject)
    if person is None and subject.scope_type == Scope.ORGANISATION:
        owner = Mandate.objects.current().filter(organisation__row_id=subject.ref, is_owner=True).first()
        person = owner.person if owner else None
    return Letterbox(person.email, person.preferred_language) if person and person.is_active else None


def end_account(subject: Subject) -> None:
    """End mandates and everything that signs in, and take out of the account what tells whose it is."""
    if subject.scope_type == Scope.ORGANISATION:
        organisation = Organisation.objects.filter(row_id=subject.ref).first()
        if organisation is not None:
            _end_mandates(Mandate.objects.filter(organisation=organisation))
        return
    person = person_of(subject)
    if person is None:
        return
    _end_mandates(person.mandates.all())
    for session in UserSession.objects.filter(user=person):
        session.end()
    own: list[QuerySet[Any]] = [
        EmailAddress.objects.filter(user=person),
        Authenticator.objects.filter(user=person),
        SocialAccount.objects.filter(user=person),
        # Both keep the name of what was changed, as it was then.
        LogEntry.objects.filter(content_type=_of_people(), object_id=str(person.pk)),
        ModelLogEntry.objects.filter(content_type=_of_people(), object_id=str(person.pk)),
        User.history.filter(id=person.pk),
    ]
    for rows in own:
        rows.delete()
    person.groups.clear()
    person.user_permissions.clear()
    # By a statement: it leaves no history of what was there.
    User.objects.filter(pk=person.pk).update(
        email=f"{person.row_id}{ERASED_AT}",
        display_name=ERASED_NAME,
        password="!",  # noqa: S106 - opens nothing
        last_login=None,
        phone=None,
        phone_verified_at=None,
        contact_address=None,
        real_name=None,
        identity_number=None,
        identity_number_index=None,
        is_active=False,
    )


def _of_people() -> ContentType:
    return ContentType.objects.get_for_model(User)


def _end_mandates(mandates: QuerySet[Mandate]) -> None:
    for mandate in mandates.filter(revoked_at__isnull=True).select_related("organisation"):
        mandate.revoked_at = min(timezone.now(), mandate.expires_at or timezone.now())
        with acting(None, reason=_("Erased")):
            mandate.save()
        append_leaf(
            LeafKind.MANDATE_REVOKED,
            mandate,
            public={"organisation": str(mandate.organisation.row_id)},
            committed={},
        )
