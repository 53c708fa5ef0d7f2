"""Who a person may speak for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from participation.stakeholders.models import Mandate, Organisation, StakeholderGroup, User
from portal.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class Standing:
    """One side for which a person may speak: as a citizen, or for a verified organisation."""

    group: StakeholderGroup
    organisation: Organisation | None = None

    @property
    def key(self) -> str:
        return str(self.organisation.row_id) if self.organisation else ""

    @property
    def label(self) -> str:
        return self.organisation.name if self.organisation else str(self.group.label)


def standings_of(user: User) -> list[Standing]:
    """Every side that ``user`` may speak for now, the citizen's first."""
    own = Mandate.objects.current().filter(person=user).values("organisation")
    organisations = Organisation.objects.filter(pk__in=own, status=Organisation.Status.VERIFIED).order_by("name")
    return [
        Standing(StakeholderGroup.CITIZEN),
        *(Standing(StakeholderGroup(organisation.group), organisation) for organisation in organisations),
    ]


def standing_for(user: User, organisation_row_id: UUID | None) -> Standing:
    """The standing of ``user`` for one organisation, or as a citizen. Raises ``NotAllowed`` without a mandate."""
    for standing in standings_of(user):
        if (standing.organisation.row_id if standing.organisation else None) == organisation_row_id:
            return standing
    raise NotAllowed


def mandates_of(user: User) -> QuerySet[Mandate]:
    """The mandates that ``user`` holds now, whatever the state of the organisation."""
    found: QuerySet[Mandate] = Mandate.objects.current().filter(person=user)
    return found.select_related("organisation").order_by("organisation__name")


def organisation_for(user: User | AnonymousUser, row_id: UUID) -> Organisation:
    """One organisation. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return Organisation.objects.visible_to(user).get(row_id=row_id)
    except Organisation.DoesNotExist:
        raise NotFound from None


def organisations_waiting() -> QuerySet[Organisation]:
    """Organisations to be verified or renewed, the one that waits longest first. For moderators.

    ``asks_accreditation``: it handed in a proof of its qualification, and is no accredited evaluator now.
    """
    waiting = Organisation.objects.filter(Q(status=Organisation.Status.PENDING) | Q(renewal_asked_at__isnull=False))
    qualified = Organisation.objects.filter(pk=OuterRef("pk"), documents__kind="qualification").exclude(
        accredited_until__gte=timezone.localdate()
    )
    return waiting.annotate(asks_accreditation=Exists(qualified)).order_by(
        Coalesce("renewal_asked_at", "created"), "pk"
    )
