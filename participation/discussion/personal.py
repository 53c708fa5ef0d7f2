"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event
from privacy.rights.purposes import COUNTED, MODERATED, PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Delete,
    Empty,
    Keep,
    PersonalData,
    Purpose,
    about,
    in_office,
    nothing_personal,
    register,
)

_about_the_same = Event.objects.filter(room=OuterRef("room"))
# A change is an event with the new text. It goes with what it changed, and once there is a later one.
_TAKEN_BACK = Q(kind=Event.Kind.EDIT) & (
    Q(Exists(_about_the_same.filter(seq=OuterRef("target_seq"), is_hidden=True)))
    | Q(
        Exists(_about_the_same.filter(kind=Event.Kind.EDIT, target_seq=OuterRef("target_seq"), seq__gt=OuterRef("seq")))
    )
)

register(
    PersonalData(
        "participation.Event",
        _("What you said in discussions"),
        about("actor", "organisation"),
        fields="body stakeholder_group created edited is_hidden",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(
            Empty("body", of=_TAKEN_BACK),
            Keep(PUBLISHED, of=Q(is_hidden=False, is_held=False)),
            Empty("body"),
        ),
        withheld="client_id",
        not_personal="room seq kind form target_seq reply_to line passage rules is_held",
    ),
    PersonalData(
        "participation.Opinion",
        _("Your opinions on what others said"),
        about("person"),
        fields="kind changed",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="message",
    ),
    PersonalData(
        "participation.Mute",
        _("When you could not speak in a discussion"),
        about("person"),
        fields="until reason created lifted_at",
        purpose=Purpose.MODERATION,
        basis=Basis.DUTY,
        retention="record",
        on_erasure=Keep(MODERATED),
        not_personal="room",
    ),
    in_office("participation.Mute", "muted_by"),
    PersonalData(
        "participation.ReadMark",
        _("How far you have read"),
        about("person"),
        fields="seq",
        purpose=Purpose.TAKING_PART,
        basis=Basis.SERVICE,
        retention="account",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        not_personal="room",
    ),
    nothing_personal(
        "participation.Room",
        ("consultation release programme evaluation task last_seq epoch is_locked slow_seconds holds pinned_seq"),
    ),
)
