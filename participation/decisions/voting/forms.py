"""The ballot: a scale from 0 to 10 for every option, with words and what a measure would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from participation.decisions.deciding.charter import LARGEST_RATING
from participation.decisions.forms import StandingForm, long_text
from participation.decisions.models import DecisionOption
from participation.decisions.voting.actions import REASON_MAX_CHARS
from participation.stakeholders.models import StakeholderGroup
from portal.ui.furniture import local

BLANK = "-"
SCALE = [(str(number), str(number)) for number in range(LARGEST_RATING + 1)]


class BallotForm(StandingForm):
    """``options``: in the order in which this voter sees them. ``parts``: of the population, by which ballots of
    citizens are weighted: name -> [district, district in English, ages]."""

    def __init__(
        self,
        *args: Any,
        options: Sequence[DecisionOption],
        parts: Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        self.population = parts or {}
        self._ask_part()
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

    def _ask_part(self) -> None:
        is_english = (get_language() or "").startswith("en")
        districts = {name: (name_en if is_english and name_en else name) for name, name_en, _a in self._parts()}
        ages = dict.fromkeys(age for _d, _e, age in self._parts())
        unsaid = ("", _("I do not say"))
        if len(districts) > 1:
            choices = [unsaid, *districts.items()]
            self.fields["district"] = forms.ChoiceField(label=_("Where I live"), choices=choices, required=False)
        if ages:
            named = [unsaid, *((age, age) for age in ages)]
            self.fields["ages"] = forms.ChoiceField(label=_("How old I am"), choices=named, required=False)

    def _parts(self) -> list[Sequence[str]]:
        return list(self.population.values())

    @property
    def part_fields(self) -> list[Any]:
        return [self[name] for name in ("district", "ages") if name in self.fields]

    def part(self) -> str:
        """The part of the population that is said, "" for none: one answer without the other says nothing."""
        said = {name: self.cleaned_data.get(name, "") for name in ("district", "ages") if name in self.fields}
        if not said or not all(said.values()) or self.standing().group != StakeholderGroup.CITIZEN:
            return ""
        return next(
            (
                key
                for key, (district, _en, ages) in self.population.items()
                if said.get("district", district) == district and said["ages"] == ages
            ),
            "",
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
    def initial_of(content: Mapping[str, Any], parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The own ballot, to be changed."""
        district, _en, ages = parts.get(content.get("part", ""), ("", "", ""))
        ratings = {f"rating_{key}": BLANK if value is None else str(value) for key, value in content["ratings"].items()}
        reasons = {f"reason_{key}": str(words) for key, words in content["reasons"].items()}
        with_measures = {f"with_{code}": value for code, value in content["conditions"].items()}
        return ratings | reasons | with_measures | {"district": district, "ages": ages}

    def parts(self) -> Iterator[tuple[DecisionOption, Any, Any, list[Any]]]:
        """(option, rating, reason, conditions) as the page shows them."""
        for option in self.options:
            measures = [self[f"with_{measure.code}"] for measure in option.measures.all()]
            yield option, self[f"rating_{option.key}"], self[f"reason_{option.key}"], measures
