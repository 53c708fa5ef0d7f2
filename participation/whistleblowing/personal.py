"""What this room holds about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.rights.registry import Basis, Keep, PersonalData, Purpose, Rows, about, register

register(
    PersonalData(
        "participation.Case",
        _("Reports of wrongdoing"),
        Rows(),
        withheld="place_and_time department_ref item contact code_digest",
        purpose=Purpose.REPORTING,
        basis=Basis.SUPERVISION,
        retention="case",
        on_erasure=Keep(_("Nobody knows who reported; each case has a key and an end of its own.")),
        not_personal="state outcome last_number received_on closed_on keep_until destroyed_on destroyed_reason",
    ),
    PersonalData(
        "participation.CaseEntry",
        _("Answers you wrote to reports of wrongdoing"),
        about("officer"),
        fields="number",
        withheld="text",
        purpose=Purpose.REPORTING,
        basis=Basis.SUPERVISION,
        retention="case",
        on_erasure=Keep(_("Nobody knows who reported; each case has a key and an end of its own.")),
        not_personal="case side new_state client_id written_on is_logged",
    ),
    PersonalData(
        "participation.CaseFile",
        _("Files of reports of wrongdoing"),
        Rows(),
        withheld="content details",
        purpose=Purpose.REPORTING,
        basis=Basis.SUPERVISION,
        retention="case",
        on_erasure=Keep(_("Nobody knows who reported; each case has a key and an end of its own.")),
        not_personal="entry",
    ),
    PersonalData(
        "participation.Recusal",
        _("Reports of wrongdoing that you left to others"),
        about("officer"),
        fields="created",
        withheld="reason",
        purpose=Purpose.REPORTING,
        basis=Basis.DUTY,
        retention="case",
        on_erasure=Keep(_("The public has to be able to see who did what in office.")),
        not_personal="case",
    ),
)
