"""What is typed about opinion maps."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import LongText, StandingField
from participation.consultations.models import Consultation, WayIn
from participation.deliberation.actions import SEEDS_MOST
from participation.deliberation.models import STATEMENT_CHARS, Conversation, MapVote, Statement
from participation.stakeholders.queries import Standing


class ConversationForm(forms.Form):
    consultation = forms.ModelChoiceField(
        label=_("Consultation"),
        queryset=Consultation.objects.none(),
        to_field_name="row_id",
        help_text=_("Only those that take opinion maps, and still take input. Its sides and dates hold for the map."),
    )
    title = forms.CharField(label=_("Question"), max_length=200)
    title_en = forms.CharField(label=_("Question in English"), max_length=200, required=False)
    purpose = LongText(label=_("What this is about"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    purpose_en = LongText(
        label=_("What this is about, in English"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, consultations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = consultations.filter(ways_in__way=WayIn.Way.OPINION_MAP).distinct()
        cast(forms.ModelChoiceField, self.fields["consultation"]).queryset = found


class SeedForm(forms.Form):
    texts = LongText(
        label=_("Statements, one a line"),
        max_length=SEEDS_MOST * (2 * STATEMENT_CHARS + 2),
        help_text=_("One thought each, in plain words, to agree or disagree with. English after a bar: |"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    is_meta = forms.BooleanField(
        label=_("They are about the opinion map itself"),
        required=False,
        help_text=_("Everybody is asked, but nobody is placed by the answers."),
    )

    def clean_texts(self) -> list[tuple[str, str]]:
        lines = [line.split("|", 1) for line in self.cleaned_data["texts"].splitlines() if line.strip()]
        return [(parts[0].strip(), parts[1].strip() if len(parts) > 1 else "") for parts in lines]


class AsSomebodyForm(forms.Form):
    """For which side somebody speaks, where there is a choice."""

    def __init__(self, *args: Any, standings: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if standings:
            self.fields["organisation"] = StandingField(standings)

    def standing(self) -> Standing:
        return cast(Standing, self.cleaned_data["organisation"])


class VoteForm(AsSomebodyForm):
    statement = forms.UUIDField(widget=forms.HiddenInput)
    value = forms.TypedChoiceField(choices=MapVote.Value.choices, coerce=int, widget=forms.HiddenInput)


class StatementForm(AsSomebodyForm):
    body = forms.CharField(
        label=_("Your statement"),
        max_length=STATEMENT_CHARS,
        help_text=_("One thought, at most 140 characters. Write it so that others can agree or disagree."),
        widget=forms.Textarea(attrs={"rows": 2, "data-count": ""}),
    )
    # What was shown as saying much the same, and is not what is meant.
    is_new = forms.BooleanField(label=_("None of these says what I mean"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["organisation", "body", "is_new"])


class ReasonForm(forms.Form):
    reason = LongText(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class StatementChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Statement) -> str:
        return f"{obj.number}. {obj.body}"


class BanForm(ReasonForm):
    """Nobody who keeps a map sees who answered what: somebody is known by a statement of theirs."""

    statement = StatementChoice(
        label=_("Statement"), queryset=Statement.objects.none(), to_field_name="row_id", empty_label=_("Please choose")
    )
    field_order = ("statement", "reason")

    def __init__(self, *args: Any, conversation: Conversation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = conversation.statements.filter(is_seed=False)
        cast(forms.ModelChoiceField, self.fields["statement"]).queryset = said
