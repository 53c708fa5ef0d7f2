"""What is typed about allocations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cms.budget.models import Department
from participation.allocation.actions import DATES, RULES, TEXTS
from participation.allocation.counting.completion import Completion
from participation.allocation.counting.election import Utility
from participation.allocation.models import COMPLETIONS, STOPS, UTILITIES, Allocation, AllocationRule
from participation.allocation.proposals.models import ProjectProposal
from participation.consultations.models import Consultation, WayIn
from participation.meetings.forms import departments_of, long_text, moment_field
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import Role, User
from portal.currency import minor_digits


class MoneyField(forms.DecimalField):
    """An amount in yuan, cleaned to whole fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal("0.01"), max_digits=15, decimal_places=minor_digits("CNY"), **kwargs)

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(minor_digits("CNY")))


class AllocationForm(forms.Form):
    """A new round. Its rules are fixed with it."""

    consultation = forms.ModelChoiceField(
        label=_("Consultation"),
        queryset=Consultation.objects.none(),
        to_field_name="row_id",
        required=False,
        help_text=_("One that is open for participatory allocation. Without one the round stands by itself."),
    )
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none(), required=False)
    title = forms.CharField(label=_("Title"), max_length=TEXTS["title"])
    title_en = forms.CharField(label=_("Title in English"), max_length=TEXTS["title"], required=False)
    purpose = long_text(_("What the money is for"))
    purpose_en = long_text(_("What the money is for, in English"), required=False)
    limits = long_text(_("What can be proposed, and what cannot"))
    limits_en = long_text(_("What can be proposed, and what cannot, in English"), required=False)
    amount = MoneyField(label=_("Amount, in yuan"))
    proposals_from = moment_field(_("Proposals from"))
    proposals_until = moment_field(_("Proposals until"))
    voting_from = moment_field(_("Voting from"))
    voting_until = moment_field(_("Voting until"))
    required_level = forms.TypedChoiceField(label=_("What people have to have confirmed"), coerce=int)
    ballot_kind = forms.ChoiceField(label=_("Ballot"), choices=Allocation.BallotKind.choices)
    points = forms.IntegerField(label=_("Points to give"), min_value=1, max_value=500, required=False)
    most_projects = forms.IntegerField(label=_("Projects on a ballot at most"), min_value=1, required=False)
    recommended = forms.IntegerField(label=_("Projects on a ballot recommended at least"), min_value=1, max_value=100)
    utility = forms.ChoiceField(label=_("Order of projects"), choices=UTILITIES, initial=Utility.COST.value)
    completion = forms.ChoiceField(
        label=_("What is done with the rest"), choices=COMPLETIONS, initial=Completion.ADD1U.value
    )
    stop = forms.ChoiceField(label=_("When larger shares end"), choices=STOPS)

    def __init__(self, *args: Any, keeper: User, rule: AllocationRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = cast(forms.TypedChoiceField, self.fields["required_level"])
        level.choices = [(one.value, one.label) for one in Level if one >= rule.required_level]
        level.initial, self.fields["recommended"].initial = rule.required_level, rule.recommended
        consultations = cast(forms.ModelChoiceField, self.fields["consultation"])
        consultations.queryset = Consultation.objects.visible_to(keeper).filter(
            pk__in=WayIn.objects.filter(way=WayIn.Way.ALLOCATION).values("consultation")
        )
        departments = cast(forms.ModelChoiceField, self.fields["department"])
        departments.queryset = departments_of(keeper)
        departments.required = not keeper.has_role(Role.MODERATOR)

    def values(self) -> dict[str, Any]:
        """The arguments of ``open_allocation``."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in ("consultation", "department", "amount", *TEXTS)},
            "dates": {name: given[name] for name in DATES},
            "rules": {name: given[name] for name in RULES},
            "english": {name: given[f"{name}_en"] for name in TEXTS},
        }


class ProposalForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("What it is, in a few words."))
    category = forms.ChoiceField(label=pgettext_lazy("of a project", "Field"), choices=ProjectProposal.Category.choices)
    place = forms.CharField(
        label=_("Where"), max_length=200, help_text=_("Street, square, building, or the whole area.")
    )
    description = long_text(_("What is to be done, and for whom"), limit=4000, rows=6)
    estimate = MoneyField(
        label=_("What you think it costs, in yuan"), help_text=_("A guess is enough: a department looks at it.")
    )
    attachment = forms.FileField(
        label=_("Photo or plan"),
        required=False,
        help_text=_("JPEG, PNG or PDF. Place and time are removed from photos. Please show no faces."),
    )


class ReplyForm(forms.Form):
    reply = long_text(_("Your answer"), help_text=_("Once. It is published beside the reason."))


class WithdrawForm(forms.Form):
    reason = long_text(_("Reason"), limit=1000, help_text=_("It is published, and everybody who voted for it is told."))


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Can it be done?"),
        choices=[("feasible", _("Feasible")), ("unfeasible", _("Not feasible"))],
        widget=forms.RadioSelect,
    )
    cost = MoneyField(label=_("What it costs, in yuan"), required=False, help_text=_("If it is feasible."))
    reason = long_text(_("Reason"), help_text=_("It is published. If it cannot be done, the proposer may answer once."))


class AssignForm(forms.Form):
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["department"])
        field.queryset = Department.objects.visible_to(keeper).select_related("government")


class DatesForm(forms.Form):
    proposals_from = moment_field(_("Proposals from"))
    proposals_until = moment_field(_("Proposals until"))
    voting_from = moment_field(_("Voting from"))
    voting_until = moment_field(_("Voting until"))
    reason = long_text(_("Reason"), limit=1000, help_text=_("It is published."))

    @staticmethod
    def initial_of(allocation: Allocation) -> dict[str, Any]:
        return {name: timezone.localtime(getattr(allocation, name)) for name in DATES}

    def changed(self, allocation: Allocation) -> dict[str, Any]:
        """Moments that differ by a minute or more: seconds cannot be typed."""
        given = {name: self.cleaned_data[name] for name in DATES}
        return {
            name: moment
            for name, moment in given.items()
            if moment != getattr(allocation, name).replace(second=0, microsecond=0)
        }


class TaskForm(forms.Form):
    officer = forms.ModelChoiceField(label=_("Who answers for it"), queryset=User.objects.none())
    due_on = forms.DateField(label=_("Done by"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, department: Department | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["officer"])
        field.queryset = User.objects.filter(
            appointments__in=department.appointments.current().filter(role=Role.OFFICER) if department else []
        ).distinct()


class CheckForm(forms.Form):
    """A ballot file and, where there was one, the lot: to be counted here, and not kept."""

    file = forms.FileField(label=_("Ballot file (.pb)"))
    lot = forms.FileField(label=_("Lot: ids, one to a line"), required=False)
    utility = forms.ChoiceField(label=_("Order of projects"), choices=UTILITIES, initial=Utility.COST.value)
    completion = forms.ChoiceField(
        label=_("What is done with the rest"), choices=COMPLETIONS, initial=Completion.ADD1U.value
    )
    stop = forms.ChoiceField(label=_("When larger shares end"), choices=STOPS)
