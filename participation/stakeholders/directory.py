"""Tells the record of readings which offices people hold and whom they answer for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.calendars.working_days import add_working_days
from participation.stakeholders.containing import contacts_of, lock_accounts, plant_person, sign_out
from participation.stakeholders.models import Appointment, Mandate, Role, User
from portal.errors import TooManyRequests
from portal.rates import client_address, spend
from privacy.history.directory import Contact, OwnedSubject, Standing
from privacy.sealing.keys import Subject

ADMINISTRATOR = "administrator"


class StakeholderDirectory:
    """See ``privacy.history.directory.Directory``."""

    def standing_of(self, user: Any) -> Standing:
        now = timezone.now()
        found = self.standings_at([(user.pk, now)])[user.pk, now]
        return Standing((*found.roles, ADMINISTRATOR), found.department) if user.is_superuser else found

    def standings_at(self, asked: Iterable[tuple[Any, datetime]]) -> dict[tuple[Any, datetime], Standing]:
        asked = set(asked)
        held = (
            Appointment.objects.filter(person__in={pk for pk, _moment in asked})
            .select_related("department")
            .order_by("role", "pk")
        )
        of_person: dict[Any, list[Appointment]] = {}
        for appointment in held:
            of_person.setdefault(appointment.person_id, []).append(appointment)
        return {(pk, moment): _standing(of_person.get(pk, ()), moment) for pk, moment in asked}

    def roles(self) -> Sequence[str]:
        return [*Role.values, ADMINISTRATOR]

    def role_label(self, role: str) -> str:
        if role == ADMINISTRATOR:
            return _("Administrator")
        return str(Role(role).label) if role in Role.values else role

    def may_audit(self, user: Any) -> bool:
        return self.may_look_into(user) or (isinstance(user, User) and user.is_active and user.has_role(Role.AUDITOR))

    def may_look_into(self, user: Any) -> bool:
        return (
            isinstance(user, User)
            and user.is_active
            and ((user.is_superuser and not user.needs_second_factor) or user.has_role(Role.PRIVACY))
        )

    def may_guard_privacy(self, user: Any) -> bool:
        return self.may_look_into(user)

    def may_answer_requests(self, user: Any) -> bool:
        return isinstance(user, User) and user.has_role(Role.PRIVACY)

    def may_audit_cases(self, user: Any) -> bool:
        return isinstance(user, User) and user.has_role(Role.AUDITOR)

    def may_moderate(self, user: Any) -> bool:
        return isinstance(user, User) and user.has_role(Role.MODERATOR)

    def may_compare(self, user: Any) -> bool:
        return isinstance(user, User) and (user.has_role(Role.MODERATOR) or user.has_role(Role.AUDITOR))

    def subjects_of(self, user: Any) -> Sequence[OwnedSubject]:
        owned = Mandate.objects.current().filter(person=user, is_owner=True).select_related("organisation")
        organisations = [
            OwnedSubject(mandate.organisation.row_id, mandate.organisation.name)
            for mandate in owned.order_by("organisation__name", "pk")
        ]
        return [OwnedSubject(user.row_id), *organisations]

    def working_days_after(self, day: date, count: int, jurisdiction: str) -> date:
        return add_working_days(day, count, jurisdiction)

    def is_within_rate(self, request: Any, kind: str) -> bool:
        try:
            spend(kind, str(request.user.pk) if request.user.is_authenticated else client_address(request))
        except TooManyRequests:
            return False
        return True

    def watchers(self) -> Sequence[User]:
        return list(User.objects.filter(is_active=True, is_superuser=True).order_by("pk"))

    def privacy_guards(self) -> Sequence[User]:
        officers = Appointment.objects.current().filter(role=Role.PRIVACY).values("person")
        return list(User.objects.filter(Q(pk__in=officers) | Q(is_superuser=True), is_active=True).order_by("pk"))

    def contacts_of(self, subjects: Iterable[Subject]) -> Mapping[Subject, Contact]:
        return contacts_of(subjects)

    def sign_out(self, people: Collection[UUID] | None, *, keep: Any) -> int:
        return sign_out(people, keep=keep)

    def lock_accounts(self, people: Collection[UUID], *, locked: bool) -> Sequence[UUID]:
        return lock_accounts(people, locked=locked)

    def plant_person(self) -> User:
        return plant_person()


def _standing(appointments: Iterable[Appointment], moment: datetime) -> Standing:
    held = [
        appointment
        for appointment in appointments
        if appointment.granted_at <= moment and (appointment.revoked_at is None or moment < appointment.revoked_at)
    ]
    departments = [appointment.department.name for appointment in held if appointment.department is not None]
    roles = dict.fromkeys(appointment.role for appointment in held)
    return Standing(tuple(roles), "、".join(departments)[:300])
