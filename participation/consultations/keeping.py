"""The page on which a consultation is kept: its dates, its outcome, its end, and what its clock has done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from participation.consultations.actions import change_dates, close_consultation, publish_outcome
from participation.consultations.forms import LongText
from participation.consultations.models import Consultation, Stage
from participation.consultations.opening import start_of
from participation.consultations.planning import FIELD_OF_STAGE
from participation.consultations.queries import consultation_for, moment_of
from participation.consultations.stages import Deed, may, require_keeper
from participation.stakeholders.models import Role, User
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal

LABELS = {
    Stage.Kind.OPEN: gettext_lazy("Input is taken from"),
    Stage.Kind.BALANCE: gettext_lazy("Last day for input"),
    Stage.Kind.ANSWERED: gettext_lazy("Answers are complete on"),
    Stage.Kind.FOLLOW_UP: gettext_lazy("Follow-up begins on"),
    Stage.Kind.CLOSED: gettext_lazy("It closes on"),
}
ONE_DAY = timedelta(days=1)


class DatesForm(forms.Form):
    """The days of the stages that have not begun, with the reason for changing them."""

    reason = LongText(
        label=gettext_lazy("Reason"),
        max_length=1000,
        help_text=gettext_lazy("It is published, and stays in the history."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    short_reason = LongText(
        label=gettext_lazy("Why the time for input is shorter than the rule"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days: dict[str, tuple[str, date]] = {}
        for stage in consultation.stages.all():
            kind = Stage.Kind(stage.kind)
            if stage.starts_at <= timezone.now() or kind not in LABELS:
                continue
            day = timezone.localdate(stage.starts_at)
            if kind == Stage.Kind.BALANCE:
                day = timezone.localdate(stage.starts_at - timedelta(microseconds=1))
            self.days[FIELD_OF_STAGE[kind]] = kind, day
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[FIELD_OF_STAGE[kind]] = forms.DateField(label=LABELS[kind], initial=day, widget=widget)
        self.order_fields([*self.days, "reason", "short_reason"])

    @staticmethod
    def before(kind: str) -> timedelta:
        """The last day for input is the one before the next stage begins."""
        return ONE_DAY if kind == Stage.Kind.BALANCE else timedelta()

    def starts(self) -> dict[str, Any]:
        """What differs from the plan as it stands, to the day."""
        return {
            kind: start_of(self.cleaned_data[name] + self.before(kind))
            for name, (kind, day) in self.days.items()
            if self.cleaned_data[name] != day
        }


class OutcomeForm(forms.Form):
    outcome = LongText(
        label=gettext_lazy("What was decided, and what became of the input"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    outcome_en = LongText(
        label=gettext_lazy("The same in English"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    outcome_links = LongText(
        label=gettext_lazy("Addresses of what was decided, one a line"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ClosingForm(forms.Form):
    reason = LongText(
        label=gettext_lazy("Why it closes before its date"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


def _kept(request: HttpRequest, row_id: UUID) -> tuple[Consultation, User]:
    consultation = consultation_for(request.user, row_id)
    return consultation, require_keeper(request.user, consultation.department, consultation.programme)


def _read(request: HttpRequest, row_id: UUID) -> Consultation:
    """Auditors read the page, and find no form on it that they could send."""
    consultation = consultation_for(request.user, row_id)
    if not (isinstance(request.user, User) and request.user.has_role(Role.AUDITOR)):
        require_keeper(request.user, consultation.department, consultation.programme)
    return consultation


def _page(request: HttpRequest, consultation: Consultation, status: int = 200, **forms_sent: Any) -> HttpResponse:
    outcome = {name: getattr(consultation, name) for name in ("outcome", "outcome_en", "outcome_links")}
    context = {
        "consultation": consultation,
        "moment": moment_of(consultation),
        "dates_form": DatesForm(consultation=consultation),
        "outcome_form": OutcomeForm(initial=outcome),
        "closing_form": ClosingForm(),
        "verdicts": {deed.value: may(request.user, deed, consultation) for deed in Deed},
        "steps": consultation.clock_steps.all()[:20],
        **forms_sent,
    }
    return render(request, "participation/consultations/keeping.html", context, status=status)


@require_GET
def keep(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _page(request, _read(request, row_id))


@require_POST
def dates(request: HttpRequest, row_id: UUID) -> HttpResponse:
    consultation, person = _kept(request, row_id)
    form = DatesForm(request.POST, consultation=consultation)

    def change(given: dict[str, Any]) -> None:
        change_dates(
            consultation,
            starts=form.starts(),
            reason=given["reason"],
            short_reason=given["short_reason"],
            acting_user=person,
        )

    return _done(request, consultation, person, form, "dates_form", change, _("The dates are changed."))


@require_POST
def outcome(request: HttpRequest, row_id: UUID) -> HttpResponse:
    consultation, person = _kept(request, row_id)

    def publish(given: dict[str, Any]) -> None:
        publish_outcome(
            consultation,
            outcome=given["outcome"],
            outcome_en=given["outcome_en"],
            links=given["outcome_links"],
            acting_user=person,
        )

    done = _("The outcome is published.")
    return _done(request, consultation, person, OutcomeForm(request.POST), "outcome_form", publish, done)


@require_POST
def close(request: HttpRequest, row_id: UUID) -> HttpResponse:
    consultation, person = _kept(request, row_id)

    def close_it(given: dict[str, Any]) -> None:
        close_consultation(consultation, reason=given["reason"], acting_user=person)

    done = _("The consultation is closed.")
    return _done(request, consultation, person, ClosingForm(request.POST), "closing_form", close_it, done)


def _done(
    request: HttpRequest, consultation: Consultation, person: User, form: forms.Form, name: str, act: Any, done: str
) -> HttpResponse:
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            act(form.cleaned_data)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(consultation)
    return _page(request, consultation, status, **{name: form})
