"""What this room holds about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.rights.registry import Basis, Delete, PersonalData, Purpose, about, in_office, register

register(
    PersonalData(
        "participation.ModeratorNote",
        _("What moderators noted about you"),
        about("about"),
        # How many there are is told, and who read them; not what they say: they may name others.
        fields="created removed_at",
        withheld="text removal_reason",
        purpose=Purpose.MODERATION,
        basis=Basis.DUTY,
        retention="account",
        on_erasure=Delete(),
        not_personal="feedback evaluation message proposal statement photo",
    ),
    in_office("participation.ModeratorNote", "written_by removed_by"),
)
