from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.socialaccount.forms import SignupForm as AllauthSocialSignupForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.consents import answer_at_sign_up, notices_at_sign_up
from participation.stakeholders.identity_number import Document
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.names import public_name
from participation.stakeholders.sealed_values import SealedValuesForm
from portal.errors import Invalid


def _checked_name(text: str) -> str:
    try:
        return public_name(text, User())
    except Invalid as error:
        raise forms.ValidationError(str(error.message)) from None


class PublicNameForm(forms.Form):
    """Of somebody who makes an account: the name is chosen, whatever else is known."""

    display_name = forms.CharField(
        label=_("Public name"),
        max_length=60,
        help_text=_("Shown beside what you publish. It need not be your real name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each for itself, never ticked beforehand, and nobody is turned away for leaving one empty.
        self.notices = {notice.purpose: notice for notice in notices_at_sign_up()}
        for purpose, notice in self.notices.items():
            self.fields[f"agree_{purpose}"] = forms.BooleanField(
                label=notice.said()["title"],
                required=False,
                help_text=format_html(
                    '<a href="{}">{}</a> {}',
                    notice.get_absolute_url(),
                    _("What exactly I agree to."),
                    _("You can take it back at any time, with one click."),
                ),
            )

    def clean_display_name(self) -> str:
        return _checked_name(self.cleaned_data["display_name"])

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.display_name = self.cleaned_data["display_name"]
        user.save(update_fields=["display_name"])
        agreed = {purpose for purpose in self.notices if self.cleaned_data.get(f"agree_{purpose}")}
        answer_at_sign_up(self.notices.values(), agreed, user)


class SignupForm(PublicNameForm, AllauthSignupForm):  # type: ignore[misc]
    field_order = ("email", "display_name", "password1", "password2")


class SocialSignupForm(PublicNameForm, AllauthSocialSignupForm):  # type: ignore[misc]
    """Of somebody who comes from another provider, by OpenID Connect."""

    field_order = ("email", "display_name")


class ProfileForm(SealedValuesForm):
    sealed = ("phone", "contact_address", "real_name", "identity_number")

    display_name = forms.CharField(
        label=_("Public name"),
        max_length=60,
        help_text=_("Shown beside what you publish. It need not be your real name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    preferred_language = forms.ChoiceField(
        label=_("Language of messages to you"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        help_text=_("With its area code, or with + and the code of the country."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    contact_address = forms.CharField(
        label=_("Contact address"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    real_name = forms.CharField(
        label=_("Real name"),
        max_length=100,
        required=False,
        help_text=_("As on your identity document."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    identity_document = forms.ChoiceField(
        label=_("Identity document"),
        choices=Document.choices,
        initial=Document.RESIDENT_ID,
        required=False,
        widget=forms.RadioSelect,
    )
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=40,
        required=False,
        help_text=_("Blanks and small letters do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class OrganisationDetailsForm(SealedValuesForm):
    """What an organisation tells under seal."""

    sealed = ("legal_representative", "bank_name", "bank_account")

    legal_representative = forms.CharField(
        label=_("Legal representative"),
        max_length=100,
        required=False,
        help_text=_("The name on the registration certificate. A moderator compares it with the public register."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bank_name = forms.CharField(
        label=_("Bank"),
        max_length=100,
        required=False,
        help_text=_("Bank and branch, for what is paid to the organisation."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bank_account = forms.CharField(
        label=_("Number of the bank account"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}),
    )


class OrganisationForm(OrganisationDetailsForm):
    field_order = ("group", "name", "name_en", "credit_code")

    group = forms.ChoiceField(
        label=_("Kind of organisation"),
        choices=[choice for choice in StakeholderGroup.choices if choice[0] != StakeholderGroup.CITIZEN],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Registered name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=40,
        help_text=_("18 digits and capital letters, as on the registration certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, own={}, **kwargs)

    def clean_credit_code(self) -> str:
        # Certificates print the code in groups, and people type it as printed.
        return "".join(str(self.cleaned_data["credit_code"]).split()).upper()


class VerificationForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("accept", _("Verified: the organisation is who it says")), ("reject", _("Rejected"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        help_text=_(
            "What you checked. The organisation reads it, and once it is verified everybody who opens its history. A "
            "rejection needs it."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    valid_until = forms.DateField(
        label=_("Verified until"),
        required=False,
        help_text=_("The day on which the papers end. Empty: two years from today."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    accredited_until = forms.DateField(
        label=_("Accredited as third-party evaluator until"),
        required=False,
        help_text=_("Only with proof of the qualification. Empty: not accredited."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
