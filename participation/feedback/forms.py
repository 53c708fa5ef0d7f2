"""The form for feedback, and those for handling it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line
from participation.consultations.forms import LongText, StandingField, standings_shown
from participation.consultations.stages import Offer
from participation.feedback.actions import PASSAGE_MAX_CHARS
from participation.feedback.models import Feedback
from participation.stakeholders.confidential_pages import add_confidential_fields
from portal.ui.furniture import local
from portal.ui.money import money


def line_label(line: Line) -> str:
    """A line as a person tells it from its neighbours: what, for what, whose, and how much."""
    amount = next((each for each in (line.adjusted, line.adopted, line.proposed) if each is not None), None)
    names = [
        local(line, "title"),
        line.economic_name,
        local(line.department, "name") if line.department else "",
        line.fund,
    ]
    parts = [name for name in dict.fromkeys(names) if name]
    if amount is not None:
        parts.append(money(amount, line.release.currency))
    return format_html_join(" · ", "{}", ((part,) for part in parts))


class FeedbackForm(forms.Form):
    """``lines`` are those to choose from: the one the reader came with, and what a search found."""

    body = LongText(
        label=_("What do you want to say?"),
        max_length=settings.MESSAGE_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    kind = forms.ChoiceField(label=_("This is"), choices=Feedback.Kind, widget=forms.RadioSelect)
    q = forms.CharField(
        label=_("Find the budget line it is about"),
        required=False,
        max_length=100,
        help_text=_("Part of the name of a programme, department or function, or a code."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    line = forms.UUIDField(label=_("About"), required=False, widget=forms.RadioSelect)
    is_anonymous = forms.BooleanField(
        label=_("Do not show my name to the public"),
        required=False,
        help_text=_("For citizens. Your text appears as from “A citizen”."),
    )
    callback_phone = forms.CharField(
        label=_("Telephone for a call back"),
        required=False,
        max_length=40,
        help_text=_("Kept sealed, never shown. A moderator opens it only for a stated purpose, and you see who did."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    sealed_passage = LongText(
        label=_("For the moderators only"),
        required=False,
        max_length=PASSAGE_MAX_CHARS,
        help_text=_("Kept sealed: names, places, what would harm somebody. You see who opened it, when and for what."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    attachment = forms.FileField(
        label=_("Photo or document"),
        required=False,
        help_text=_("One PDF, PNG, JPEG, Word, Excel, CSV or text file. It will be public."),
    )
    programme = forms.UUIDField(required=False, widget=forms.HiddenInput)
    indicator = forms.UUIDField(required=False, widget=forms.HiddenInput)
    task = forms.UUIDField(required=False, widget=forms.HiddenInput)
    cid = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, draft_key: str, offer: Offer, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = StandingField(standings_shown(offer))
        add_confidential_fields(self, offer.standings)
        self.fields["body"].widget.attrs["data-draft-key"] = draft_key
        self.fields["attachment"].widget.attrs["data-max-bytes"] = str(settings.ATTACHMENT_MAX_BYTES)
        whole = ("", _("The consultation as a whole"))
        self.fields["line"].widget.choices = [*((str(line.row_id), line_label(line)) for line in lines), whole]  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """Which one it says the same as, by its number or chosen among the similar ones."""

    into = forms.CharField(label=_("Number of the other one"), max_length=20, help_text=_("For example F-2025-00012."))
    reason = LongText(
        label=_("Reason"),
        max_length=1000,
        help_text=_("The author reads it, and it stays in the history."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
