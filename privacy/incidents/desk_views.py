"""The desk of those who work on incidents. For everybody but them and auditors these pages do not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy.history.directory import directory
from privacy.incidents.actions import open_incident, plant_honey
from privacy.incidents.acts import ACTS, make_form
from privacy.incidents.clocks import clocks_of
from privacy.incidents.errors import Refused
from privacy.incidents.forms import HoneyForm, NewForm, TemplateForm
from privacy.incidents.models import AuthorityReport, HoneyRecord, Incident, Lesson, NoticeBatch, NoticeTemplate
from privacy.incidents.notices import PLACEHOLDERS, current_template, preview, set_template, supplied_templates
from privacy.incidents.permissions import may_read
from privacy.incidents.reading import open_clocks, page_of
from privacy.incidents.runbooks import runbook, runbooks

SHOWN = 20


def _require_reader(request: HttpRequest) -> bool:
    """Whether they may work on it, too; nobody else gets here."""
    if not may_read(request.user):
        raise Http404
    return directory().may_guard_privacy(request.user)


def _require_guard(request: HttpRequest) -> None:
    if not _require_reader(request):
        raise PermissionDenied


def _incident(row_id: UUID) -> Incident:
    found = Incident.objects.select_related("lead").filter(row_id=row_id).first()
    if found is None:
        raise Http404
    return found


def _try(request: HttpRequest, form: Any, act: Any) -> int:
    """0 when it is done; else the status, and the form says why."""
    if not form.is_valid():
        return 400
    try:
        act()
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return error.status
    return 0


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    may_work = _require_reader(request)
    page = Paginator(Incident.objects.order_by("closed_at", "-aware_at"), SHOWN).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": open_clocks(page.object_list),
        "may_work": may_work,
        "lessons": Lesson.objects.filter(done_at__isnull=True).select_related("incident"),
        "kinds": Incident.Kind.choices,
    }
    return render(request, "privacy/incidents/desk.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    _require_guard(request)
    form = NewForm(request.POST if request.method == "POST" else None, initial={"kind": request.GET.get("kind")})
    status = 200
    if form.is_bound:
        made: list[Incident] = []
        status = _try(request, form, lambda: made.append(open_incident(**form.cleaned_data, acting_user=request.user)))
        if made:
            messages.success(request, _("The incident is on record, and its clocks are running."))
            return redirect("privacy:incidents:detail", made[0].row_id)
    return render(request, "privacy/incidents/new.html", {"form": form}, status=status)


@never_cache
@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    may_work = _require_reader(request)
    return _page(request, _incident(row_id), may_work=may_work)


def _page(
    request: HttpRequest, incident: Incident, *, may_work: bool, tried: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    context = page_of(incident, may_work=may_work)
    if may_work:
        context["forms"] = {name: make_form(name, incident) for name in ACTS}
        if form is not None:
            context["forms"][tried] = form
            context["tried"], context["tried_form"] = tried, form
    return render(request, "privacy/incidents/detail.html", context, status=status)


@never_cache
@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    _require_guard(request)
    incident = _incident(row_id)
    if act not in ACTS:
        raise Http404
    known = ACTS[act]
    form = make_form(act, incident, data=request.POST)
    status = _try(request, form, lambda: known.do(incident, form.cleaned_data, request.user))
    if status:
        return _page(request, _incident(row_id), may_work=True, tried=act, form=form, status=status)
    messages.success(request, str(known.done))
    return redirect(f"{reverse('privacy:incidents:detail', args=[row_id])}#{known.anchor}")


@never_cache
@require_safe
def progress(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_reader(request)
    batch = NoticeBatch.objects.filter(incident__row_id=row_id).select_related("incident").first()
    if batch is None:
        raise Http404
    return render(request, "privacy/incidents/progress.html", {"batch": batch, "incident": batch.incident})


@never_cache
@require_safe
def notice(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """How a notice will look, in every language, before any is sent."""
    may_work = _require_reader(request)
    incident = _incident(row_id)
    message, contact = request.GET.get("message", "")[:5000], request.GET.get("contact", "")[:200]
    try:
        notices = preview(incident, message=message, contact=contact)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("privacy:incidents:detail", row_id)
    context = {
        "incident": incident,
        "notices": [(name, code, notices[code]) for code, name in settings.LANGUAGES],
        "message": message,
        "contact": contact,
        "template": current_template(incident.kind),
        "may_work": may_work and incident.state == Incident.State.ASSESSED,
    }
    return render(request, "privacy/incidents/notice.html", context)


@never_cache
@require_safe
def runbook_page(request: HttpRequest, kind: str) -> HttpResponse:
    may_work = _require_reader(request)
    if kind not in runbooks():
        raise Http404
    context = {"book": runbook(kind), "label": Incident.Kind(kind).label, "kind": kind, "may_work": may_work}
    return render(request, "privacy/incidents/runbook.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def templates(request: HttpRequest) -> HttpResponse:
    may_work = _require_reader(request)
    if request.method == "POST":
        _require_guard(request)
        for kind, texts in supplied_templates().items():
            if current_template(kind) is None:
                set_template(kind=kind, texts=texts, acting_user=request.user)
        messages.success(request, _("The supplied words are in force where there were none."))
        return redirect("privacy:incidents:templates")
    versions = {}
    for one in NoticeTemplate.objects.order_by("kind", "version"):
        versions[one.kind] = one
    rows = [(kind, label, versions.get(kind)) for kind, label in Incident.Kind.choices]
    context = {"rows": rows, "may_work": may_work, "has_gaps": any(found is None for _k, _l, found in rows)}
    return render(request, "privacy/incidents/templates.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, kind: str) -> HttpResponse:
    may_work = _require_reader(request)
    if kind not in Incident.Kind.values:
        raise Http404
    present = current_template(kind)
    texts = present.texts if present else supplied_templates()[kind]
    initial = {
        f"{part}_{code.replace('-', '_')}": text[part] for code, text in texts.items() for part in ("subject", "body")
    }
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if form.is_bound:
        _require_guard(request)
        status = _try(request, form, lambda: set_template(kind=kind, texts=form.texts, acting_user=request.user))
        if not status:
            messages.success(request, _("These words are in force."))
            return redirect("privacy:incidents:templates")
    context = {
        "form": form,
        "kind": kind,
        "label": Incident.Kind(kind).label,
        "present": present,
        "versions": NoticeTemplate.objects.filter(kind=kind),
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS],
        "may_work": may_work,
    }
    return render(request, "privacy/incidents/template.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def planted(request: HttpRequest) -> HttpResponse:
    # Who reads the list knows what to leave alone, so auditors do not get it either.
    _require_guard(request)
    form = HoneyForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = _try(
            request,
            form,
            lambda: plant_honey(
                record=directory().plant_person(), note=form.cleaned_data["note"], acting_user=request.user
            ),
        )
        if not status:
            messages.success(request, _("Planted. Whoever opens it raises an incident."))
            return redirect("privacy:incidents:planted")
    context = {"form": form, "records": HoneyRecord.objects.select_related("by")}
    return render(request, "privacy/incidents/planted.html", context, status=status)


def _report(row_id: UUID) -> AuthorityReport:
    found = AuthorityReport.objects.select_related("incident", "by").filter(row_id=row_id).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_safe
def report(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_reader(request)
    found = _report(row_id)
    context = {"report": found, "facts": found.content, "incident": found.incident, "clocks": clocks_of(found.incident)}
    return render(request, "privacy/incidents/report.html", context)


@never_cache
@require_safe
def report_json(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_reader(request)
    found = _report(row_id)
    answer = JsonResponse(
        {"authority": found.authority, "report": found.kind, "sha256": found.sha256, "facts": found.content},
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    answer["Content-Disposition"] = f'attachment; filename="incident-{found.incident.number}-{found.kind}.json"'
    return answer
