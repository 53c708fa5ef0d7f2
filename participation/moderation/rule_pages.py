"""How an administrator puts house rules in force: one by one, or at first those that come with the portal."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from participation.moderation.actions import adopt_supplied_rules, publish_house_rule
from participation.moderation.house_rules import RuleDefinition
from participation.moderation.models import HouseRule
from participation.moderation.permissions import require_rule_maker
from participation.moderation.queries import house_rules
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal


class HouseRuleForm(forms.ModelForm[HouseRule]):
    class Meta:
        model = HouseRule
        fields = ("number", "title", "title_en", "text", "text_en", "valid_from")
        help_texts = {
            "number": gettext_lazy("The number of a rule in force: this version takes its place from its day on."),
            "valid_from": gettext_lazy("Today or later. What was published is never changed."),
        }
        widgets = {
            "text": forms.Textarea(attrs={"rows": 4}),
            "text_en": forms.Textarea(attrs={"rows": 4}),
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def validate_unique(self) -> None:
        """The action decides, which knows whether it says the same."""


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """``?number=`` begins with the words of the rule that is in force."""
    administrator = require_rule_maker(request.user)
    asked = request.GET.get("number", "")
    known = next((rule for rule in house_rules() if str(rule.number) == asked), None)
    initial = {name: getattr(known, name) for name in ("number", "title", "title_en", "text", "text_en") if known}
    initial["valid_from"] = timezone.localdate() + timedelta(days=1)
    form = HouseRuleForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(administrator.pk))
                rule = publish_house_rule(RuleDefinition(**form.cleaned_data), acting_user=administrator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Published. The rule is in the public log with its day."))
                return redirect(rule)
    return render(request, "participation/moderation/rule_new.html", {"form": form}, status=status)


@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    administrator = require_rule_maker(request.user)
    spend("moderation", str(administrator.pk))
    adopt_supplied_rules(acting_user=administrator)
    messages.success(request, _("These house rules hold from today on. Each is in the public log."))
    return redirect("participation:moderation:rules")
