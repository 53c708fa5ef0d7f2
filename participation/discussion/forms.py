"""The forms of a discussion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import LongText, StandingField, standings_shown
from participation.consultations.stages import Offer
from participation.discussion.keeping import LONGEST_MUTE_HOURS, SLOWEST_SECONDS
from participation.discussion.models import Event, Room

# Characters of a paragraph in a list of them.
PASSAGE_SHOWN = 80


class MessageForm(forms.Form):
    """``cid`` is made once per form, so that a form sent twice says its message once."""

    cid = forms.UUIDField(widget=forms.HiddenInput)
    reply_to = forms.IntegerField(required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput)
    line = forms.UUIDField(required=False, widget=forms.HiddenInput)
    form = forms.ChoiceField(label=_("What it is"), choices=Event.Form.choices, required=False)
    passage = forms.ChoiceField(label=_("Which paragraph it is about"), required=False)
    body = LongText(
        label=_("Your message"), max_length=settings.MESSAGE_MAX_CHARS, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        *args: Any,
        draft_key: str,
        offer: Offer,
        may_moderate: bool = False,
        passages: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        # The page has other forms with a field of this name.
        kwargs["auto_id"] = "message_%s"
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = StandingField(standings_shown(offer))
        self.fields["body"].widget.attrs["data-draft-key"] = draft_key
        if not may_moderate:
            del self.fields["form"]
        if passages:
            shown = [(passage, Truncator(passage).chars(PASSAGE_SHOWN)) for passage in passages]
            cast(forms.ChoiceField, self.fields["passage"]).choices = [("", _("About all of it")), *shown]
        else:
            del self.fields["passage"]


class EditForm(forms.Form):
    body = LongText(
        label=_("Your message"), max_length=settings.MESSAGE_MAX_CHARS, widget=forms.Textarea(attrs={"rows": 5})
    )


class ReasonForm(forms.Form):
    reason = LongText(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class RulesForm(ReasonForm):
    """What holds in a room from now on; the reason is public."""

    is_locked = forms.BooleanField(label=_("Locked: only moderators speak"), required=False)
    slow_seconds = forms.IntegerField(
        label=_("Seconds that each person waits between two messages"),
        min_value=0,
        max_value=SLOWEST_SECONDS,
        help_text=_("0: as fast as everywhere."),
    )
    holds = forms.ChoiceField(label=_("Looked at before they are shown"), choices=Room.Holds.choices, required=False)
    field_order = ("is_locked", "slow_seconds", "holds", "reason")


class MuteForm(ReasonForm):
    hours = forms.IntegerField(label=_("For how many hours"), min_value=1, max_value=LONGEST_MUTE_HOURS, initial=24)
    field_order = ("hours", "reason")
