"""What is held about somebody, in words: kinds with numbers and an example, by what they are used for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator

from privacy.access.queries import own_subject
from privacy.history.directory import OwnedSubject
from privacy.rights.purposes import Audience, Basis, Purpose
from privacy.rights.registry import IN_OFFICE, PersonalData, personal_data_of
from privacy.rights.retention.periods import period_in_words
from privacy.sealing.keys import Scope, Subject

_EXAMPLE_CHARS = 80


@dataclass
class Held:
    """One kind: ``number`` of rows, and an ``example`` of the newest one. What is sealed is not opened for it."""

    title: str
    number: int
    example: str
    basis: Basis
    period: str
    seen_by: Audience
    is_sealed: bool
    correct_url: str


@dataclass
class Group:
    """The kinds that serve one purpose."""

    purpose: Purpose
    kinds: list[Held] = field(default_factory=list)


def asked_subject(user: Any, asked: str) -> tuple[Subject, OwnedSubject, list[OwnedSubject]] | None:
    """The person, or the organisation of theirs whose row id is ``asked``, and everybody whom they may ask about.
    None for somebody else's."""
    try:
        found = own_subject(user, UUID(asked) if asked else None)
    except ValueError:
        return None
    if found is None:
        return None
    owned, others = found
    return subject_of_owned(owned), owned, others


def subject_of_owned(owned: OwnedSubject) -> Subject:
    return Subject((Scope.ORGANISATION if owned.name else Scope.PERSON).value, owned.ref)


def held_about(subject: Subject) -> list[Group]:
    """Every kind of which there is something, in the order of purposes."""
    groups = {purpose: Group(purpose) for purpose in Purpose}
    in_office = 0
    office: PersonalData | None = None
    for declared, rows in personal_data_of(subject):
        rows = declared.filled(rows)
        number = rows.count()
        if not number:
            continue
        if declared.title is IN_OFFICE:
            in_office, office = in_office + number, declared
            continue
        groups[declared.purpose].kinds.append(_held(declared, number, _example(declared, rows)))
    if office is not None:
        groups[Purpose.OFFICE].kinds.append(_held(office, in_office, ""))
    return [group for group in groups.values() if group.kinds]


def _held(declared: PersonalData, number: int, example: str) -> Held:
    return Held(
        title=str(declared.title),
        number=number,
        example=example,
        basis=declared.basis,
        period=period_in_words(declared),
        seen_by=declared.seen_by,
        is_sealed=bool(declared.sealed_names),
        correct_url=_address(declared.correct_at),
    )


def _address(name: str) -> str:
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        # Pages of sign-in that this portal has not switched on.
        return ""


def _example(declared: PersonalData, rows: QuerySet[Any]) -> str:
    """What the newest row says, as far as it can be read without opening anything."""
    fields = [declared.model_class._meta.get_field(name) for name in declared.names]
    plain: list[Any] = [one for one in fields if isinstance(one, models.Field) and _is_readable(one)]
    values = rows.order_by("-pk").values(*(one.attname for one in plain)).first() if plain else None
    told = [_told(one, values[one.attname]) for one in plain if values and values[one.attname] not in (None, "")]
    return Truncator(" · ".join(told)).chars(_EXAMPLE_CHARS)


def _is_readable(one: models.Field[Any, Any]) -> bool:
    return not (
        one.is_relation
        or hasattr(one, "needs_reason")
        or isinstance(one, models.FileField | models.JSONField | models.BooleanField | models.BinaryField)
    )


def _told(one: Any, value: Any) -> str:
    if isinstance(one, models.DateTimeField):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(one, models.DateField):
        return date_format(value, "DATE_FORMAT")
    return str(dict(one.flatchoices).get(value, value))
