"""One of everybody that the charter names, around one department, one organisation and one consultation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from participation.stakeholders.models import Appointment, Mandate, Organisation, Role
from portal.charter.matrix import OFFICES, Actor
from tests.factories import make_department, make_organisation, make_user


@dataclass
class Cast:
    department: Any
    organisation: Organisation
    people: dict[Actor, Any]


def make_cast() -> Cast:
    department, organisation = make_department(), make_organisation()
    accredited = make_organisation(accredited_until=timezone.localdate())
    people: dict[Actor, Any] = {Actor.VISITOR: AnonymousUser(), Actor.CITIZEN: make_user()}
    for actor in sorted(OFFICES):
        people[actor] = make_user()
        where = department if actor == Actor.OFFICER else None
        Appointment.objects.create(person=people[actor], role=Role(actor.value), department=where)
    for actor, of, is_owner in (
        (Actor.MEMBER, organisation, False),
        (Actor.OWNER, organisation, True),
        (Actor.EVALUATOR, accredited, False),
    ):
        people[actor] = make_user()
        Mandate.objects.create(person=people[actor], organisation=of, is_owner=is_owner)
    people[Actor.ADMINISTRATOR] = make_user(is_superuser=True, is_staff=True)
    return Cast(department, organisation, {actor: people[actor] for actor in Actor})
