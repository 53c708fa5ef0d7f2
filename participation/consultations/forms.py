"""What the forms of the ways in have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.consultations.stages import Offer
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing


class LongText(forms.CharField):
    """Several lines of text. A line break counts as one character, as it does where the text is kept."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class StandingField(forms.ChoiceField):
    """For which side somebody speaks. With a single side there is nothing to choose; an organisation is named."""

    def __init__(self, standings: Sequence[Standing], **kwargs: Any) -> None:
        self.standings = {standing.key: standing for standing in standings}
        super().__init__(
            label=_("I speak"),
            choices=[(key, self.words(standing)) for key, standing in self.standings.items()],
            widget=forms.RadioSelect if len(self.standings) > 1 else forms.HiddenInput,
            initial=next(iter(self.standings), ""),
            required=False,
            **kwargs,
        )

    @property
    def only_organisation(self) -> str:
        """The words of the one side, where that is an organisation; else nothing."""
        standings = list(self.standings.values())
        return self.words(standings[0]) if len(standings) == 1 and standings[0].organisation else ""

    def words(self, standing: Standing) -> str:
        if standing.organisation is None:
            return str(_("for myself, as a citizen"))
        return str(_("for %(organisation)s") % {"organisation": standing.label})

    def clean(self, value: Any) -> Standing:
        """The chosen standing; the first one for a form sent without a choice."""
        chosen = self.standings.get(str(value or ""))
        if chosen is not None:
            return chosen
        if value or not self.standings:
            raise forms.ValidationError(_("You do not act for this organisation."), code="standing")
        return next(iter(self.standings.values()))


def standings_shown(offer: Offer) -> Sequence[Standing]:
    """The sides to choose from. A visitor's form shows the citizen's, so that it can be filled in before signing in."""
    return offer.standings or (Standing(StakeholderGroup.CITIZEN),)


class ExtensionForm(forms.Form):
    """Why an answer takes longer."""

    reason = LongText(
        label=_("Why it takes longer"),
        max_length=1000,
        help_text=_("The author is told, and it stands on the page. It can be done once."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
