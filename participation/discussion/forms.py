"""The form for a message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import LongText, StandingField, standings_shown
from participation.consultations.stages import Offer


class MessageForm(forms.Form):
    """``cid`` is made once per form, so that a form sent twice says its message once."""

    cid = forms.UUIDField(widget=forms.HiddenInput)
    body = LongText(
        label=_("Your message"), max_length=settings.MESSAGE_MAX_CHARS, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, draft_key: str, offer: Offer, **kwargs: Any) -> None:
        # The page has other forms with a field of this name.
        kwargs["auto_id"] = "message_%s"
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = StandingField(standings_shown(offer))
        self.fields["body"].widget.attrs["data-draft-key"] = draft_key
