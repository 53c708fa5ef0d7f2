from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.recognition.models import Award, AwardAppeal, Juror, Nomination
from participation.recognition.queries import Standing as CaseStanding
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import User
from participation.stakeholders.queries import Standing
from portal.ui.furniture import local

MOST_PLACES = 3


def _area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AwardForm(forms.ModelForm[Award]):
    class Meta:
        model = Award
        fields = (
            *("year", "title", "title_en", "nominations_until", "voting_until", "jury_percent"),
            *("min_closing_percent", "min_verified_percent", "max_response_days", "min_score_gain"),
        )
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("nominations_until", "voting_until")
        }
        help_texts = {
            "min_closing_percent": _("Leave a condition empty that is not asked."),
            "jury_percent": _("The public vote weighs the rest."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        today = timezone.localdate()
        kwargs.setdefault(
            "initial",
            {
                "year": today.year,
                "nominations_until": today + timedelta(days=30),
                "voting_until": today + timedelta(days=51),
                "jury_percent": 50,
            },
        )
        super().__init__(*args, **kwargs)

    def validate_unique(self) -> None:
        """The action says it, with the field."""

    def _post_clean(self) -> None:
        """What does not fit together is said by the action, beside the field."""


def standing_choices(standings: Iterable[Standing]) -> list[tuple[str, Any]]:
    return [(each.key, each.label) for each in standings]


class _AsSide(forms.Form):
    """For which of their sides somebody does it."""

    side = forms.ChoiceField(label=_("I do this as"), required=False)

    def __init__(self, *args: Any, standings: Sequence[Standing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standings = {each.key: each for each in standings}
        self.fields["side"].choices = standing_choices(standings)  # type: ignore[attr-defined]
        if len(standings) == 1:
            self.fields["side"].widget = forms.HiddenInput()

    def standing(self) -> Standing:
        return self.standings[self.cleaned_data["side"]]


class NominationForm(_AsSide):
    task = forms.ChoiceField(label=_("Case"))
    reason = forms.CharField(label=_("Why it deserves the award"), max_length=2000, widget=_area(6))

    def __init__(self, *args: Any, tasks: Sequence[RectificationTask], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tasks = {str(task.row_id): task for task in tasks}
        self.fields["task"].choices = [  # type: ignore[attr-defined]
            (key, f"{local(task, 'title')} · {local(task.department, 'name')}") for key, task in self.tasks.items()
        ]
        self.order_fields(["task", "side", "reason"])

    def chosen(self) -> RectificationTask:
        return self.tasks[self.cleaned_data["task"]]


class VoteForm(_AsSide):
    nominations = forms.MultipleChoiceField(
        label=_("Which of these cases deserve the award?"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, nominations: Sequence[Nomination], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cases = {str(each.row_id): each for each in nominations}
        self.fields["nominations"].choices = [  # type: ignore[attr-defined]
            (key, local(each.task, "title")) for key, each in self.cases.items()
        ]

    def chosen(self) -> list[Nomination]:
        return [self.cases[key] for key in self.cleaned_data["nominations"]]


class JurorForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("E-mail address"),
        queryset=User.objects.filter(is_active=True),
        to_field_name="email",
        widget=forms.EmailInput,
        error_messages={"invalid_choice": _("Nobody has an account with this address yet.")},
    )
    standing = forms.CharField(
        label=_("Judges as"), max_length=120, help_text=_("Shown in public: profession and house, in Chinese.")
    )
    standing_en = forms.CharField(label=_("Judges as, in English"), max_length=120, required=False)


class InterestsForm(forms.Form):
    conflicts = forms.MultipleChoiceField(
        label=_("I have an interest in these cases, and do not judge them"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Work, family, money or a part in the case. Choose none if there is none."),
    )

    def __init__(self, *args: Any, nominations: Sequence[Nomination], juror: Juror, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cases = {str(each.row_id): each for each in nominations}
        self.fields["conflicts"].choices = [  # type: ignore[attr-defined]
            (key, local(each.task, "title")) for key, each in self.cases.items()
        ]

    def chosen(self) -> list[Nomination]:
        return [self.cases[key] for key in self.cleaned_data["conflicts"]]


class JudgeForm(forms.Form):
    score = forms.DecimalField(label=_("Score out of 100"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=_area(3))


class RefusalForm(forms.Form):
    refusal = forms.CharField(label=_("Why it is not admitted"), max_length=1000, widget=_area(2))


class DecisionForm(forms.Form):
    decided_as = forms.CharField(
        label=_("In whose name you decide"), max_length=120, help_text=_("Published beside your public name.")
    )

    def __init__(self, *args: Any, standings: Sequence[CaseStanding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cases = {str(each.nomination.row_id): each.nomination for each in standings if each.is_eligible}
        choices = [("", "—"), *((key, local(each.task, "title")) for key, each in self.cases.items())]
        for place in range(1, min(MOST_PLACES, len(self.cases)) + 1):
            values = {"place": place}
            self.fields[f"case_{place}"] = forms.ChoiceField(
                label=_("Place %(place)d") % values, choices=choices, required=place == 1
            )
            self.fields[f"reasons_{place}"] = forms.CharField(
                label=_("Reasons for place %(place)d") % values, max_length=2000, required=False, widget=_area(3)
            )
            self.fields[f"reasons_en_{place}"] = forms.CharField(
                label=_("Reasons for place %(place)d, in English") % values,
                max_length=2000,
                required=False,
                widget=_area(3),
            )

    def chosen(self) -> list[tuple[Nomination, str, str]]:
        data = self.cleaned_data
        return [
            (self.cases[data[f"case_{place}"]], data[f"reasons_{place}"], data[f"reasons_en_{place}"])
            for place in range(1, MOST_PLACES + 1)
            if data.get(f"case_{place}")
        ]


class AppealForm(forms.Form):
    words = forms.CharField(label=_("What speaks against it"), max_length=2000, widget=_area())


class AppealDecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), choices=AwardAppeal.Outcome.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=_area())
