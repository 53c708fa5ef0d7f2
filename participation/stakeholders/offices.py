"""The page on which an administrator appoints people to offices and ends appointments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cms.budget.models import Department
from participation.stakeholders.actions import grant_appointment, revoke_appointment
from participation.stakeholders.models import Appointment, Role, User
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend


def require_administrator(request: HttpRequest) -> User:
    """The administrator. For everybody else the page does not exist."""
    person = require_person(request.user)
    if not person.is_superuser:
        raise NotFound
    return person


class AppointmentForm(forms.Form):
    person = forms.ModelChoiceField(
        label=gettext_lazy("E-mail address"),
        queryset=User.objects.filter(is_active=True),
        to_field_name="email",
        widget=forms.EmailInput,
        error_messages={"invalid_choice": gettext_lazy("Nobody has an account with this address yet.")},
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        queryset=Department.objects.select_related("government"),
        required=False,
        help_text=gettext_lazy("Only for a department officer."),
    )


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    administrator = require_administrator(request)
    form = AppointmentForm(request.POST or None)
    status = 200
    if request.method == "POST":
        try:
            spend("moderation", str(administrator.pk))
            if form.is_valid():
                values: dict[str, Any] = form.cleaned_data
                grant_appointment(**{**values, "role": Role(values["role"])}, acting_user=administrator)
                messages.success(request, _("The appointment is made."))
                return redirect("participation:stakeholders:offices")
            status = 400
        except GongzhiError as error:
            form.add_error(error.data.get("field"), str(error.message))
            status = error.status
    appointments = (
        Appointment.objects.current().select_related("person", "department").order_by("role", "person__email")
    )
    context = {"form": form, "appointments": appointments}
    return render(request, "participation/stakeholders/offices.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, row_id: UUID) -> HttpResponse:
    administrator = require_administrator(request)
    spend("moderation", str(administrator.pk))
    appointment = Appointment.objects.current().filter(row_id=row_id).first()
    if appointment is None:
        raise NotFound
    revoke_appointment(appointment, acting_user=administrator)
    messages.success(request, _("The appointment has ended."))
    return redirect("participation:stakeholders:offices")
