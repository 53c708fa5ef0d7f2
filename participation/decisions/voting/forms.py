"""The ballot: a scale from 0 to 10 for every option, with words and what a measure would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.decisions.deciding.charter import LARGEST_RATING
from participation.decisions.forms import StandingForm, long_text
from participation.decisions.models import DecisionOption
from participation.decisions.voting.actions import REASON_MAX_CHARS
from portal.ui.furniture import local

BLANK = "-"
SCALE = [(str(number), str(number)) for number in range(LARGEST_RATING + 1)]


class BallotForm(StandingForm):
    """``options``: in the order in which this voter sees them."""

    def __init__(self, *args: Any, options: Sequence[DecisionOption], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        for option in options:
            self.fields[f"rating_{option.key}"] = forms.ChoiceField(
                label=f"{option.key} {local(option, 'title')}",
                choices=[*SCALE, (BLANK, _("No answer"))],
                widget=forms.RadioSelect,
                initial=BLANK,
                required=False,
            )
            self.fields[f"reason_{option.key}"] = long_text(
                _("Why?"),
                limit=REASON_MAX_CHARS,
                rows=2,
                required=False,
                help_text=_("Needed for 0 and 1. Published after the count, without your name."),
            )
            for measure in option.measures.all():
                self.fields[f"with_{measure.code}"] = forms.TypedChoiceField(
                    label=_("With “%(measure)s” I would rate it") % {"measure": local(measure, "title")},
                    choices=[("", _("the same")), *SCALE],
                    coerce=int,
                    empty_value=None,
                    required=False,
                )

    def ratings(self) -> dict[str, int | None]:
        told = {option.key: self.cleaned_data[f"rating_{option.key}"] for option in self.options}
        return {key: None if value in ("", BLANK) else int(value) for key, value in told.items()}

    def reasons(self) -> dict[str, str]:
        return {option.key: self.cleaned_data[f"reason_{option.key}"] for option in self.options}

    def conditions(self) -> dict[str, int]:
        start = "with_"
        given = {name: value for name, value in self.cleaned_data.items() if name.startswith(start)}
        return {name.removeprefix(start): value for name, value in given.items() if value is not None}

    @staticmethod
    def initial_of(content: Mapping[str, Any]) -> dict[str, Any]:
        """The own ballot, to be changed."""
        ratings = {f"rating_{key}": BLANK if value is None else str(value) for key, value in content["ratings"].items()}
        reasons = {f"reason_{key}": str(words) for key, words in content["reasons"].items()}
        return ratings | reasons | {f"with_{code}": value for code, value in content["conditions"].items()}

    def parts(self) -> Iterator[tuple[DecisionOption, Any, Any, list[Any]]]:
        """(option, rating, reason, conditions) as the page shows them."""
        for option in self.options:
            measures = [self[f"with_{measure.code}"] for measure in option.measures.all()]
            yield option, self[f"rating_{option.key}"], self[f"reason_{option.key}"], measures
