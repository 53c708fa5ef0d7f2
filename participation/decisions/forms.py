"""What is typed about decisions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.consultations.forms import LongText, StandingField
from participation.consultations.models import Consultation
from participation.decisions.models import DecisionMeasure, DecisionOption, DecisionRoom
from participation.decisions.objecting.models import DecisionObjection
from participation.decisions.voting.models import DecisionSeat
from participation.stakeholders.models import Role, User
from participation.stakeholders.queries import Standing
from portal.currency import minor_digits

MOMENT = {"type": "datetime-local"}
DAY = {"type": "date"}
ANCHORS: tuple[tuple[int, str | Promise], ...] = (
    (0, _("must not happen: I object")),
    (3, _("strong reservations")),
    (5, _("I can live with it")),
    (8, _("good")),
    (10, _("fully support")),
)
NO_ANSWER = ""


def long_text(label: Any, *, limit: int = 2000, rows: int = 3, **kwargs: Any) -> LongText:
    return LongText(label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class AmountField(forms.DecimalField):
    """An amount in whole units of the currency, as minor units."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=16, decimal_places=2, **kwargs)

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        amount: Decimal | None = super().clean(value)
        return None if amount is None else int(amount * 10 ** minor_digits("CNY"))


class RoomForm(forms.Form):
    consultation = forms.ModelChoiceField(
        label=_("Consultation"), queryset=Consultation.objects.none(), to_field_name="row_id"
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    question = long_text(_("What is decided"))
    question_en = long_text(_("What is decided, in English"), required=False)
    status_quo = long_text(
        _("How things are now"), limit=8000, help_text=_("Leaving things as they are is always one of the options.")
    )
    status_quo_en = long_text(_("How things are now, in English"), limit=8000, required=False)
    budget = AmountField(label=_("What an option may cost at most (yuan)"), required=False)

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Consultation.objects.visible_to(keeper).filter(ways_in__way="decision").distinct()
        cast(forms.ModelChoiceField, self.fields["consultation"]).queryset = found


class OptionForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    text = long_text(_("The plan"), limit=8000, rows=5)
    text_en = long_text(_("The plan, in English"), limit=8000, required=False)
    cost = AmountField(label=_("Cost (yuan)"))
    legal_note = long_text(_("What the legal check found"), limit=1000, rows=2)
    benefit = AmountField(label=_("What it is worth, where that can be said (yuan)"), required=False)
    equity_reason = long_text(
        _("Why it is done all the same"),
        limit=1000,
        rows=2,
        required=False,
        help_text=_("Needed where it is worth less than it costs."),
    )
    households = forms.IntegerField(label=_("Households that it burdens"), min_value=1, required=False)
    area = forms.CharField(
        label=_("Area that it affects"),
        max_length=200,
        required=False,
        help_text=_("Where most of those who live there sign, the option needs every side."),
    )
    area_en = forms.CharField(label=_("Area that it affects, in English"), max_length=200, required=False)
    area_people = forms.IntegerField(label=_("People of that area who may sign"), min_value=1, required=False)
    attachment = forms.FileField(label=_("File"), required=False)


class OfRoomForm(forms.Form):
    """A form with a choice among the options of a decision."""

    def __init__(self, *args: Any, room: DecisionRoom, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room
        if "option" in self.fields:
            plans = room.options.standing().exclude(key="SQ")
            cast(forms.ModelChoiceField, self.fields["option"]).queryset = plans


def option_field(**kwargs: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=_("Option"), queryset=DecisionOption.objects.none(), to_field_name="key", **kwargs
    )


class ReasonForm(forms.Form):
    reason = long_text(_("Reason"), limit=1000, rows=2, help_text=_("It is published, and stays in the history."))


class HideForm(ReasonForm):
    place = forms.IntegerField(label=_("Number in the list"), min_value=1)
    field_order = ("place", "reason")

    def clean_place(self) -> int:
        """From 0, as it is kept."""
        return int(self.cleaned_data["place"]) - 1


class ChangeForm(OptionForm, OfRoomForm, ReasonForm):
    option = option_field(help_text=_("Only what you fill in below is changed."))
    attachment = None  # type: ignore[assignment]
    field_order = ("option",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OptionForm.base_fields.keys() & self.fields.keys():
            self.fields[name].required = False


class WithdrawForm(OfRoomForm, ReasonForm):
    option = option_field()
    field_order = ("option", "reason")


class MeasureForm(OfRoomForm):
    option = option_field()
    kind = forms.ChoiceField(label=_("Kind"), choices=DecisionMeasure.Kind.choices)
    title = forms.CharField(label=_("What is done"), max_length=200)
    title_en = forms.CharField(label=_("What is done, in English"), max_length=200, required=False)
    beneficiaries = forms.CharField(
        label=_("For which people or area"),
        max_length=200,
        help_text=_("A class of people or an area, never somebody."),
    )
    beneficiaries_en = forms.CharField(label=_("For which people or area, in English"), max_length=200, required=False)
    cost = AmountField(label=_("Cost (yuan)"))
    department = forms.ModelChoiceField(label=_("Responsible"), queryset=Department.objects.none())
    due_on = forms.DateField(label=_("Deadline"), widget=forms.DateInput(attrs=DAY))
    evidence = forms.CharField(label=_("How one will see that it is done"), max_length=300)
    legal_form = forms.CharField(label=_("Legal form"), max_length=200, required=False)

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = Department.objects.visible_to(keeper).select_related("government")
        cast(forms.ModelChoiceField, self.fields["department"]).queryset = departments


class PackageForm(OfRoomForm):
    option = option_field()
    measures = forms.ModelMultipleChoiceField(
        label=_("Measures"),
        queryset=DecisionMeasure.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        to_field_name="row_id",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = DecisionMeasure.objects.filter(option__room=self.room).select_related("option")
        cast(forms.ModelMultipleChoiceField, self.fields["measures"]).queryset = found


class SeatForm(OfRoomForm, ReasonForm):
    seat = forms.ModelChoiceField(label=_("Organisation"), queryset=DecisionSeat.objects.none(), to_field_name="row_id")
    votes_with = forms.ModelChoiceField(
        label=_("Shares the ballot of"),
        queryset=DecisionSeat.objects.none(),
        to_field_name="row_id",
        required=False,
        help_text=_("Branches under one owner cast one ballot."),
    )
    is_removed = forms.BooleanField(label=_("Take it off the roster"), required=False)
    field_order = ("seat", "votes_with", "is_removed", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = self.room.seats.select_related("organisation")
        for name in ("seat", "votes_with"):
            cast(forms.ModelChoiceField, self.fields[name]).queryset = seats


class EndForm(forms.Form):
    ends_at = forms.DateTimeField(label=_("Ratings until"), widget=forms.DateTimeInput(attrs=MOMENT))


class ConcludeForm(OfRoomForm):
    option = option_field(required=False, help_text=_("Only where the competent authority decides."))
    reasons = long_text(_("Reasons"), limit=4000, rows=5)
    reasons_en = long_text(_("Reasons, in English"), limit=4000, required=False)
    review_on = forms.DateField(label=_("Is looked at again on"), widget=forms.DateInput(attrs=DAY), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["option"]).queryset = self.room.options.standing()


class CommitmentForm(forms.Form):
    text = forms.CharField(label=_("What will be done"), max_length=200)
    text_en = forms.CharField(label=_("What will be done, in English"), max_length=200, required=False)
    beneficiaries = forms.CharField(label=_("For which people or area"), max_length=200)
    beneficiaries_en = forms.CharField(label=_("For which people or area, in English"), max_length=200, required=False)
    evidence = forms.CharField(label=_("How one will see that it is done"), max_length=300)
    cost = AmountField(label=_("Cost (yuan)"))
    department = forms.ModelChoiceField(label=_("Responsible"), queryset=Department.objects.none())
    due_on = forms.DateField(label=_("Deadline"), widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = Department.objects.visible_to(keeper).select_related("government")
        cast(forms.ModelChoiceField, self.fields["department"]).queryset = departments


class TaskForm(forms.Form):
    officer = forms.ModelChoiceField(label=_("Officer who answers for it"), queryset=User.objects.none())

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        officers = department.appointments.current().filter(role=Role.OFFICER)
        people = User.objects.filter(pk__in=officers.values("person"))
        cast(forms.ModelChoiceField, self.fields["officer"]).queryset = people


class StandingForm(forms.Form):
    """For which side somebody speaks, where there is a choice."""

    def __init__(self, *args: Any, standings: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if standings:
            self.fields["organisation"] = StandingField(standings)
            self.order_fields(["organisation"])

    def standing(self) -> Standing:
        return cast(Standing, self.cleaned_data["organisation"])


class ObjectionForm(StandingForm, OfRoomForm):
    option = option_field()
    harm = forms.ChoiceField(
        label=_("What is harmed"), choices=DecisionObjection.Harm.choices, widget=forms.RadioSelect
    )
    part = forms.CharField(label=_("Which part of the plan does it"), max_length=300)
    text = long_text(_("What happens, and to whom"), limit=4000, rows=5, help_text=_("It is public."))
    is_protected = forms.BooleanField(label=_("Do not show my name"), required=False)
    with_ballot = forms.BooleanField(
        label=_("Count it with my ballot, whatever I rate"),
        required=False,
        help_text=_(
            "Then the published file shows which ratings go with this objection. A rating of 0 or 1 counts anyhow."
        ),
    )


class PetitionForm(StandingForm, OfRoomForm):
    option = option_field()
    of_area = forms.BooleanField(
        label=_("I live in the area that the option affects, and begin it for those who live there"), required=False
    )
    text = long_text(_("What the concern is"), help_text=_("It is public, without names."))


class SubstanceForm(forms.Form):
    finds = forms.TypedChoiceField(
        label=_("Does it name a harm of substance?"),
        choices=[("1", _("Yes, it counts")), ("0", _("No"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    reason = long_text(_("Reason"), limit=1000, rows=2, help_text=_("It is published without your name."))


class WordsForm(forms.Form):
    words = long_text(_("In words"), limit=2000)


class OwnMoveForm(forms.Form):
    state = forms.ChoiceField(label=_("What becomes of it"), widget=forms.RadioSelect)
    words = long_text(_("In words"), limit=2000, required=False)

    def __init__(self, *args: Any, objection: DecisionObjection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = {
            DecisionObjection.State.RESOLVED: _("It is resolved by what was offered"),
            DecisionObjection.State.SUSTAINED: _("I sustain it"),
            DecisionObjection.State.WITHDRAWN: _("I withdraw it"),
            DecisionObjection.State.APPEALED: _("I appeal to the panel once more"),
        }
        choices = [(str(state), words) for state, words in said.items() if objection.may_become(state)]
        cast(forms.ChoiceField, self.fields["state"]).choices = choices


class VoteForm(forms.Form):
    admits = forms.TypedChoiceField(
        label=_("Does it name a harm, and the part of the plan that does it?"),
        choices=[("1", _("Yes, it is admitted")), ("0", _("No"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    reason = long_text(_("Reason"), limit=1000, rows=2, help_text=_("It is published without your name."))


class LegalForm(forms.Form):
    finding = forms.ChoiceField(
        label=_("What the legal unit finds"),
        choices=[
            (str(DecisionObjection.Legal.CLOSED), _("It does not stand in the way")),
            (str(DecisionObjection.Legal.UPHELD), _("It stands in the way")),
        ],
        widget=forms.RadioSelect,
    )
    words = long_text(_("In words"), limit=2000)


class MinorityForm(forms.Form):
    text = long_text(_("Minority report"), limit=8000, rows=6)
    indicator = forms.CharField(label=_("By what one will see who was right"), max_length=300, required=False)


class AnswerForm(forms.Form):
    answer = long_text(_("Answer, point by point"), limit=8000, rows=5)


class JudgeForm(forms.Form):
    counts = forms.TypedChoiceField(
        label=_("Does this ballot count?"),
        choices=[("1", _("It counts")), ("0", _("It does not count"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    reason = long_text(_("Reason"), limit=1000, rows=2)
