"""The people of the city, the organisations they speak for, and the offices they hold."""

from __future__ import annotations

from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from cms.models import Department
from participation.models import Appointment, Mandate, Organisation, User
from participation.stakeholders.actions import grant_appointment, register_organisation
from participation.stakeholders.models import Role
from participation.stakeholders.phone import checked_phone
from participation.stakeholders.registration.actions import grant_mandate, verify_organisation
from portal.demo.backdate import at, confirm_address
from portal.demo.calendar import Calendar
from portal.demo.content import read
from privacy.history.actor import acting

# Published in docs/demo.md; the command refuses to load it where it would be a risk.
PASSWORD = "yunchuan-demo"  # noqa: S105
LONGEST_MEMBER_DAYS = 420


def email_of(key: str) -> str:
    return f"{key}@example.org"


def citizens() -> dict[str, User]:
    """Everybody, with or without an office, by key."""
    entries = [*read("people")["officials"], *read("people")["people"]]
    found = {user.email: user for user in User.objects.filter(email__in=[email_of(entry["key"]) for entry in entries])}
    return {entry["key"]: found[email_of(entry["key"])] for entry in entries}


@transaction.atomic
def load_people(calendar: Calendar) -> None:
    entries = [*read("people")["officials"], *read("people")["people"]]
    known = set(
        User.objects.filter(email__in=[email_of(entry["key"]) for entry in entries]).values_list("email", flat=True)
    )
    # Hashing a password is slow by design, and this one is no secret.
    hashed = make_password(PASSWORD)
    rng = Random("people")
    for entry in entries:
        # Those with an office were there before anything was published.
        day = -LONGEST_MEMBER_DAYS if "role" in entry or "superuser" in entry else -130 - 280 * rng.random()
        if email_of(entry["key"]) not in known:
            with at(calendar.on(day), User):
                _create_user(entry, hashed)
    for entry in read("people")["officials"]:
        if entry.get("role") and not entry.get("department"):
            with at(calendar.on(-LONGEST_MEMBER_DAYS), Appointment):
                _appoint(entry, None)


def _create_user(entry: dict[str, Any], hashed: str) -> None:
    user = User(
        email=email_of(entry["key"]),
        display_name=entry["name"],
        preferred_language=entry.get("language", "zh-hans"),
        phone=checked_phone(entry["phone"]) if "phone" in entry else None,
        **{name: entry.get(name) for name in ("real_name", "identity_number", "contact_address")},
        is_staff=entry.get("superuser", False),
        is_superuser=entry.get("superuser", False),
        password=hashed,
    )
    with acting(None, reason="demo"):
        user.save()
    confirm_address(user, confirmed=not entry.get("unverified", False))


def _appoint(entry: dict[str, Any], department: Department | None) -> None:
    grant_appointment(
        person=User.objects.get(email=email_of(entry["key"])),
        role=Role(entry["role"]),
        department=department,
        acting_user=None,
    )


@transaction.atomic
def appoint_officers(departments: dict[str, Department], calendar: Calendar) -> None:
    """Needs the departments, which only exist once a budget names them; said twice, it appoints nobody again."""
    for entry in read("people")["officials"]:
        if entry.get("department"):
            with at(calendar.on(-LONGEST_MEMBER_DAYS), Appointment):
                _appoint(entry, departments[entry["department"]])


@transaction.atomic
def load_organisations(calendar: Calendar) -> None:
    people = citizens()
    owners = {entry["organisation"]: entry["key"] for entry in read("people")["people"] if entry.get("owner")}
    rng = Random("organisations")
    for entry in read("people")["organisations"]:
        day = -6.4 if entry.get("pending") else -130 - 200 * rng.random()
        if not Organisation.objects.filter(credit_code=entry["credit_code"]).exists():
            with at(calendar.on(day), Organisation, Mandate):
                _register(entry, people[owners[entry["key"]]], people["moderator"])
    organisations = organisations_by_key()
    for entry in read("people")["people"]:
        if entry.get("organisation") and not entry.get("owner"):
            _join(
                people[entry["key"]],
                organisations[entry["organisation"]],
                people[owners[entry["organisation"]]],
                calendar,
            )


def _register(entry: dict[str, Any], owner: User, moderator: User) -> None:
    with acting(owner):
        organisation = register_organisation(
            group=entry["group"],
            name=entry["name"],
            name_en=entry["name_en"],
            credit_code=entry["credit_code"],
            sealed=entry.get("sealed", {}),
            acting_user=owner,
        )
    if not entry.get("pending"):
        reason = "已核对登记证书与统一社会信用代码，名称一致。"
        with acting(moderator, reason=reason):
            verify_organisation(organisation, accept=True, reason=reason, acting_user=moderator)


def _join(person: User, organisation: Organisation, owner: User, calendar: Calendar) -> None:
    if not organisation.mandates.current().filter(person=person).exists():
        with at(calendar.on(-90), Mandate), acting(owner):
            grant_mandate(organisation, person=person, acting_user=owner)


def organisations_by_key() -> dict[str, Organisation]:
    entries = read("people")["organisations"]
    found = {
        row.credit_code: row for row in Organisation.objects.filter(credit_code__in=[e["credit_code"] for e in entries])
    }
    return {entry["key"]: found[entry["credit_code"]] for entry in entries if entry["credit_code"] in found}
