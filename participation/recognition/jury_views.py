"""The page of a member of the jury: interests first, then a score with its reason for every other case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from participation.recognition import actions, queries
from participation.recognition.forms import InterestsForm, JudgeForm
from participation.recognition.models import Award, Juror, Nomination
from participation.recognition.permissions import has_interest
from participation.recognition.views import sent
from participation.stakeholders.permissions import require_person
from portal.errors import NotFound

Stage = Award.Stage


@never_cache
@require_safe
def jury(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_person(request.user)
    return _jury_page(request, queries.juror_found(queries.award_found(row_id), person))


def _jury_page(
    request: HttpRequest,
    juror: Juror,
    *,
    status: int = 200,
    interests_form: InterestsForm | None = None,
    judged: tuple[int, JudgeForm] | None = None,
) -> HttpResponse:
    standings = queries.standings_of(juror.award)
    given = {opinion.nomination_id: opinion for opinion in juror.opinions.all()}
    stage = juror.award.stage
    may_judge = juror.declared_at is not None and stage in (Stage.VOTING, Stage.DECIDING)
    rows: list[dict[str, Any]] = []
    for standing in standings:
        nomination = standing.nomination
        opinion = given.get(nomination.pk)
        conflict = (opinion is not None and opinion.has_conflict) or has_interest(juror.person, nomination)
        form = judged[1] if judged and judged[0] == nomination.pk else None
        if form is None and may_judge and not conflict:
            initial = {"score": opinion.score, "reason": opinion.reason} if opinion else {}
            form = JudgeForm(initial=initial, prefix=f"n{nomination.pk}")
        rows.append({"standing": standing, "opinion": opinion, "has_conflict": conflict, "form": form})
    nominations = [standing.nomination for standing in standings]
    declared = [str(each.row_id) for each in nominations if each.pk in given and given[each.pk].has_conflict]
    is_open = stage != Stage.DECIDED
    context = {
        "award": juror.award,
        "juror": juror,
        "rows": rows,
        "interests_form": interests_form
        or (InterestsForm(nominations=nominations, juror=juror, initial={"conflicts": declared}) if is_open else None),
        "form": interests_form or (judged[1] if judged else None),
    }
    return render(request, "participation/recognition/jury.html", context, status=status)


@require_POST
def declare(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_person(request.user)
    juror = queries.juror_found(queries.award_found(row_id), person)
    nominations = list(juror.award.nominations.admitted().select_related("task"))
    form = InterestsForm(request.POST, nominations=nominations, juror=juror)
    status = sent(
        request,
        person,
        form,
        lambda: actions.declare_interests(juror, conflicts=form.chosen(), acting_user=person),
        _("Declared. Everybody can read it."),
    )
    if status:
        return _jury_page(request, juror, status=status, interests_form=form)
    return redirect("participation:recognition:jury", row_id)


@require_POST
def judge(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_person(request.user)
    nomination: Nomination = queries.nomination_found(person, row_id)
    juror = queries.juror_found(nomination.award, person)
    if nomination.status != Nomination.Status.ADMITTED:
        raise NotFound
    form = JudgeForm(request.POST, prefix=f"n{nomination.pk}")
    status = sent(
        request,
        person,
        form,
        lambda: actions.judge_case(juror, nomination, **form.cleaned_data, acting_user=person),
        _("Recorded."),
    )
    if status:
        return _jury_page(request, juror, status=status, judged=(nomination.pk, form))
    return redirect("participation:recognition:jury", nomination.award.row_id)
