"""The page on which a moderator, or an officer for the own department, opens a consultation."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cms.budget.models import Department, Programme, Release
from participation.consultations.actions import StagePlan, open_consultation
from participation.consultations.clock import answer_due, days_to_answer
from participation.consultations.models import Consultation, Stage, WayIn
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import Role, StakeholderGroup, User
from participation.stakeholders.permissions import require_role
from portal.errors import GongzhiError
from portal.rates import spend

FURTHEST = timedelta(days=730)
BILINGUAL = ("title", "purpose", "decided_by", "limits")


def start_of(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class ConsultationForm(forms.ModelForm[Consultation]):
    release = forms.ModelChoiceField(
        label=gettext_lazy("Disclosure"),
        help_text=gettext_lazy("Only a question of its own does without."),
        queryset=Release.objects.none(),
        to_field_name="row_id",
        required=False,
    )
    scope = forms.ChoiceField(label=gettext_lazy("It is about"), choices=Consultation.Scope.choices, required=False)
    programme = forms.ModelChoiceField(
        label=gettext_lazy("Programme"), queryset=Programme.objects.none(), to_field_name="row_id", required=False
    )
    answer_within_days = forms.IntegerField(
        label=gettext_lazy("Working days within which every input is answered"), min_value=1, max_value=365
    )
    is_major = forms.BooleanField(
        label=gettext_lazy("It prepares a major decision"),
        help_text=gettext_lazy("Then the law sets how long it has to be open for input."),
        required=False,
    )
    short_reason = forms.CharField(
        label=gettext_lazy("Why the time for input is shorter than the rule"),
        help_text=gettext_lazy("Only where it is. It is published on top of the consultation."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
    )
    required_level = forms.TypedChoiceField(
        label=gettext_lazy("What citizens have to have confirmed"),
        choices=[(level.value, level.label) for level in Level if level != Level.NONE],
        coerce=int,
        empty_value=str(Level.EMAIL.value),
        initial=Level.EMAIL,
        required=False,
    )
    opens_on = forms.DateField(
        label=gettext_lazy("Input is taken from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    closes_on = forms.DateField(
        label=gettext_lazy("Last day for input"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    feedback = forms.MultipleChoiceField(
        label=gettext_lazy("Who may give feedback on a line"),
        choices=StakeholderGroup.choices,
        initial=StakeholderGroup.values,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    discussion = forms.MultipleChoiceField(
        label=gettext_lazy("Who may join the discussion"),
        choices=StakeholderGroup.choices,
        initial=StakeholderGroup.values,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    evaluation = forms.MultipleChoiceField(
        label=gettext_lazy("Who may submit a third-party evaluation"),
        choices=[choice for choice in StakeholderGroup.choices if choice[0] != StakeholderGroup.CITIZEN],
        initial=[StakeholderGroup.SOCIAL_ORGANISATION, StakeholderGroup.RESEARCH],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Consultation
        fields = (
            "release",
            "scope",
            "department",
            "programme",
            *(name for field in BILINGUAL for name in (field, f"{field}_en")),
            "is_major",
            "answer_within_days",
            "required_level",
            "accredited_only",
        )
        labels = {
            "department": gettext_lazy("Department"),
            "accredited_only": gettext_lazy("Only accredited third-party evaluators may submit an evaluation"),
        }
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("purpose", "purpose_en", "limits", "limits_en")}

    def __init__(self, *args: Any, moderator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["release"].queryset = Release.objects.published().select_related("government")  # type: ignore[attr-defined]
        departments = Department.objects.visible_to(moderator).select_related("government")
        if not moderator.has_role(Role.MODERATOR):
            # An officer asks about the own department, and nothing else.
            own = moderator.appointments.current().filter(role=Role.OFFICER)
            departments = departments.filter(pk__in=own.values("department"))
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]
        programmes = Programme.objects.filter(department__in=departments, lines__release__published_at__isnull=False)
        self.fields["programme"].queryset = programmes.distinct().order_by("department", "code")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        opens_on, closes_on = cleaned.get("opens_on"), cleaned.get("closes_on")
        today = timezone.localdate()
        if closes_on and closes_on < today:
            self.add_error("closes_on", _("The last day lies in the past."))
        elif opens_on and closes_on and closes_on < opens_on:
            self.add_error("closes_on", _("The last day has to come after the first."))
        for name in ("opens_on", "closes_on"):
            if cleaned.get(name) and cleaned[name] > today + FURTHEST:
                self.add_error(name, _("Please choose a day within the next two years."))
        return cleaned

    def stages(self) -> list[StagePlan]:
        """Announced at once; after the last day the answer time runs, and what was promised is followed for a year."""
        now = timezone.now()
        opens_at = max(start_of(self.cleaned_data["opens_on"]), now + timedelta(seconds=1))
        closes_at = start_of(self.cleaned_data["closes_on"] + timedelta(days=1))
        # What is said on the last day has its full time for an answer.
        answered_at = start_of(answer_due(closes_at, self.instance) + timedelta(days=1))
        followed_until = answered_at + timedelta(days=365)
        return [
            (Stage.Kind.ANNOUNCED, now, opens_at),
            (Stage.Kind.OPEN, opens_at, closes_at),
            (Stage.Kind.BALANCE, closes_at, answered_at),
            (Stage.Kind.FOLLOW_UP, answered_at, followed_until),
            (Stage.Kind.CLOSED, followed_until, None),
        ]

    def ways_in(self) -> list[tuple[str, str]]:
        return [(way, group) for way in WayIn.Way.values for group in self.cleaned_data.get(way, [])]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    moderator = require_role(request.user, Role.MODERATOR, Role.OFFICER)
    initial = {
        "answer_within_days": days_to_answer(timezone.localdate()),
        "release": request.GET.get("release"),
        "scope": Consultation.Scope.RELEASE,
    }
    form = ConsultationForm(request.POST or None, initial=initial, moderator=moderator)
    status = 200
    if request.method == "POST":
        try:
            spend("moderation", str(moderator.pk))
            if form.is_valid():
                values = form.cleaned_data
                consultation = open_consultation(
                    release=values["release"],
                    department=values["department"],
                    programme=values["programme"],
                    scope=values["scope"],
                    is_major=values["is_major"],
                    short_reason=values["short_reason"],
                    required_level=int(values["required_level"]),
                    accredited_only=values["accredited_only"],
                    **{name: values[name] for name in BILINGUAL},
                    english={name: values[f"{name}_en"] for name in BILINGUAL},
                    answer_within_days=values["answer_within_days"],
                    stages=form.stages(),
                    ways_in=form.ways_in(),
                    acting_user=moderator,
                )
                messages.success(request, _("The consultation is announced."))
                return redirect(consultation)
            status = 400
        except GongzhiError as error:
            field = error.data.get("field")
            form.add_error(field if field in form.fields else None, str(error.message))
            status = error.status
    return render(request, "participation/consultations/new.html", {"form": form}, status=status)
