"""What is held about people, kind by kind: why, on which basis, for how long, and what becomes of it.

Every room declares its own models in its ``personal.py``::

    register(
        PersonalData("participation.Draft", _("What you have begun to write"), about("person"), fields="typed",
                     purpose=Purpose.TAKING_PART, basis=Basis.CONSENT, retention="drafts", since="saved_at",
                     on_erasure=Delete(), not_personal="consultation saved_at"),
        nothing_personal("participation.Stage", "consultation kind starts_at ends_at"),
    )

A model may be declared more than once, where different fields of it are about different people or are kept for
different reasons. History rows are what their living model is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, util
from inspect import getattr_static
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.rights.field_words import COMMON_WORDS
from privacy.rights.purposes import Audience, Basis, Purpose
from privacy.sealing.keys import Scope, Subject

__all__ = [
    "Audience", "Basis", "Delete", "Empty", "Keep", "PersonalData", "Purpose", "Rows", "Shred", "Subject", "Way",
    "about", "declarations", "declared_fields", "in_office", "nothing_personal", "personal_data",
    "personal_data_of", "register",
]  # fmt: skip

Words = str | Promise
IN_OFFICE = _("What you did in office")


# What becomes of rows -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """What becomes of the rows that ``of`` matches; of all rows where it matches everything."""

    of: Q = field(default_factory=Q)


@dataclass(frozen=True)
class Delete(Way):
    """The row goes, with its history."""


@dataclass(frozen=True)
class Shred(Way):
    """The row stays and its sealed fields read as erased, because the key of its subject is destroyed. Where only
    this row is meant, its sealed fields are emptied."""


@dataclass(frozen=True, init=False)
class Empty(Way):
    """The row stays without what these fields held."""

    fields: tuple[str, ...] = ()

    def __init__(self, *fields: str, of: Q | None = None) -> None:
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "of", of or Q())


@dataclass(frozen=True, init=False)
class Keep(Way):
    """The row stays as it is, for ``reason``; where it names a person, it names an account that was erased."""

    reason: Words = ""

    def __init__(self, reason: Words, of: Q | None = None) -> None:
        object.__setattr__(self, "reason", reason)
        object.__setattr__(self, "of", of or Q())


# Which rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """Which rows are about a subject: paths of lookups to people, and to organisations. "" is the row itself."""

    person: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()

    def condition(self, subject: Subject) -> Q | None:
        """None where rows of this kind are never about such a subject."""
        paths = {Scope.PERSON: self.person, Scope.ORGANISATION: self.organisation}.get(Scope(subject.scope_type), ())
        found: Q | None = None
        for path in paths:
            one = Q(**{f"{path}__row_id" if path else "row_id": subject.ref})
            found = one if found is None else found | one
        return found

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the model itself by which it names somebody."""
        return tuple(path.split("__")[0] for path in (*self.person, *self.organisation) if path)


def about(person: str = "", organisation: str = "", *, itself: str = "") -> Rows:
    """Rows that name a person or an organisation in one of these fields (paths, with spaces between them).
    ``itself`` is "person" or "organisation" where each row is one."""
    mine = {"person": ("",)}.get(itself, ()), {"organisation": ("",)}.get(itself, ())
    return Rows((*mine[0], *person.split()), (*mine[1], *organisation.split()))


# One kind of data -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PersonalData:
    """One kind of data about people.

    ``rows`` finds those of a subject. ``fields`` are the personal ones (names with spaces between them, or names with
    words for them; else their ``verbose_name`` is shown); ``not_personal`` are others of the same row, which give
    their context. ``withheld`` are personal and never shown or handed out: passwords, marks made from other fields.
    ``retention`` is the key of a dated rule of kind "retention/<key>", counted from the field ``since``; without
    ``since`` the data stays as long as what it belongs to. ``on_erasure`` is one way or several, of which the first
    that matches a row counts; ``on_expiry`` is the same for what has been kept long enough. ``found`` finds rows
    where no lookup can.
    """

    model: str
    title: Words
    rows: Rows
    fields: str | dict[str, Words] = ""
    purpose: Purpose = Purpose.TAKING_PART
    basis: Basis = Basis.CONSENT
    retention: str = ""
    since: str = ""
    seen_by: Audience = Audience.OFFICES
    on_erasure: Way | tuple[Way, ...] = Delete()
    on_expiry: Way | None = None
    not_personal: str | tuple[str, ...] = ""
    withheld: str | tuple[str, ...] = ""
    found: Callable[[Subject], QuerySet[Any]] | None = None
    correct_at: str = ""  # The name of the address where the person can put it right.

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the personal fields that are shown and exported, in their order."""
        return tuple(self.fields) if isinstance(self.fields, dict) else tuple(self.fields.split())

    @property
    def context(self) -> tuple[str, ...]:
        return _names(self.not_personal)

    @property
    def hidden(self) -> tuple[str, ...]:
        return _names(self.withheld)

    def words(self, name: str) -> Words:
        """The name of a field in words."""
        if isinstance(self.fields, dict) and self.fields.get(name):
            return self.fields[name]
        words: Words = getattr(self.model_class._meta.get_field(name), "verbose_name", name)
        return words if isinstance(words, Promise) else COMMON_WORDS.get(name, words)

    @property
    def dated_field(self) -> Any:
        """The field that ``since`` names, perhaps of a related row."""
        field: Any = None
        model: Any = self.model_class
        for name in self.since.split("__"):
            field = model._meta.get_field(name)
            model = field.related_model
        return field

    @property
    def ways(self) -> tuple[Way, ...]:
        return self.on_erasure if isinstance(self.on_erasure, tuple) else (self.on_erasure,)

    @property
    def sealed_names(self) -> tuple[str, ...]:
        """Of the personal fields, those that are sealed."""
        return tuple(name for name in self.names if hasattr(self.model_class._meta.get_field(name), "needs_reason"))

    def of(self, subject: Subject) -> QuerySet[Any]:
        """The rows about ``subject``, in the order in which they were made."""
        if self.found is not None:
            return self.found(subject)
        return self._matching(self.model_class, subject)

    def history_of(self, subject: Subject) -> QuerySet[Any] | None:
        """The rows of the history about ``subject``, those of deleted rows too; None where there is no history."""
        # Asked of the class itself, simple_history makes a manager anew each time.
        history: Any = getattr_static(self.model_class, "history", None)
        return None if history is None or self.found is not None else self._matching(history.model, subject)

    def _matching(self, model: type[Model], subject: Subject) -> QuerySet[Any]:
        condition = self.rows.condition(subject)
        if condition is None:
            return model._base_manager.none()
        return model._base_manager.filter(condition).order_by("pk")

    def filled(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of ``rows`` that hold anything of this kind: what may all be missing may be missing."""
        own = [self.model_class._meta.get_field(name) for name in self.names]
        if not own or any(one.many_to_many or not one.null for one in own):
            return rows
        held = Q(pk__in=())
        for one in own:
            held |= Q(**{f"{one.name}__isnull": False})
        return rows.filter(held)

    def ways_for(self, rows: QuerySet[Any]) -> Iterator[tuple[Way, QuerySet[Any]]]:
        """Each way of erasure with the rows it is for; a row that no way matches is deleted."""
        for way in (*self.ways, Delete()):
            yield way, rows.filter(way.of) if way.of else rows
            if not way.of:
                return
            rows = rows.exclude(pk__in=rows.filter(way.of).order_by().values("pk"))


def _names(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(given.split()) if isinstance(given, str) else given


def nothing_personal(model: str, fields: str = "") -> PersonalData:
    """A model about nobody: all of its fields, by name."""
    return PersonalData(model, "", Rows(), not_personal=fields, purpose=Purpose.NONE, basis=Basis.NONE)


def in_office(model: str, people: str, fields: str = "", *, not_personal: str | tuple[str, ...] = "") -> PersonalData:
    """What somebody did in office: ``people`` are the fields that name them, ``fields`` what they wrote."""
    return PersonalData(
        model,
        IN_OFFICE,
        about(people),
        fields=fields,
        purpose=Purpose.OFFICE,
        basis=Basis.DUTY,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(_("The public has to be able to see who did what in office.")),
        not_personal=not_personal,
    )


# All of them ----------------------------------------------------------------------------------------

_declared: dict[str, list[PersonalData]] = {}


def register(*declared: PersonalData) -> None:
    """Called once by each ``personal.py``, when it is imported."""
    for one in declared:
        _declared.setdefault(one.model.lower(), []).append(one)


@cache
def _import_declarations() -> None:
    """Import every ``personal.py`` in the packages of ``settings.PRIVACY_DECLARED_IN``."""
    for package in settings.PRIVACY_DECLARED_IN:
        spec = util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(folder).rglob("personal.py")):
                import_module(".".join((package, *path.relative_to(folder).with_suffix("").parts)))


def declarations() -> list[PersonalData]:
    """Every declaration, those of models about nobody too, by name of model. What Wagtail's search keeps differs with
    the database: a model that is not there is left out."""
    _import_declarations()
    present = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    return [one for label in sorted(present & _declared.keys()) for one in _declared[label]]


def personal_data() -> list[PersonalData]:
    """Every kind of data about people."""
    return [one for one in declarations() if one.purpose != Purpose.NONE]


def personal_data_of(subject: Subject) -> Iterator[tuple[PersonalData, QuerySet[Any]]]:
    """Each kind that can be about ``subject``, with its rows (which may be none)."""
    for one in personal_data():
        if one.found is not None or one.rows.condition(subject) is not None:
            yield one, one.of(subject)


def declared_fields(model: type[Model]) -> dict[str, PersonalData]:
    """The names of all declared fields of a model, each with its first declaration."""
    _import_declarations()
    found: dict[str, PersonalData] = {}
    for one in _declared.get(model._meta.label_lower, ()):
        for name in (*one.rows.fields, *one.names, *one.context, *one.hidden):
            found.setdefault(name, one)
    return found
