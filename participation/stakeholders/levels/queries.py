"""The level of a person, and what waits for a decision about one."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.levels.models import ResidentCheck, Roster, RosterEntry
from participation.stakeholders.models import User
from portal.errors import NotAllowed, SignInRequired
from privacy.sealing import ring
from privacy.sealing.index import EPOCH_BYTES
from privacy.sealing.keys import INDEX_ROOT

Status = ResidentCheck.Status


class Level(models.IntegerChoices):
    """Each level includes those before it."""

    NONE = 0, _("Nothing is confirmed")
    EMAIL = 1, _("E-mail address confirmed")
    PHONE = 2, _("Telephone confirmed")
    RESIDENT = 3, _("Resident")


HELP: dict[Level, Promise] = {
    Level.EMAIL: _("Please confirm your e-mail address first: open the message we sent you. Your text is kept here."),
    Level.PHONE: _("This needs a confirmed telephone number. Confirm yours under My page, How well we know you."),
    Level.RESIDENT: _("This is for residents. Have your residence checked under My page, How well we know you."),
}


def level_of(user: User | AnonymousUser | None) -> Level:
    """The highest level that ``user`` has reached."""
    if not isinstance(user, User) or not user.is_active or not user.has_verified_email:
        return Level.NONE
    if user.resident_checks.filter(status=Status.CONFIRMED).exists():
        return Level.RESIDENT
    return Level.PHONE if user.phone_verified_at is not None else Level.EMAIL


def require_level(user: User | AnonymousUser | None, level: Level) -> User:
    """The person. Raises ``SignInRequired``, or ``NotAllowed`` that says how the level is reached."""
    if not isinstance(user, User) or not user.is_active:
        raise SignInRequired
    reached = level_of(user)
    if reached < level:
        raise NotAllowed(HELP[Level.EMAIL if reached == Level.NONE else level])
    return user


def latest_check(user: User) -> ResidentCheck | None:
    return user.resident_checks.order_by("-created", "-pk").first()


def checks_waiting() -> QuerySet[ResidentCheck]:
    """For moderators, the one that waits longest first."""
    return ResidentCheck.objects.filter(status=Status.ASKED).select_related("person").order_by("created", "pk")


def is_roster_under_earlier_root() -> bool:
    """Whether the roster in use was loaded before the present index root was made. It goes on being searched, but
    whoever knows the earlier root can try numbers against it."""
    in_use = RosterEntry.objects.filter(roster__status=Roster.Status.IN_USE)
    entry = in_use.values_list("number_index", flat=True).first()
    return entry is not None and not bytes(entry).startswith(ring.active_key(INDEX_ROOT).id.bytes[:EPOCH_BYTES])


def rosters() -> QuerySet[Roster]:
    """For privacy officers, the newest first."""
    found = Roster.objects.select_related("loaded_by").annotate(entry_count=models.Count("entries"))
    return found.order_by("-created", "-pk")
