"""The life of a registration: papers, verification, accreditation, expiry, renewal; and who speaks for whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.attachments import checked_upload
from participation.stakeholders.models import Mandate, Organisation, User
from participation.stakeholders.permissions import acts_for, require_confirmed, require_owner, require_right
from participation.stakeholders.registration.models import RegistrationDocument
from portal.charter.matrix import Act
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = Organisation.Status
DOCUMENTS_MAX = 10
# A verification is as old as the papers that were looked at.
VALID_FOR = timedelta(days=settings.ORGANISATION_VALID_DAYS)
MANDATE_LONGEST = timedelta(days=3 * 365)
DECISION_LEAF = LeafKind.ORGANISATION_VERIFIED


def _append(organisation: Organisation, reason: str = "") -> None:
    append_leaf(DECISION_LEAF, organisation, public={"status": organisation.status}, committed={"reason": reason})


# Papers ---------------------------------------------------------------------------------------------------


@sensitive_variables()
@transaction.atomic
def hand_in_document(
    organisation: Organisation,
    *,
    kind: str,
    file: UploadedFile,  # type: ignore[type-arg]
    acting_user: User,
) -> RegistrationDocument:
    """Seal a paper under the key of the organisation. The leaf commits to it and tells nothing of it."""
    owner = require_owner(require_confirmed(acting_user), organisation)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if kind not in RegistrationDocument.Kind.values:
        raise Invalid(_("Please choose what kind of document this is."), field="kind")
    if locked.documents.count() >= DOCUMENTS_MAX:
        raise Invalid(_("There are enough documents. Please remove one first."), field="file")
    _name, file.content_type, digest = checked_upload(file, field="file")
    document = RegistrationDocument(organisation=locked, kind=kind, handed_in_by=owner, file=file)
    with acting(owner):
        document.save()
    append_leaf(
        LeafKind.DOCUMENT_HANDED_IN,
        document,
        public={"organisation": str(locked.row_id)},
        committed={"document_sha256": digest},
    )
    return document


@transaction.atomic
def remove_document(document: RegistrationDocument, *, acting_user: User) -> None:
    """Take a paper back. Not while somebody decides by it."""
    owner = require_owner(acting_user, document.organisation)
    organisation = Organisation.objects.select_for_update().get(pk=document.organisation_id)
    if organisation.awaits_decision:
        raise Conflict(_("Your organisation is being looked at. Please wait for the decision."))
    with acting(owner):
        document.delete()
        organisation.save()
    append_leaf(LeafKind.ORGANISATION_CHANGED, organisation, public={}, committed={})


# Verification -----------------------------------------------------------------------------------------------


@transaction.atomic
def verify_organisation(
    organisation: Organisation,
    *,
    accept: bool,
    reason: str,
    valid_until: date | None = None,
    accredited_until: date | None = None,
    acting_user: User,
) -> Organisation:
    """Decide on a registration or on its renewal.

    ``valid_until``: two years from today unless the papers say otherwise; ``accredited_until``: as third-party
    evaluator (第三方评价机构), None where it is none.
    """
    require_right(acting_user, Act.VERIFY_ORGANISATION)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not locked.awaits_decision:
        raise Conflict
    if acts_for(acting_user, locked):
        raise NotAllowed(_("You act for this organisation yourself, so somebody else has to verify it."))
    if not accept and not reason.strip():
        raise Invalid(_("Please give the reason, so that the organisation knows what to mend."), field="reason")
    today = timezone.localdate()
    locked.renewal_asked_at = None
    if accept:
        locked.status, locked.verified_on = Status.VERIFIED, today
        locked.valid_until = valid_until or today + VALID_FOR
        locked.accredited_until = accredited_until
        for field in ("valid_until", "accredited_until"):
            day = getattr(locked, field)
            if day is not None and day <= today:
                raise Invalid(_("Please choose a day in the future."), field=field)
    else:
        locked.status, locked.valid_until, locked.accredited_until = Status.REJECTED, None, None
    with acting(acting_user, reason=reason.strip()):
        locked.save()
    _append(locked, reason.strip())
    return locked


@transaction.atomic
def ask_renewal(organisation: Organisation, *, acting_user: User) -> Organisation:
    """Ask for verification anew: before it ends, after it has, or when what was missing has been mended.

    An organisation that is verified stays so until the decision.
    """
    owner = require_owner(require_confirmed(acting_user), organisation)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if locked.awaits_decision:
        raise Conflict(_("Your organisation is being looked at. Please wait for the decision."))
    if locked.status == Status.VERIFIED:
        locked.renewal_asked_at = timezone.now()
    else:
        locked.status = Status.PENDING
    try:
        with transaction.atomic(), acting(owner):
            locked.save()
    except IntegrityError:
        raise Conflict(
            _("Another organisation is registered with this credit code by now. Ask its owner for a mandate.")
        ) from None
    _append(locked)
    return locked


@transaction.atomic
def expire_organisations(*, acting_user: User | None) -> int:
    """End the verifications whose day has passed; returns how many. ``acting_user`` None: the service on its clock."""
    reason = gettext("The verification was valid until a day that has passed.")
    over = Organisation.objects.select_for_update().filter(status=Status.VERIFIED, valid_until__lt=timezone.localdate())
    ended = 0
    for organisation in over:
        # Who asked for renewal in time waits as everybody who has been verified before.
        asked = organisation.renewal_asked_at is not None
        organisation.status = Status.PENDING if asked else Status.EXPIRED
        organisation.renewal_asked_at = None
        with acting(acting_user, reason=reason):
            organisation.save()
        _append(organisation, reason)
        ended += 1
    return ended


# Mandates ---------------------------------------------------------------------------------------------------


@transaction.atomic
def grant_mandate(
    organisation: Organisation,
    *,
    person: User,
    is_owner: bool = False,
    expires_at: datetime | None = None,
    acting_user: User,
) -> Mandate:
    """Let ``person`` act for the organisation, until ``expires_at`` where it is given. Only an owner may."""
    owner = require_owner(acting_user, organisation)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + MANDATE_LONGEST:
        raise Invalid(_("Please choose a day within the next three years."), field="expires_on")
    with acting(owner):
        # One that has ended by itself makes room for another.
        for over in locked.mandates.filter(person=person, revoked_at__isnull=True, expires_at__lte=now):
            over.revoked_at = over.expires_at
            over.save()
            append_leaf(LeafKind.MANDATE_REVOKED, over, public={"organisation": str(locked.row_id)}, committed={})
        if locked.mandates.current().filter(person=person).exists():
            raise Conflict(_("This person acts for the organisation already."), field="person")
        mandate = Mandate.objects.create(person=person, organisation=locked, is_owner=is_owner, expires_at=expires_at)
    append_leaf(
        LeafKind.MANDATE_GRANTED,
        mandate,
        public={"organisation": str(locked.row_id)},
        committed={"person": str(person.row_id)},
    )
    return mandate


@transaction.atomic
def revoke_mandate(mandate: Mandate, *, acting_user: User) -> Mandate:
    """End a mandate: an owner that of anybody, everybody their own. What was said under it stays.

    An organisation is never left without an owner whose mandate has no end.
    """
    organisation = Organisation.objects.select_for_update().get(pk=mandate.organisation_id)
    locked = Mandate.objects.select_for_update().get(pk=mandate.pk)
    if locked.person_id != acting_user.pk:
        require_owner(acting_user, organisation)
    if locked.revoked_at is not None:
        raise Conflict(_("This mandate has ended already."))
    others = organisation.mandates.current().filter(is_owner=True, expires_at__isnull=True).exclude(pk=locked.pk)
    if locked.is_owner and not others.exists():
        raise Conflict(_("This is the last owner. Make somebody else an owner first."))
    locked.revoked_at = timezone.now()
    with acting(acting_user):
        locked.save()
    append_leaf(LeafKind.MANDATE_REVOKED, locked, public={"organisation": str(organisation.row_id)}, committed={})
    return locked
