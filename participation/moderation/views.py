"""The faces of moderation: the table of moderators, the page of a decision, and what the public reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.consultations.queries import consultation_for
from participation.consultations.returning import back_to
from participation.consultations.stages import Deed, require
from participation.moderation import actions, queries
from participation.moderation.forms import (
    AppealDecisionForm,
    AppealForm,
    HideForm,
    KeepForm,
    LookFirstForm,
    ReleaseForm,
    ReportForm,
    ReviewForm,
    ShowForm,
)
from participation.moderation.house_rules import supplied_rules
from participation.moderation.items import address_of, author_of, item_found
from participation.moderation.models import Appeal, Decision, Item, Report
from participation.moderation.permissions import (
    may_judge,
    may_make_rules,
    require_author,
    require_judge_of_appeal,
    require_second_judge,
)
from participation.small_cells import Published
from participation.stakeholders.models import User
from participation.stakeholders.pace import spend_by
from participation.stakeholders.permissions import (
    may_moderate,
    require_moderator,
    require_person,
    require_reader_of_desk,
)
from portal.errors import GongzhiError, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal
from portal.ui.furniture import group_name, local


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    reader = require_reader_of_desk(request.user)
    context = {"queue": queries.queue_of(reader), "is_moderator": may_moderate(reader)}
    return render(request, "participation/moderation/index.html", context)


@never_cache
@require_safe
def item(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    reader = require_reader_of_desk(request.user)
    return _item_page(request, reader, item_found(reader, kind, row_id))


def _item_page(
    request: HttpRequest, moderator: User, said: Item, refused: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "task": queries.task_of(moderator, said),
        "decisions": queries.decisions_on(moderator, said),
        "may_judge": may_judge(moderator, said),
        "hide_form": HideForm(auto_id="hide_%s"),
        "show_form": (ReleaseForm if said.is_held else ShowForm)(auto_id="show_%s"),
        "keep_form": KeepForm(auto_id="keep_%s"),
        **(refused or {}),
    }
    context["form"] = next(iter((refused or {}).values()), None)
    return render(request, "participation/moderation/item.html", context, status=status)


def _decided(
    request: HttpRequest, kind: str, row_id: UUID, *, name: str, form: forms.Form, act: Callable[..., Any], done: str
) -> HttpResponse:
    moderator = require_moderator(request.user)
    said = item_found(moderator, kind, row_id)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(moderator.pk))
            act(said, **form.cleaned_data, acting_user=moderator)
        except GongzhiError as error:
            status = show_refusal(form, error)
            said = item_found(moderator, kind, row_id)
        else:
            messages.success(request, done)
            return redirect(back_to(request, queries.Task(said)))
    return _item_page(request, moderator, said, {name: form}, status)


@require_POST
def hide(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    form = HideForm(request.POST, auto_id="hide_%s")
    done = _("Hidden. The author sees the rule and the reason, and a second moderator looks at it.")
    return _decided(request, kind, row_id, name="hide_form", form=form, act=actions.hide_item, done=done)


@require_POST
def show(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    # What is held may be shown without a word; the action asks for one where something was hidden.
    form = ReleaseForm(request.POST, auto_id="show_%s")
    return _decided(
        request, kind, row_id, name="show_form", form=form, act=actions.show_item, done=_("It is public now.")
    )


@require_POST
def keep(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    form = KeepForm(request.POST, auto_id="keep_%s")
    return _decided(
        request, kind, row_id, name="keep_form", form=form, act=actions.keep_item, done=_("It stays as it is.")
    )


@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    said = item_found(request.user, kind, row_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    status, is_signed_out = 200, not request.user.is_authenticated
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                person = require_person(request.user)
                spend_by("flag", person)
                actions.report_item(said, **form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
                is_signed_out = isinstance(error, SignInRequired)
            else:
                messages.success(request, _("Thank you. A moderator looks at it; here you see what is decided."))
                return redirect("participation:moderation:report", kind=kind, row_id=row_id)
    context = {
        "item": said,
        "task": queries.Task(said),
        "form": form,
        "own": queries.own_report(request.user, said),
        "is_mine": author_of(said).pk == request.user.pk,
        "is_signed_out": is_signed_out,
        "back": address_of(said),
    }
    return render(request, "participation/moderation/report.html", context, status=status)


@never_cache
@require_safe
def decision(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Why something is hidden, for its author and for those who moderate and check."""
    require_person(request.user)
    return _decision_page(request, queries.decision_found(request.user, row_id))


def _decision_page(
    request: HttpRequest, found: Decision, refused: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    appeal: Appeal | None = getattr(found, "appeal", None)
    said = found.item
    is_mine = author_of(said).pk == request.user.pk
    latest = queries.latest_hiding(said)
    context: dict[str, Any] = {
        "decision": found,
        "appeal": appeal,
        "task": queries.Task(said),
        "is_mine": is_mine,
        "may_see_names": not is_mine,
        "review_form": ReviewForm(auto_id="review_%s") if _may_review(request, found) else None,
        "appeal_form": AppealForm() if is_mine and not appeal and said.is_hidden and latest == found else None,
        "appeal_decision_form": AppealDecisionForm(auto_id="appeal_%s") if _may_decide(request, appeal) else None,
        **(refused or {}),
    }
    context["form"] = next(iter((refused or {}).values()), None)
    return render(request, "participation/moderation/decision.html", context, status=status)


def _may_review(request: HttpRequest, found: Decision) -> bool:
    return found.awaits_review and _is_let(lambda: require_second_judge(request.user, found))


def _may_decide(request: HttpRequest, appeal: Appeal | None) -> bool:
    return appeal is not None and not appeal.outcome and _is_let(lambda: require_judge_of_appeal(request.user, appeal))


def _is_let(ask: Callable[[], Any]) -> bool:
    try:
        ask()
    except GongzhiError:
        return False
    return True


def _about_decision(
    request: HttpRequest, found: Decision, *, name: str, form: forms.Form, act: Callable[[User], Any], done: str
) -> HttpResponse:
    person = require_person(request.user)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            act(person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(found)
    return _decision_page(request, found, {name: form}, status)


@require_POST
def review(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.decision_found(require_moderator(request.user), row_id)
    form = ReviewForm(request.POST, auto_id="review_%s")
    return _about_decision(
        request,
        found,
        name="review_form",
        form=form,
        act=lambda person: actions.review_decision(found, **form.cleaned_data, acting_user=person),
        done=_("Your opinion is recorded."),
    )


@require_POST
def appeal(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.decision_found(require_person(request.user), row_id)
    require_author(request.user, found.item)
    form = AppealForm(request.POST)
    return _about_decision(
        request,
        found,
        name="appeal_form",
        form=form,
        act=lambda person: actions.lodge_appeal(found, **form.cleaned_data, acting_user=person),
        done=_("Your appeal is received. Another moderator decides on it, and you read the reason here."),
    )


@require_POST
def decide_appeal(request: HttpRequest, row_id: UUID) -> HttpResponse:
    waiting = queries.appeal_found(require_moderator(request.user), row_id)
    form = AppealDecisionForm(request.POST, auto_id="appeal_%s")
    return _about_decision(
        request,
        waiting.decision,
        name="appeal_decision_form",
        form=form,
        act=lambda person: actions.decide_appeal(waiting, **form.cleaned_data, acting_user=person),
        done=_("The appeal is decided. The author reads why."),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def look_first(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Whether input to a consultation is looked at before it is shown."""
    moderator = require_moderator(request.user)
    consultation = consultation_for(moderator, row_id)
    require(moderator, Deed.MODERATE, consultation)
    form = LookFirstForm(
        request.POST if request.method == "POST" else None, initial={"hours": consultation.look_within_hours}
    )
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                actions.look_first(consultation, **form.cleaned_data, acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Changed. The reason stands in the history of the consultation."))
                return redirect("participation:moderation:look_first", row_id=row_id)
    context = {"consultation": consultation, "form": form}
    return render(request, "participation/moderation/look_first.html", context, status=status)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    context = {
        "rules": queries.house_rules(),
        "coming": queries.coming_rules(),
        "earlier": queries.earlier_rules(),
        "supplied": [] if queries.has_rules() else supplied_rules(),
        "is_moderator": may_moderate(request.user),
        "may_make": may_make_rules(request.user),
    }
    return render(request, "participation/moderation/rules.html", context)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    years = queries.years_of_log()
    asked = request.GET.get("year", "")
    year = next((each for each in years if str(each) == asked), None)
    found = queries.public_log(year)
    context = {"log": found, "tables": _tables(found), "years": years, "year": year}
    return render(request, "participation/moderation/log.html", context)


def _tables(found: queries.PublicLog) -> list[dict[str, Any]]:
    """The tables of the public log, each with its cells in words."""
    kinds = {"feedback": _("Feedback"), "evaluation": _("Evaluation"), "message": _("Message")}
    kinds |= {"proposal": _("Proposed project"), "statement": _("Statement of an opinion map")}
    kinds["photo"] = _("Photo of the place")
    reviews = {"": _("Not looked at yet"), **dict(Decision.Review.choices)}
    outcomes = {"": _("Not decided yet"), **dict(Appeal.Outcome.choices)}
    told: list[tuple[str, str, Published[Any], Callable[[Any], Any]]] = [
        (_("Hidden, by rule"), _("Rule"), found.by_rule, lambda rule: f"{rule.number}. {local(rule, 'title')}"),
        (_("Hidden, by kind"), _("Kind"), found.by_kind, kinds.__getitem__),
        (_("Hidden, by side"), _("Side"), found.by_group, group_name),
        (_("What the second person said"), _("Opinion"), found.by_review, reviews.__getitem__),
        (_("Appeals"), _("Outcome"), found.by_appeal, outcomes.__getitem__),
        (_("Other decisions"), _("Decision"), found.shown_again, lambda deed: Decision.Deed(deed).label),
        (_("Reports by readers"), _("Reason"), found.reports, lambda reason: Report.Reason(reason).label),
    ]
    return [
        {
            "title": title,
            "caption": caption,
            "rows": [(label(cell), number) for cell, number in table.cells.items()],
            "total": table.total,
        }
        for title, caption, table, label in told
    ]
