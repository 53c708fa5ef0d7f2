"""What this app has to be told about people by whoever knows them: which offices they hold, whom they answer for.

``settings.PRIVACY_DIRECTORY`` names a class with these methods. Nothing else of other apps is known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from privacy.sealing.keys import Subject


@dataclass(frozen=True)
class Standing:
    """The offices of a person at one moment: codes that are stored, and the department (in words) of an officer."""

    roles: tuple[str, ...] = ()
    department: str = ""


@dataclass(frozen=True)
class OwnedSubject:
    """Somebody whose readings a person may see: the person (``name`` is empty) or an organisation that they own."""

    ref: UUID
    name: str = ""


@dataclass(frozen=True)
class Contact:
    """Where somebody can be written to. ``language`` is one of ``settings.LANGUAGES``."""

    name: str
    email: str
    language: str


class Directory(Protocol):
    def standing_of(self, user: Any) -> Standing:
        """The offices that ``user`` holds now."""

    def standings_at(self, asked: Iterable[tuple[Any, datetime]]) -> Mapping[tuple[Any, datetime], Standing]:
        """The offices of each person (by primary key) at each moment, in a fixed number of queries."""

    def role_label(self, role: str) -> str:
        """The name of an office in the reader's language; the code itself when it is unknown."""

    def roles(self) -> Sequence[str]:
        """Every office there is."""

    def may_audit(self, user: Any) -> bool:
        """Whether ``user`` may read who read what: auditors, privacy officers and administrators."""

    def may_look_into(self, user: Any) -> bool:
        """Whether ``user`` may settle an alert about readings. Auditors read it, and change nothing."""

    def may_guard_privacy(self, user: Any) -> bool:
        """Whether ``user`` answers for the privacy of everybody: requests, erasures, retention, incidents."""

    def may_answer_requests(self, user: Any) -> bool:
        """Whether ``user`` answers people about their data and opens what they wrote: privacy officers, and no
        administrator as such."""

    def may_audit_cases(self, user: Any) -> bool:
        """Whether ``user`` may know that confidential cases were read: auditors, and no administrator as such."""

    def may_moderate(self, user: Any) -> bool:
        """Whether ``user`` may read text that a moderator has hidden."""

    def may_compare(self, user: Any) -> bool:
        """Whether ``user`` may read changes word by word, those of hidden text too: moderators and auditors."""

    def subjects_of(self, user: Any) -> Sequence[OwnedSubject]:
        """Whose readings ``user`` may see: first their own, then those of each organisation that they own."""

    def working_days_after(self, day: date, count: int, jurisdiction: str) -> date:
        """The ``count``-th working day after ``day``, by the official calendar of ``jurisdiction``."""

    def is_within_rate(self, request: Any, kind: str) -> bool:
        """Count one act of ``kind`` by whoever sent the HTTP request; False where it is one too many."""

    def watchers(self) -> Sequence[Any]:
        """The administrators who are told of an alert by mail."""

    def privacy_guards(self) -> Sequence[Any]:
        """Everybody who is told by mail of an incident: privacy officers and administrators."""

    def contacts_of(self, subjects: Iterable[Subject]) -> Mapping[Subject, Contact]:
        """Where people can be written to, and organisations through their owners; without those who cannot."""

    def sign_out(self, people: Collection[UUID] | None, *, keep: Any) -> int:
        """End the sessions of these people (row ids; None: of everybody but ``keep``). Returns how many ended."""

    def lock_accounts(self, people: Collection[UUID], *, locked: bool) -> Sequence[UUID]:
        """Lock accounts, or open them again. Returns the row ids of those that were not so before."""

    def plant_person(self) -> Any:
        """A made-up person whom nobody has a reason to look at, and who can never sign in."""


@lru_cache(maxsize=1)
def directory() -> Directory:
    found: Directory = import_string(settings.PRIVACY_DIRECTORY)()
    return found


def standing_in_words(roles: Iterable[str], department: str) -> str:
    """ "Moderator", "Department officer · Education", or nothing for somebody who holds no office."""
    named = [directory().role_label(role) for role in roles]
    return " · ".join([*named, department] if department else named)
