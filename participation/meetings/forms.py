"""What is typed about meetings."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme
from participation.consultations.forms import LongText, StandingField
from participation.consultations.models import Consultation
from participation.following.subjects import Subject, found
from participation.meetings.minutes.models import MeetingRecording
from participation.meetings.models import AgendaItem, Meeting, MeetingSeries
from participation.meetings.queries import items_of
from participation.meetings.seats.models import MeetingRegistration
from participation.stakeholders.models import Role, StakeholderGroup, User
from participation.stakeholders.queries import Standing

Matter = tuple[str, Any]
MOMENT = {"type": "datetime-local"}
PLACES_MOST = 500


def moment_field(label: Any, **kwargs: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"), **kwargs)


def long_text(label: Any, *, limit: int = 2000, rows: int = 3, **kwargs: Any) -> LongText:
    return LongText(label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def departments_of(keeper: User) -> Any:
    """Those that somebody may convene meetings for."""
    departments = Department.objects.visible_to(keeper).select_related("government")
    if keeper.has_role(Role.MODERATOR):
        return departments
    own = keeper.appointments.current().filter(role=Role.OFFICER)
    return departments.filter(pk__in=own.values("department"))


def consultations_of(keeper: User) -> QuerySet[Consultation]:
    """Those that somebody may convene meetings of."""
    consultations = Consultation.objects.visible_to(keeper).distinct()
    if keeper.has_role(Role.MODERATOR):
        return consultations
    own = keeper.appointments.current().filter(role=Role.OFFICER).values("department")
    return consultations.filter(Q(department__in=own) | Q(department__isnull=True, programme__department__in=own))


class SeriesForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    purpose = long_text(_("What they are for"))
    purpose_en = long_text(_("What they are for, in English"), required=False)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none(), required=False)

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _departments(self, keeper)


def _departments(form: forms.Form, keeper: User) -> None:
    field = cast(forms.ModelChoiceField, form.fields["department"])
    field.queryset = departments_of(keeper)
    # An officer convenes for the own department, and nothing else.
    field.required = not keeper.has_role(Role.MODERATOR)


class TimeAndPlaceForm(forms.Form):
    """When and where, and how many places each side has."""

    starts_at = moment_field(_("Begins"))
    ends_at = moment_field(_("Ends"))
    registration_ends_at = moment_field(_("Registration ends"))
    place = forms.CharField(label=_("Place"), max_length=300, required=False)
    place_en = forms.CharField(label=_("Place in English"), max_length=300, required=False)
    access = long_text(
        _("Accessibility"),
        required=False,
        help_text=_("Step-free ways, lifts, toilets, hearing loops, interpreters, how to get there by bus."),
    )
    access_en = long_text(_("Accessibility, in English"), required=False)
    online_link = forms.URLField(
        label=_("Address for taking part online"),
        required=False,
        assume_scheme="https",
        help_text=_("Only those who have a place see it."),
    )
    stream_link = forms.URLField(label=_("Address for watching"), required=False, assume_scheme="https")
    turn_seconds = forms.IntegerField(
        label=_("Seconds for each turn to speak"), min_value=30, max_value=1800, initial=180
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in StakeholderGroup:
            label = _("Places: %(side)s") % {"side": group.label}
            self.fields[f"places_{group}"] = forms.IntegerField(
                label=label, min_value=0, max_value=PLACES_MOST, initial=0, required=False
            )

    def details(self) -> dict[str, Any]:
        return {
            name: self.cleaned_data[name]
            for name in ("place", "place_en", "access", "access_en", "online_link", "stream_link", "turn_seconds")
        }

    def moments(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at", "registration_ends_at")}

    def numbers(self) -> dict[str, int]:
        return {group: self.cleaned_data[f"places_{group}"] or 0 for group in StakeholderGroup.values}


class MeetingForm(TimeAndPlaceForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Meeting.Kind.choices)
    series = forms.ModelChoiceField(
        label=_("Series"), queryset=MeetingSeries.objects.none(), to_field_name="row_id", required=False
    )
    consultation = forms.ModelChoiceField(
        label=_("Consultation"), queryset=Consultation.objects.none(), to_field_name="row_id", required=False
    )
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none(), required=False)
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    purpose = long_text(_("What it is for"))
    purpose_en = long_text(_("What it is for, in English"), required=False)
    scope = long_text(_("What it can decide, and what it cannot"))
    scope_en = long_text(_("What it can decide, and what it cannot, in English"), required=False)
    by_lot = forms.MultipleChoiceField(
        label=_("Sides whose places are drawn by lot from volunteers"),
        choices=StakeholderGroup.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    first = ("kind", "series", "consultation", "department", "title", "title_en", "purpose", "purpose_en", "scope")
    field_order = (*first, "scope_en")

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _departments(self, keeper)
        cast(forms.ModelChoiceField, self.fields["series"]).queryset = MeetingSeries.objects.visible_to(keeper)
        consultations = consultations_of(keeper)
        cast(forms.ModelChoiceField, self.fields["consultation"]).queryset = consultations
        self.order_fields([*self.field_order, *(name for name in self.fields if name != "by_lot"), "by_lot"])

    def places(self) -> dict[str, tuple[int, bool]]:
        by_lot = self.cleaned_data["by_lot"]
        return {group: (number, group in by_lot) for group, number in self.numbers().items() if number}


class ReasonForm(forms.Form):
    reason = long_text(_("Reason"), limit=1000, rows=2, help_text=_("It is published, and stays in the history."))


class ChangeForm(TimeAndPlaceForm, ReasonForm):
    @staticmethod
    def initial_of(meeting: Meeting) -> dict[str, Any]:
        names = [name for name in TimeAndPlaceForm.base_fields if hasattr(meeting, name)]
        values = {name: getattr(meeting, name) for name in names}
        for name in ("starts_at", "ends_at", "registration_ends_at"):
            values[name] = timezone.localtime(values[name])
        return values | {f"places_{row.group}": row.places for row in meeting.places_of_groups.all()}


class RegistrationForm(forms.Form):
    needs = long_text(
        _("What do you need in order to take part?"),
        limit=1000,
        rows=2,
        required=False,
        help_text=_("An interpreter, a ramp, childcare. It is sealed, for those who prepare the meeting."),
    )
    may_record = forms.BooleanField(
        label=_("I may be seen and heard in recordings and photos"),
        required=False,
        help_text=_("You can take this back at any time; what shows you is then taken down."),
    )

    def __init__(self, *args: Any, standings: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if standings:
            self.fields["organisation"] = StandingField(standings)
            self.order_fields(["organisation", "needs", "may_record"])

    def standing(self) -> Standing:
        return cast(Standing, self.cleaned_data["organisation"])


MATTER_KINDS = (
    (Subject.LINE.value, _("Budget line")),
    (Subject.PROGRAMME.value, _("Programme")),
    (Subject.EVALUATION.value, _("Third-party evaluation")),
    (Subject.TASK.value, _("Rectification task")),
)


class AgendaForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=480, initial=15)
    matter = forms.CharField(
        label=_("Address of what it is about"),
        required=False,
        help_text=_("Copy the address of the page of a budget line, programme, evaluation or task."),
    )

    def clean_matter(self) -> Any:
        """The record whose page the address is, as everybody may see it."""
        text = self.cleaned_data["matter"].strip()
        if not text:
            return None
        matter = matter_at(text)
        if matter is None:
            raise forms.ValidationError(_("There is no line, programme, evaluation or task at this address."))
        return matter


def matter_at(address: str) -> Line | Programme | Any | None:
    """The public record whose number stands in ``address``, whatever page of it that is."""
    import re
    from uuid import UUID

    for number in reversed(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", address.lower())):
        for kind, _label in MATTER_KINDS:
            record = found(kind, [UUID(number)], AnonymousUser()).get(UUID(number))
            if record is not None:
                return record
    return None


class NotesForm(forms.Form):
    notes = long_text(_("What was said"), limit=8000, rows=4, required=False)


class MaterialForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    attachment = forms.FileField(label=_("File"))


class PollForm(forms.Form):
    question = forms.CharField(label=_("Question"), max_length=300)
    options = long_text(_("Answers to choose from, one a line"), limit=1000)


class OfAgendaForm(forms.Form):
    item = forms.ModelChoiceField(
        label=_("On which item"), queryset=AgendaItem.objects.none(), to_field_name="number", required=False
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["item"]).queryset = items_of(meeting)


class ResolutionForm(OfAgendaForm):
    text = long_text(_("What was decided"))


class ActionForm(OfAgendaForm):
    text = forms.CharField(label=_("What will be done"), max_length=200)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    due_on = forms.DateField(label=_("Deadline"), widget=forms.DateInput(attrs={"type": "date"}))

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


class MinutesForm(forms.Form):
    text = long_text(_("Minutes"), limit=40_000, rows=16)


class ProposalForm(forms.Form):
    answer_by = forms.DateField(label=_("Participants say by"), widget=forms.DateInput(attrs={"type": "date"}))


class OpinionForm(forms.Form):
    agrees = forms.TypedChoiceField(
        label=_("Are the minutes right?"),
        choices=[("1", _("Yes, I stand by them")), ("0", _("No, something is not right"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    words = long_text(
        _("What is not right?"),
        limit=1000,
        rows=2,
        required=False,
        help_text=_("It is published with the minutes, without your name."),
    )


class RecordingForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=MeetingRecording.Kind.choices)
    caption = forms.CharField(label=_("What it shows"), max_length=300)
    link = forms.URLField(label=_("Address of a recording"), required=False, assume_scheme="https")
    attachment = forms.FileField(label=_("Photo"), required=False)
    shown = forms.ModelMultipleChoiceField(
        label=_("Who is seen or heard in it"),
        help_text=_("Only those who have consented can be chosen. Where somebody else is in it, do not publish it."),
        queryset=MeetingRegistration.objects.none(),
        to_field_name="row_id",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        consenting = meeting.registrations.filter(attended_at__isnull=False, may_record=True)
        cast(forms.ModelMultipleChoiceField, self.fields["shown"]).queryset = consenting
