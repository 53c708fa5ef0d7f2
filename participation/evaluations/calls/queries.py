"""Reads of calls for evaluations and of who has a place in them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet

from cms.budget.models import Department, Programme
from participation.evaluations.calls.models import EvaluationAuthor, EvaluationCall, EvaluatorSeat, is_commissioner
from participation.stakeholders.models import Organisation, User
from participation.stakeholders.queries import Standing, standings_of
from portal.errors import NotFound

Reader = User | AnonymousUser


def calls_for(user: Reader) -> QuerySet[EvaluationCall]:
    """What ``user`` may read, the newest first; one query."""
    return EvaluationCall.objects.visible_to(user).select_related("department", "consultation__release", "scheme")


def call_for(user: Reader, row_id: UUID) -> EvaluationCall:
    """One call with its programmes and ``seats_shown``: those that ``user`` may see. Raises ``NotFound``."""
    seats = EvaluatorSeat.objects.visible_to(user).select_related("organisation")
    authors = EvaluationAuthor.objects.select_related("confidential")
    found = calls_for(user).prefetch_related(
        Prefetch("programmes", Programme.objects.order_by("code", "name")),
        Prefetch("seats", seats.prefetch_related(Prefetch("authors", authors)), to_attr="seats_shown"),
    )
    try:
        return found.get(row_id=row_id)
    except EvaluationCall.DoesNotExist:
        raise NotFound from None


def calls_about(user: Reader, about: Programme | Department | Organisation) -> QuerySet[EvaluationCall]:
    """The calls about a programme or department, or those in which an organisation evaluates."""
    if isinstance(about, Programme):
        return calls_for(user).filter(programmes=about)
    if isinstance(about, Department):
        return calls_for(user).filter(department=about)
    seats = EvaluatorSeat.objects.visible_to(user).filter(organisation=about)
    return calls_for(user).filter(pk__in=seats.values("call"))


def seat_for(user: Reader, row_id: UUID) -> EvaluatorSeat:
    try:
        return EvaluatorSeat.objects.visible_to(user).select_related("call", "organisation").get(row_id=row_id)
    except EvaluatorSeat.DoesNotExist:
        raise NotFound from None


def author_for(user: Reader, row_id: UUID) -> EvaluationAuthor:
    try:
        return EvaluationAuthor.objects.visible_to(user).select_related("seat__organisation").get(row_id=row_id)
    except EvaluationAuthor.DoesNotExist:
        raise NotFound from None


def seats_of(person: User) -> QuerySet[EvaluatorSeat]:
    """The places of the organisations that ``person`` acts for."""
    standings = [standing.organisation for standing in standings_of(person) if standing.organisation]
    return EvaluatorSeat.objects.filter(organisation__in=standings).select_related("call", "organisation")


def applicants_among(person: Reader, call: EvaluationCall) -> list[Standing]:
    """For whom ``person`` can still apply."""
    if not isinstance(person, User) or not call.takes_applications:
        return []
    there = set(call.seats.values_list("organisation", flat=True))
    return [s for s in standings_of(person) if s.organisation and s.organisation.pk not in there]


def invitable(call: EvaluationCall) -> QuerySet[Organisation]:
    """Verified organisations without a place, by name."""
    found = Organisation.objects.filter(status=Organisation.Status.VERIFIED).exclude(evaluation_seats__call=call)
    return found.order_by("name")


def decisions_waiting(user: Reader) -> int:
    """Applications and interests that wait for a commissioner."""
    if not is_commissioner(user):
        return 0
    applied = EvaluatorSeat.objects.filter(status=EvaluatorSeat.Status.APPLIED).count()
    return applied + EvaluationAuthor.objects.filter(status=EvaluationAuthor.Status.WAITING).count()


def own_seats(user: Reader, seats: Iterable[EvaluatorSeat]) -> list[EvaluatorSeat]:
    """Those among the seats that belong to organisations of ``user``."""
    if not isinstance(user, User):
        return []
    own = {standing.organisation.pk for standing in standings_of(user) if standing.organisation}
    return [seat for seat in seats if seat.organisation_id in own]
