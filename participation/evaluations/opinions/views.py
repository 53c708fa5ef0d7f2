"""The faces of the second opinion on a programme, and of what is evaluated again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.models import Programme
from participation.consultations import queries as consultations
from participation.consultations.models import Consultation
from participation.consultations.queries import consultation_for
from participation.consultations.stages import Deed, offer
from participation.evaluations.calls.queries import calls_about
from participation.evaluations.opinions import actions, queries
from participation.evaluations.opinions.forms import LotForm, OfficialScoreForm, PublicScoreForm
from participation.evaluations.opinions.models import Reevaluation
from participation.stakeholders.permissions import require_person, require_right
from portal.charter.matrix import Act, offices
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal


def _programme(row_id: UUID) -> Programme:
    found = Programme.objects.select_related("department__government").filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def _records_scores(user: Any) -> bool:
    return bool(user.is_authenticated and user.has_role(*offices(Act.RECORD_OFFICIAL_SCORE)))


@require_safe
def opinions(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _page(request, _programme(row_id))


def _page(
    request: HttpRequest, programme: Programme, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    asking = _asking(request, programme)
    offered = offer(request.user, Deed.REACT, asking) if asking else None
    own = queries.own_public_score(request.user, programme, asking.pk) if asking else None
    context = {
        "programme": programme,
        "opinions": queries.opinions_on(programme, request.user),
        "calls": calls_about(request.user, programme),
        "asking": asking,
        "offer": offered,
        "public_form": PublicScoreForm(offer=offered, initial={"points": own})
        if offered and offered.verdict.allowed
        else None,
        "official_form": OfficialScoreForm(programme=programme) if _records_scores(request.user) else None,
        **(forms or {}),
    }
    return render(request, "participation/evaluations/opinions.html", context, status=status)


def _asking(request: HttpRequest, programme: Programme) -> Consultation | None:
    """The consultation in which the public may say how satisfied it is, now."""
    line = programme.lines.visible_to(request.user).filter(is_leaf=True).order_by("-release__fiscal_year").first()
    if line is None:
        return None
    moments = consultations.consultations_covering(request.user, line)
    return next((moment.consultation for moment in moments if moment.phase == consultations.OPEN), None)


@require_POST
def give_score(request: HttpRequest, row_id: UUID, consultation_id: UUID) -> HttpResponse:
    programme = _programme(row_id)
    consultation = consultation_for(request.user, consultation_id)
    person = require_person(request.user)
    form = PublicScoreForm(request.POST, offer=offer(person, Deed.REACT, consultation))
    status = 400
    if form.is_valid():
        try:
            spend("reaction", str(person.pk))
            actions.give_public_score(
                consultation,
                programme=programme,
                points=form.cleaned_data["points"],
                standing=form.cleaned_data["organisation"],
                acting_user=person,
            )
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Thank you. You can change it as long as the consultation is open."))
            return redirect("participation:evaluations:opinions", programme.row_id)
    return _page(request, programme, {"public_form": form}, status)


@require_POST
def record_score(request: HttpRequest, row_id: UUID) -> HttpResponse:
    programme = _programme(row_id)
    person = require_right(request.user, Act.RECORD_OFFICIAL_SCORE)
    form = OfficialScoreForm(request.POST, programme=programme)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            actions.record_official_score(programme, **form.cleaned_data, acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The score is public."))
            return redirect("participation:evaluations:opinions", programme.row_id)
    return _page(request, programme, {"official_form": form}, status)


@require_http_methods(["GET", "POST"])
def reevaluations(request: HttpRequest) -> HttpResponse:
    """Every lot, and for those who may the form that announces one."""
    form: LotForm | None = LotForm() if _records_scores(request.user) else None
    status = 200
    if request.method == "POST":
        person = require_right(request.user, Act.RECORD_OFFICIAL_SCORE)
        form, status = LotForm(request.POST), 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                lot = actions.announce_reevaluation(**form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The lot is announced, and its secret committed to."))
                return redirect(lot)
    context = {"lots": queries.reevaluations(request.user), "form": form}
    return render(request, "participation/evaluations/reevaluations.html", context, status=status)


@require_safe
def reevaluation(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _lot_page(request, queries.reevaluation_for(request.user, row_id))


def _lot_page(request: HttpRequest, lot: Reevaluation, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {"lot": lot, "may_draw": lot.drawn_at is None and _records_scores(request.user), "refusal": refusal}
    return render(request, "participation/evaluations/reevaluation.html", context, status=status)


@require_POST
def draw(request: HttpRequest, row_id: UUID) -> HttpResponse:
    lot = queries.reevaluation_for(request.user, row_id)
    person = require_right(request.user, Act.RECORD_OFFICIAL_SCORE)
    try:
        spend("moderation", str(person.pk))
        actions.draw_reevaluation(lot, acting_user=person)
    except GongzhiError as error:
        return _lot_page(request, lot, str(error.message), error.status)
    messages.success(request, _("The lot is drawn."))
    return redirect(lot)
