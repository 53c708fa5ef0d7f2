"""What somebody is told and follows, each as they may see it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import translate_url
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from participation.following.kinds import DEFAULTS, SENTENCES, Kind
from participation.following.models import Follow, Notification, Preference
from participation.following.subjects import Subject, address_of, found, name_of
from participation.stakeholders.models import User
from portal.ui.furniture import local

# The bell counts no further.
COUNTED = 100


@dataclass(frozen=True)
class Told:
    """A notification in the reader's language. Of what they may not see any more nothing is told: no word, no way."""

    notification: Notification
    kind: str
    sentence: str
    url: str
    is_visible: bool = True


def in_words(notifications: Iterable[Notification], user: User) -> list[Told]:
    """The notifications of ``user`` in words; one query for each sort of record that they are about."""
    notifications = list(notifications)
    records = _records([(row.announcement.subject, row.announcement.row_id) for row in notifications], user)
    return [_told(row, records.get((row.announcement.subject, row.announcement.row_id))) for row in notifications]


def _records(wanted: Sequence[tuple[str, UUID]], user: User) -> dict[tuple[str, UUID], Any]:
    by_subject: dict[str, set[UUID]] = {}
    for subject, row_id in wanted:
        by_subject.setdefault(subject, set()).add(row_id)
    return {
        (subject, row_id): record
        for subject, row_ids in by_subject.items()
        for row_id, record in found(subject, row_ids, user).items()
    }


def _told(notification: Notification, record: Any | None) -> Told:
    announcement = notification.announcement
    sentence = SENTENCES.get((announcement.kind, announcement.words.get("step", "")))
    if record is None or sentence is None:
        return Told(notification, "", _("This is not public any more."), "", is_visible=False)
    words = {"title": local(announcement.words, "title") or name_of(record)}
    if "on" in announcement.words:
        words["on"] = date_format(date.fromisoformat(announcement.words["on"]), "DATE_FORMAT")
    language = get_language() or "zh-hans"
    url = translate_url(announcement.url, language) if announcement.url else address_of(record)
    return Told(notification, announcement.kind, str(sentence) % words, url)


def notifications_for(user: User, *, kind: str = "", unread: bool = False) -> QuerySet[Notification]:
    """What ``user`` was told, the newest first."""
    told: Any = Notification.objects.visible_to(user).select_related("announcement").order_by("-created", "-pk")
    if kind:
        told = told.filter(announcement__kind=kind)
    found_here: QuerySet[Notification] = told.unread() if unread else told
    return found_here


def unread_count(user: User) -> int:
    """How much is unread, ``COUNTED`` at most. One query."""
    count: int = Notification.objects.visible_to(user).unread()[:COUNTED].count()
    return count


def is_following(user: User | AnonymousUser, subject: str, row_id: UUID) -> bool:
    return Follow.objects.visible_to(user).filter(subject=subject, row_id=row_id).exists()


@dataclass(frozen=True)
class Followed:
    """Something that is followed; without name and way where the follower may not see it any more."""

    follow: Follow
    sort: str
    name: str
    url: str


def follows_of(user: User, follows: Iterable[Follow]) -> list[Followed]:
    """What ``user`` follows, by name; one query for each sort of record."""
    follows = list(follows)
    records = _records([(row.subject, row.row_id) for row in follows], user)
    return [
        Followed(
            row,
            str(Subject(row.subject).label),
            name_of(record) if record is not None else "",
            address_of(record) if record is not None else "",
        )
        for row in follows
        for record in [records.get((row.subject, row.row_id))]
    ]


def cadences_of(user: User) -> dict[str, str]:
    """Kind -> how often ``user`` is told of it."""
    chosen = dict(Preference.objects.filter(person=user).values_list("kind", "cadence"))
    return {kind: chosen.get(kind, DEFAULTS[kind]) for kind in Kind.values}
