"""What people fill in to ask for their rights, and what the privacy officer fills in to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.history.directory import OwnedSubject
from privacy.rights.requests.actions import WORDS_MAX
from privacy.rights.requests.models import DataRequest
from privacy.rights.requests.wording import grounds, template_for


def _text(label: Any, rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": rows}), **more)


class AskForm(forms.Form):
    """``subjects`` are those that somebody signed in may ask about; None for whoever has no account."""

    kind = forms.ChoiceField(label=gettext_lazy("I ask for"), choices=DataRequest.Kind, widget=forms.RadioSelect)
    words = _text(
        gettext_lazy("In your own words"),
        5,
        help_text=gettext_lazy("What it is about, and what you want. Kept sealed; only the privacy officer opens it."),
    )

    def __init__(self, *args: Any, subjects: Sequence[OwnedSubject] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if subjects is None:
            self.fields["name"] = forms.CharField(
                label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
            )
            self.fields["email"] = forms.EmailField(
                label=_("Your e-mail address"),
                max_length=254,
                help_text=_("We send a link there by which you follow your request. Kept sealed."),
                widget=forms.EmailInput(attrs={"autocomplete": "email"}),
            )
        elif len(subjects) > 1:
            self.fields["subject"] = forms.ChoiceField(
                label=_("Whose data"),
                choices=[(str(one.ref), one.name or _("Mine")) for one in subjects],
                initial=str(subjects[0].ref),
                widget=forms.RadioSelect,
            )


class IdentityForm(forms.Form):
    identity = forms.ChoiceField(
        label=gettext_lazy("How was it shown who asks?"),
        choices=[choice for choice in DataRequest.Identity.choices if choice[0] in ("papers", "known", "authority")],
        widget=forms.RadioSelect,
    )
    account = forms.EmailField(
        label=gettext_lazy("E-mail address of the account that it is about"),
        required=False,
        help_text=gettext_lazy("Only after you are sure that it is theirs: the answer then stands on their page, too."),
    )


class ExtendForm(forms.Form):
    reason = _text(gettext_lazy("Why it takes longer"), 4, help_text=gettext_lazy("The person reads it."))


class AnswerForm(forms.Form):
    answer = _text(gettext_lazy("Answer"), 8, help_text=gettext_lazy("In the language of whoever asked. Kept sealed."))


class RefuseForm(forms.Form):
    ground = forms.ChoiceField(label=gettext_lazy("Legal basis"), widget=forms.RadioSelect)
    answer = _text(gettext_lazy("Reasons in this case, and what they can do about it"), 8)

    def __init__(self, *args: Any, jurisdiction: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [(one.key, one.words()) for one in grounds(jurisdiction)]  # type: ignore[attr-defined]


def forms_for(request: DataRequest, data: Any = None, act: str = "") -> dict[str, forms.Form]:
    """The forms for what can be done now, by act; the one of ``act`` holds ``data``. They begin with ready words."""

    def words(outcome: str) -> str:
        return template_for(request.kind, outcome, request.language)

    def given(name: str) -> Any:
        return data if name == act else None

    found: dict[str, forms.Form] = {}
    if request.state == request.State.IDENTITY:
        found["identity"] = IdentityForm(given("identity"), prefix="identity")
    if request.state == request.State.OPEN:
        found["answer"] = AnswerForm(given("answer"), prefix="answer", initial={"answer": words("answered")})
        if request.extended_at is None:
            found["extend"] = ExtendForm(given("extend"), prefix="extend", initial={"reason": words("extended")})
    if request.is_open:
        found["refuse"] = RefuseForm(
            given("refuse"), prefix="refuse", jurisdiction=request.jurisdiction, initial={"answer": words("refused")}
        )
    return found
