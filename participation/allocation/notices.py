"""Regular work for allocations: that a vote is open, and that one waits to be closed."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from cms.budget.models import Department
from participation.allocation.models import Allocation
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.models import Appointment, Role, User


def look_after_rounds() -> None:
    """Each is told once for each date."""
    now = timezone.now()
    listed = Allocation.objects.filter(listed_at__isnull=False, closed_at__isnull=True, voting_from__lte=now)
    for allocation in listed.select_related("consultation", "department"):
        last = timezone.localdate(allocation.voting_until).isoformat()
        if now < allocation.voting_until:
            matters = [record for record in (allocation.consultation, allocation.department) if record is not None]
            words = {"step": "voting", "on": last}
            announce(Kind.ALLOCATION, allocation, of=matters, words=words, key=f"voting until {last}")
        else:
            words = {"step": "closing"}
            announce(Kind.ALLOCATION, allocation, to=keepers_of(allocation), words=words, key=f"closing {last}")


def keepers_of(allocation: Allocation) -> list[User]:
    offices = Q(role=Role.MODERATOR)
    if allocation.department_id is not None:
        offices |= Q(role=Role.OFFICER, department=allocation.department)
    current = Appointment.objects.current().filter(offices, person__is_active=True)
    return list({one.person_id: one.person for one in current.select_related("person")}.values())


def officers_of(department: Department) -> list[User]:
    current = Appointment.objects.current().filter(role=Role.OFFICER, department=department)
    return [one.person for one in current.select_related("person")]
