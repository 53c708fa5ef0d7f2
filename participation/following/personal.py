"""What this room holds about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.rights.registry import Audience, Basis, Delete, Empty, PersonalData, Purpose, about, register

register(
    PersonalData(
        "participation.Follow",
        _("What you follow"),
        about("person"),
        fields="subject since",
        purpose=Purpose.NOTICES,
        basis=Basis.CONSENT,
        retention="account",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        correct_at="participation:following:follows",
    ),
    PersonalData(
        "participation.Preference",
        _("How often you want to be told"),
        about("person"),
        fields="kind cadence",
        purpose=Purpose.NOTICES,
        basis=Basis.CONSENT,
        retention="account",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        correct_at="participation:following:preferences",
    ),
    PersonalData(
        "participation.Notification",
        _("What you were told"),
        about("recipient"),
        fields="created read_at",
        purpose=Purpose.NOTICES,
        basis=Basis.CONSENT,
        retention="notifications",
        since="created",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        not_personal="announcement cadence letter",
    ),
    PersonalData(
        "participation.Letter",
        _("E-mails sent to you"),
        about("recipient"),
        fields="cadence period state created sent_at",
        purpose=Purpose.NOTICES,
        basis=Basis.CONSENT,
        retention="notifications",
        since="created",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        not_personal="announcement attempts try_after",
    ),
    PersonalData(
        "participation.Announcement",
        _("News that something you did gave rise to"),
        about("by"),
        fields="words url created",
        purpose=Purpose.NOTICES,
        basis=Basis.SERVICE,
        retention="notifications",
        since="created",
        on_erasure=Empty("by"),
        on_expiry=Delete(),
        withheld="people followed",
        not_personal="key kind subject told_at",
    ),
)
