"""The pages of the log: what it is, and whether a record stands in it as it was written. They write nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from privacy.log import shown_key
from privacy.log.models import Checkpoint, Cosignature, LogEntry, PendingLeaf, Witness
from privacy.log.notes import Algorithm, NoteError, VerifierKey
from privacy.log.queries import entries_of, entry_of, latest_checkpoint, links_to, pending_of, verify_entry
from privacy.log.revealing import with_texts

SHOWN = 20
# A sequencer that works needs seconds.
SIGNED_WITHIN = timedelta(minutes=5)
# Entries of one record that are checked on one page; each costs a handful of queries.
CHECKED_AT_ONCE = 10


def _named(sought: str) -> UUID | None:
    """The record that a reference, of itself or of one of its entries, leads to. Raises ``ValueError``."""
    ref = UUID(sought)
    if entries_of(ref).exists() or pending_of(ref).exists():
        return ref
    found = entry_of(ref) or PendingLeaf.objects.filter(ref=ref).first()
    return found.record_ref if found else None


def _key_of(checkpoint: Checkpoint | None) -> str:
    if checkpoint is None:
        return ""
    shown_key.remember(checkpoint.verifier_key)
    return checkpoint.verifier_key


def _witness_keys() -> list[str]:
    """Of the witnesses whose signatures a browser can check."""
    found = []
    for text in Witness.objects.order_by("pk").values_list("verifier_key", flat=True):
        try:
            key = VerifierKey.parse(text.strip())
        except NoteError:
            continue
        if key.algorithm is Algorithm.ED25519_COSIGNATURE:
            found.append(key.text)
    return found


def _stalled_since(checkpoint: Checkpoint | None) -> datetime | None:
    """Since when something waits to be signed that ought to be signed by now: nobody is at work, or refuses to sign."""
    unsigned = LogEntry.objects.filter(index__gte=checkpoint.size if checkpoint else 0).order_by("index").first()
    waiting = unsigned or PendingLeaf.objects.order_by("pk").first()
    return waiting.created if waiting and waiting.created < timezone.now() - SIGNED_WITHIN else None


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    sought = request.GET.get("ref", "").strip()
    problem = ""
    if sought:
        try:
            record_ref = _named(sought)
        except ValueError:
            problem = _("This is not a reference. It looks like 123e4567-e89b-12d3-a456-426614174000.")
        else:
            if record_ref:
                return redirect("privacy:log:verify", record_ref)
            problem = _("The log has no entry about this record.")
    checkpoint = latest_checkpoint()
    entries = list(LogEntry.objects.order_by("-index")[:SHOWN])
    links = links_to(entries, request.user)
    signed = Cosignature.objects.filter(checkpoint=checkpoint) if checkpoint else Cosignature.objects.none()
    context = {
        "checkpoint": checkpoint,
        "key": _key_of(checkpoint),
        "stalled_since": _stalled_since(checkpoint),
        "pending_count": PendingLeaf.objects.count(),
        "witnesses": Witness.objects.filter(is_asked=True).order_by("name"),
        "signed_by": set(signed.values_list("witness_id", flat=True)),
        "rows": [(entry, links.get(entry.record_ref, "")) for entry in entries],
        "sought": sought,
        "problem": problem,
    }
    return render(request, "privacy/log/index.html", context, status=400 if problem else 200)


@require_safe
def verify_record(request: HttpRequest, record_ref: UUID) -> HttpResponse:
    page = Paginator(entries_of(record_ref).order_by("-index"), CHECKED_AT_ONCE).get_page(request.GET.get("page"))
    waiting: list[LogEntry | PendingLeaf] = list(pending_of(record_ref))
    entries = list(page)
    if not entries and not waiting:
        raise Http404
    results = [verify_entry(entry) for entry in entries]
    checkpoint = latest_checkpoint()
    waiting += [entry for entry in entries if checkpoint is None or checkpoint.size <= entry.index]
    key = "" if any(result.has_bad_signature for result in results) else _key_of(checkpoint)
    shown = with_texts(results, request.user)
    context = {
        "record_ref": record_ref,
        "page": page,
        "latest": shown[0] if shown else None,
        "earlier": shown[1:],
        "waiting": waiting,
        "any_failed": any(result.outcome == "failed" for result in results),
        "link": links_to([*entries, *waiting][:1], request.user).get(record_ref, ""),
        "key": key,
        "origin": key.partition("+")[0],
        "witness_keys": " ".join(_witness_keys()),
    }
    response = render(request, "privacy/log/verify.html", context)
    if waiting or any(one.texts for one in shown):
        # A salt is not to outlive its destruction in a cache.
        patch_cache_control(response, no_store=True)
    return response
