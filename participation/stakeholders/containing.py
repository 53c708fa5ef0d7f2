"""What an incident asks of accounts: sign out, lock, write to their people; and a made-up person nobody should read."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from participation.stakeholders.models import ERASED_AT, Mandate, User
from privacy.history.directory import Contact
from privacy.sealing.keys import Scope, Subject

_AT_ONCE = 500


def sign_out(people: Collection[UUID] | None, *, keep: User) -> int:
    """See ``privacy.history.directory.Directory``. Every session is looked into: not all are told by their client."""
    wanted = None
    if people is not None:
        wanted = {str(pk) for pk in User.objects.filter(row_id__in=people).values_list("pk", flat=True)}
    keys = list(_sessions_of(wanted, keep=str(keep.pk)))
    for start in range(0, len(keys), _AT_ONCE):
        page = keys[start : start + _AT_ONCE]
        # Row by row, so that open pages are told at once.
        Session.objects.filter(pk__in=page).delete()
        UserSession.objects.filter(session_key__in=page).delete()
    return len(keys)


def _sessions_of(wanted: Collection[str] | None, *, keep: str) -> Iterator[str]:
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        person = session.get_decoded().get(SESSION_KEY)
        if person is not None and (person != keep if wanted is None else person in wanted):
            yield session.pk


@transaction.atomic
def lock_accounts(people: Collection[UUID], *, locked: bool) -> Sequence[UUID]:
    there = User.objects.exclude(email__endswith=ERASED_AT)
    found = there.select_for_update().filter(row_id__in=people, is_active=locked).order_by("pk")
    changed = []
    for person in found:
        person.is_active = not locked
        person.save(update_fields=["is_active"])
        changed.append(person.row_id)
    return changed


def contacts_of(subjects: Iterable[Subject]) -> dict[Subject, Contact]:
    asked = list(subjects)
    people = {one.ref for one in asked if one.scope_type == Scope.PERSON}
    found = {
        Subject(Scope.PERSON.value, person.row_id): _contact(person)
        for person in User.objects.filter(row_id__in=people).exclude(Q(email="") | Q(email__endswith=ERASED_AT))
    }
    organisations = {one.ref for one in asked if one.scope_type == Scope.ORGANISATION}
    owners = Mandate.objects.current().filter(organisation__row_id__in=organisations, is_owner=True)
    for mandate in owners.select_related("person", "organisation").order_by("pk"):
        found.setdefault(Subject(Scope.ORGANISATION.value, mandate.organisation.row_id), _contact(mandate.person))
    return found


def _contact(person: User) -> Contact:
    return Contact(person.display_name, person.email, person.preferred_language)


def plant_person() -> User:
    """Looks like everybody else to whoever goes through accounts, and is locked."""
    person = User(
        email=f"{secrets.token_hex(5)}@example.org",
        display_name=f"{secrets.choice(SURNAMES)}{secrets.choice(GIVEN_NAMES)}",
        is_active=False,
        phone=f"1380000{secrets.randbelow(10_000):04}",
        contact_address=f"{secrets.randbelow(400) + 1}",
    )
    person.real_name = person.display_name
    person.set_unusable_password()
    person.save()
    return person


SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN_NAMES = ("建国", "秀英", "桂兰", "志强", "海燕", "文静", "晓东", "玉梅")
