"""The import in the editors' administration, step by step. Everything works without JavaScript."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.checks.queries import summary_of
from cms.budget.drafts import actions, queries
from cms.budget.drafts.forms import ColumnsForm, SettingsForm, SignOffForm, UploadForm
from cms.budget.drafts.mappings import declared, initial_of, mapping_of, missing_columns
from cms.budget.drafts.models import ImportDraft
from cms.budget.duties import Duty, objection
from cms.budget.importing.budget_file import BudgetFile, require_size
from cms.budget.importing.mapping import parse_mapping
from cms.budget.importing.suggesting import sniff
from cms.budget.importing.tables import require_fitting
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

State, Work = ImportDraft.State, ImportDraft.Work
DRAFTS_PER_PAGE = 20
MOST_MAPPING_BYTES = 256 * 1024


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What is on its way, and the upload of another file."""
    user: Any = request.user
    profiles = queries.profiles_of(user)
    form, status = UploadForm(profiles=profiles), 200
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES, profiles=profiles), 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                return redirect(_uploaded(form, user))
            except GongzhiError as error:
                status = show_refusal(form, error)
    page = Paginator(queries.drafts_of(user), DRAFTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "profiles": profiles, "steps": queries.steps(None, 1)}
    return render(request, "cms/importing/index.html", context, status=status)


def _uploaded(form: UploadForm, user: Any) -> str:
    upload: UploadedFile[Any] = form.cleaned_data["file"]
    require_size(upload.size or 0)
    mapping_file, profile = form.cleaned_data["mapping"], form.cleaned_data["profile"]
    mapping = parse_mapping(mapping_file.read(MOST_MAPPING_BYTES)) if mapping_file else None
    # Looked at before it is stored: what cannot be read at all, or not as the mapping says, need not be kept.
    file = _as_file(upload)
    if mapping:
        require_fitting(file, mapping)
    else:
        sniff(file)
    upload.seek(0)
    digest = hashlib.file_digest(upload, "sha256").hexdigest()  # type: ignore[arg-type]
    upload.seek(0)
    settings = {"profile": str(profile.row_id)} if profile else {}
    if mapping:
        settings = mapping.as_json().get("file", {})
    draft = actions.upload_draft(
        upload, name=upload.name or "", sha256=digest, settings=settings, mapping=mapping, acting_user=user
    )
    if mapping:
        actions.start_work(draft, work=Work.CHECK, acting_user=user)
    return draft.get_absolute_url()


def _as_file(upload: UploadedFile[Any]) -> BudgetFile:
    name = upload.name or ""
    if hasattr(upload, "temporary_file_path"):
        return BudgetFile(name, Path(upload.temporary_file_path()))
    upload.seek(0)
    return BudgetFile(name, upload.read())


@require_safe
def draft(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Leads to the step at which an import stands."""
    found = queries.draft_found(row_id, request.user)
    step = "settings" if found.state == State.UPLOADED else "check"
    return redirect(f"budget_imports:{step}", found.row_id)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, row_id: UUID) -> HttpResponse:
    user: Any = request.user
    found = queries.draft_found(row_id, user)
    known = {key: value for key, value in found.settings.items() if key != "profile"}
    status, refusal = 200, None
    try:
        sniffed = sniff(queries.stored_file(found), declared(known))
    except GongzhiError as error:
        # What was declared does not fit: start again from what is found out.
        refusal, known = error, {}
        sniffed = sniff(queries.stored_file(found))
    form = SettingsForm(sniffed=sniffed, settings=known)
    if request.method == "POST":
        form, status = SettingsForm(request.POST, sniffed=sniffed, settings=known), 400
        if form.is_valid():
            try:
                chosen = form.as_settings()
                sniff(queries.stored_file(found), declared(chosen))
                kept = {"profile": found.settings["profile"]} if "profile" in found.settings else {}
                actions.set_mapping(found, settings={**chosen, **kept}, mapping=None, acting_user=user)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                return redirect("budget_imports:columns", found.row_id)
    context = {"draft": found, "form": form, "sniffed": sniffed, "refusal": refusal, "steps": queries.steps(found, 2)}
    return render(request, "cms/importing/settings.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, row_id: UUID) -> HttpResponse:
    user: Any = request.user
    found = queries.draft_found(row_id, user)
    chosen = {key: value for key, value in found.settings.items() if key != "profile"}
    sniffed = sniff(queries.stored_file(found), declared(chosen))
    kept = found.mapping or _profile_mapping(found, user)
    form, status = ColumnsForm(sniffed=sniffed, initial=initial_of(sniffed, kept)), 200
    if request.method == "POST":
        form, status = ColumnsForm(request.POST, sniffed=sniffed, initial={}), 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                _map(form, found, chosen, user)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                return redirect("budget_imports:check", found.row_id)
    context = {
        "draft": found,
        "form": form,
        "sniffed": sniffed,
        "missing": missing_columns(sniffed, kept) if kept else [],
        "steps": queries.steps(found, 3),
        "governments": queries.government_names(),
    }
    return render(request, "cms/importing/columns.html", context, status=status)


def _profile_mapping(found: ImportDraft, user: Any) -> dict[str, Any]:
    try:
        return queries.profile_found(UUID(found.settings["profile"]), user).mapping
    except (KeyError, NotFound):
        return {}


def _map(form: ColumnsForm, found: ImportDraft, chosen: dict[str, Any], user: Any) -> None:
    mapping = mapping_of(form, chosen)
    mapped = actions.set_mapping(found, settings=found.settings, mapping=mapping, acting_user=user)
    if name := form.cleaned_data["profile_name"].strip():
        actions.save_profile(mapped, name=name, acting_user=user)
    actions.start_work(mapped, work=Work.CHECK, acting_user=user)


@require_safe
def check(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What the check found, what the import would change, and what comes next."""
    found = queries.draft_found(row_id, request.user)
    here = {State.CHECKED: 5, State.IMPORTED: 6, State.SIGNED_OFF: 6}.get(State(found.state), 4)
    context = {**_standing(found), "steps": queries.steps(found, here)}
    report = found.report
    context |= {
        "totals": queries.totals_told(report),
        "changes": queries.changes_told(report),
        "previous": queries.previous_told(report, request.user),
        "preview": report.get("preview", {}),
        "checks": summary_of(found.release) if found.release else None,
    }
    if found.release and found.state == State.IMPORTED:
        context["objection"] = objection(Duty.SIGN_OFF, found.release, request.user)
        if not context["objection"]:
            context["sign_off_form"] = SignOffForm(initial={"title": _title(found)})
    return render(request, "cms/importing/check.html", context)


def _title(found: ImportDraft) -> str:
    release = found.release
    if release is None:
        return ""
    return _("%(government)s budget %(year)d") % {"government": release.government, "year": release.fiscal_year}


def _standing(found: ImportDraft) -> dict[str, Any]:
    return {
        "draft": found,
        "report": found.report,
        "is_at_work": found.is_at_work,
        "has_stopped": bool(found.work) and found.is_silent,
    }


@require_safe
def progress(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The part of the page that tells how far a run is; htmx asks for it, and reloads the page at the end."""
    found = queries.draft_found(row_id, request.user)
    response = render(request, "cms/importing/progress.html", _standing(found))
    if not found.is_at_work:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def start(request: HttpRequest, row_id: UUID, work: str) -> HttpResponse:
    user: Any = request.user
    found = queries.draft_found(row_id, user)
    try:
        spend("moderation", str(user.pk))
        actions.start_work(found, work=Work(work), acting_user=user)
    except GongzhiError as error:
        messages.error(request, str(error.message))
    return redirect("budget_imports:check", found.row_id)


@require_POST
def cancel(request: HttpRequest, row_id: UUID) -> HttpResponse:
    user: Any = request.user
    found = queries.draft_found(row_id, user)
    try:
        actions.cancel_work(found, acting_user=user)
        messages.success(request, _("It was stopped; nothing of it is kept."))
    except GongzhiError as error:
        messages.error(request, str(error.message))
    return redirect("budget_imports:check", found.row_id)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, row_id: UUID) -> HttpResponse:
    user: Any = request.user
    found = queries.draft_found(row_id, user)
    if request.method == "POST":
        try:
            actions.remove_draft(found, acting_user=user)
            messages.success(request, _("The upload was removed."))
        except GongzhiError as error:
            messages.error(request, str(error.message))
        return redirect("budget_imports:index")
    return render(request, "cms/importing/remove.html", {"draft": found})


@require_POST
def remove_profile(request: HttpRequest, row_id: UUID) -> HttpResponse:
    user: Any = request.user
    actions.remove_profile(queries.profile_found(row_id, user), acting_user=user)
    messages.success(request, _("The mapping was removed."))
    return redirect("budget_imports:index")


@require_safe
def problems(request: HttpRequest, row_id: UUID) -> HttpResponseBase:
    """Everything that was remarked on, as CSV."""
    found = queries.draft_found(row_id, request.user)
    if not found.problems_file:
        raise NotFound
    try:
        content = found.problems_file.open("rb")
    except FileNotFoundError:
        raise NotFound from None
    name = f"problems-{found.row_id}.csv"
    return FileResponse(content, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
