"""The public face of the log: pages that say what holds, and the data to check it with."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from privacy.log import verify
from privacy.log.actions import sign_head
from privacy.log.models import LogEntry, SignedHead
from privacy.log.queries import (
    covering_head,
    entries_of,
    latest_head,
    links_to,
    log_size,
    previous_hash,
    verify_entry,
)
from privacy.log.signing import public_key

SHOWN = 20
PAGE = 1000


def _signed_head() -> tuple[SignedHead | None, bool]:
    """The head of the present state and True; the last one and False when that state must not be signed."""
    try:
        return sign_head(), True
    except verify.BrokenChain:
        return latest_head(), False


def _head_data(head: SignedHead | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {"size": head.size, "head": head.head, "time": head.created, "key_id": head.key_id, "note": head.note}


def _entry_data(entry: LogEntry) -> dict[str, Any]:
    return {
        "index": entry.index,
        "kind": entry.kind,
        "leaf": entry.leaf,
        "leaf_hash": entry.leaf_hash,
        "chain_hash": entry.chain_hash,
    }


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    sought = request.GET.get("ref", "").strip()
    problem = ""
    if sought:
        try:
            record_ref = UUID(sought)
        except ValueError:
            problem = _("This is not a record reference. It looks like 123e4567-e89b-12d3-a456-426614174000.")
        else:
            if entries_of(record_ref).exists():
                return redirect("privacy:log:verify", record_ref)
            problem = _("The log has no entry about this record.")
    head, holds = _signed_head()
    entries = list(LogEntry.objects.order_by("-index")[:SHOWN])
    links = links_to(entries, request.user)
    context = {
        "head": head,
        "holds": holds,
        "size": log_size(),
        "rows": [(entry, links.get(entry.record_ref, "")) for entry in entries],
        "sought": sought,
        "problem": problem,
    }
    return render(request, "privacy/log/index.html", context, status=400 if problem else 200)


@require_safe
def verify_record(request: HttpRequest, record_ref: UUID) -> HttpResponse:
    entries = list(entries_of(record_ref))
    if not entries:
        raise Http404
    _signed_head()
    results = [verify_entry(entry) for entry in reversed(entries)]
    context = {
        "record_ref": record_ref,
        "latest": results[0],
        "earlier": results[1:],
        "any_failed": any(result.outcome == "failed" for result in results),
        "link": links_to(entries[:1], request.user).get(record_ref, ""),
    }
    return render(request, "privacy/log/verify.html", context)


@require_safe
def head_json(request: HttpRequest) -> HttpResponse:
    head, holds = _signed_head()
    return JsonResponse({"size": log_size(), "is_current": holds, "signed_head": _head_data(head)})


@require_safe
def vkey(request: HttpRequest) -> HttpResponse:
    """Every key that heads were signed with, the present one first."""
    present = public_key()
    stored = SignedHead.objects.order_by("-size").values_list("public_key", flat=True).distinct()
    earlier = dict.fromkeys(bytes(key) for key in stored if bytes(key) != present)
    lines = [verify.verifier_key(key) for key in (present, *earlier)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def entries_json(request: HttpRequest) -> HttpResponse:
    """The whole log, a page at a time: everything an outsider needs to recompute it."""
    start = request.GET.get("start", "0")
    if not start.isascii() or not start.isdigit() or len(start) > 18:
        return JsonResponse({"error": {"code": "invalid", "message": _("start must be a whole number.")}}, status=400)
    entries = list(LogEntry.objects.filter(index__gte=int(start))[: PAGE + 1])
    following = entries[PAGE].index if len(entries) > PAGE else None
    return JsonResponse({"entries": [_entry_data(entry) for entry in entries[:PAGE]], "next": following})


@require_safe
def entry_json(request: HttpRequest, record_ref: UUID) -> HttpResponse:
    """Each entry about one record with its proof: the chain hash before it, and the leaf hashes from there to the
    head that was signed over it (``following`` is null when there are more than ``PAGE``; see entries.json)."""
    entries = list(entries_of(record_ref))
    if not entries:
        raise Http404
    _signed_head()
    return JsonResponse({"record_ref": record_ref, "entries": [_proof(entry) for entry in entries]})


def _proof(entry: LogEntry) -> dict[str, Any]:
    head = covering_head(entry)
    following: list[str] | None = None
    if head is not None and head.size - entry.index <= PAGE:
        after = LogEntry.objects.filter(index__gt=entry.index, index__lt=head.size)
        following = list(after.values_list("leaf_hash", flat=True))
    return {
        **_entry_data(entry),
        "previous_chain_hash": previous_hash(entry),
        "following": following,
        "signed_head": _head_data(head),
    }
