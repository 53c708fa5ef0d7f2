"""What happens to a report: the reporter's two deeds, and those of the integrity officers.

The reporter's deeds append no leaf when they are done: its time would tell when somebody sat down to report.
``enter_receipts`` does it later, for a whole day at once.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Department
from participation.stakeholders.models import User
from participation.whistleblowing.codes import digests
from participation.whistleblowing.files import checked_files
from participation.whistleblowing.models import Case, CaseEntry, CaseFile, Recusal
from participation.whistleblowing.permissions import require_integrity
from portal.errors import Closed, Conflict, Invalid, NotFound
from portal.ui.typed import typed_text
from privacy.access.actions import enter_readings
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing import ring
from privacy.sealing.errors import SealingError
from privacy.sealing.models import DataKey
from privacy.sealing.opening import unrecorded

logger = logging.getLogger(__name__)

REPORT_MAX_CHARS = 20_000
MESSAGE_MAX_CHARS = 10_000
SHORT_MAX_CHARS = 1_000
REASON_MAX_CHARS = 200


@sensitive_variables()
@transaction.atomic
def open_case(
    code: str,
    *,
    account: str,
    place_and_time: str = "",
    department: Department | None = None,
    item: str = "",
    contact: str = "",
    files: Sequence[UploadedFile[Any]] = (),
    acting_user: None = None,
) -> Case:
    """Take a report, to be found again by ``code``. Where the code has a case already, that case: what differs from
    what it holds becomes a further message, so that nothing typed is lost.

    Nobody acts: also where the browser is signed in, nothing leads from the case to the account.
    """
    account = typed_text(account, field="account", limit=REPORT_MAX_CHARS, missing=_("Please write what happened."))
    short = {"place_and_time": place_and_time, "item": item, "contact": contact}
    sealed = {name: typed_text(text, field=name, limit=SHORT_MAX_CHARS) or None for name, text in short.items()}
    files = checked_files(files)
    fingerprints = digests(code)
    sealed["department_ref"] = str(department.row_id) if department else None
    case = Case(code_digest=fingerprints[0], **sealed)
    with acting(None):
        try:
            with transaction.atomic():
                if Case.objects.filter(code_digest__in=fingerprints[1:]).exists():
                    raise IntegrityError
                case.save(force_insert=True)
        except IntegrityError:
            earlier = Case.objects.get(code_digest__in=fingerprints)
            return _sent_again(earlier, account, sealed, str(department or ""), files)
        _add(case, side=CaseEntry.Side.REPORTER, text=account, files=files)
    _blur(case)
    return case


@sensitive_variables()
@transaction.atomic
def add_reporter_message(
    case: Case,
    *,
    text: str,
    files: Sequence[UploadedFile[Any]] = (),
    client_id: UUID | None = None,
    acting_user: None = None,
) -> CaseEntry:
    """Add to the thread of a case that was found by its code. A ``client_id`` sent again stores nothing again, unless
    with another text or further files."""
    text = typed_text(text, field="text", limit=MESSAGE_MAX_CHARS, missing=_("Please write a message."))
    files = checked_files(files)
    locked = _locked(case)
    earlier = _sent_before(locked, client_id)
    if earlier:
        files = _further_files(locked, files)
        same = next((entry for entry in earlier if _text_of(entry) == text), None)
        if same is not None and not files:
            return same
        client_id = None
    with acting(None):
        return _add(locked, side=CaseEntry.Side.REPORTER, text=text, files=files, client_id=client_id)


@sensitive_variables()
@transaction.atomic
def reply(case: Case, *, text: str, client_id: UUID | None = None, acting_user: User) -> CaseEntry:
    """Answer the reporter."""
    text = typed_text(text, field="text", limit=MESSAGE_MAX_CHARS, missing=_("Please write a message."))
    officer, locked = _handled(case, acting_user)
    earlier = _sent_before(locked, client_id)
    if earlier:
        same = next((entry for entry in earlier if _text_of(entry) == text), None)
        if same is not None:
            return same
        client_id = None
    _enter_receipts()
    with acting(officer):
        entry = _add(locked, side=CaseEntry.Side.OFFICER, text=text, officer=officer, client_id=client_id)
    append_leaf(LeafKind.CASE_REPLIED, locked, public={"state": locked.state}, committed={"text": text})
    return entry


@sensitive_variables("text")
@transaction.atomic
def change_state(case: Case, *, state: str, outcome: str = "", text: str, acting_user: User) -> Case:
    """Take a case up, close it with an outcome, or take it up again. The reporter reads ``text``.

    Closing fixes the day until which the case is kept (``settings.CASE_RETENTION_DAYS``).
    """
    text = typed_text(text, field="text", limit=MESSAGE_MAX_CHARS, missing=_("Please tell the reporter why."))
    officer, locked = _handled(case, acting_user)
    steps = {
        Case.State.RECEIVED: {Case.State.REVIEW, Case.State.CLOSED},
        Case.State.REVIEW: {Case.State.CLOSED},
        Case.State.CLOSED: {Case.State.REVIEW},
    }
    if state not in steps.get(Case.State(locked.state), set()):
        raise Conflict
    is_closing = state == Case.State.CLOSED
    if is_closing and outcome not in Case.Outcome.values:
        raise Invalid(_("Please choose what came of it."), field="outcome")
    today = timezone.localdate()
    _enter_receipts()
    locked.state = state
    locked.outcome = outcome if is_closing else ""
    locked.closed_on = today if is_closing else None
    locked.keep_until = today + timedelta(days=settings.CASE_RETENTION_DAYS) if is_closing else None
    with acting(officer):
        _add(locked, side=CaseEntry.Side.OFFICER, text=text, officer=officer, new_state=state)
    append_leaf(
        LeafKind.CASE_STATE_CHANGED,
        locked,
        public={"state": locked.state},
        committed={"outcome": locked.outcome, "text": text},
    )
    return locked


@sensitive_variables("reason")
@transaction.atomic
def recuse(case: Case, *, reason: str, acting_user: User) -> Recusal:
    """Step back from a case (回避): it is not there any more for ``acting_user``, for good."""
    reason = typed_text(reason, field="reason", limit=SHORT_MAX_CHARS, missing=_("Please say why you step back."))
    officer, locked = _handled(case, acting_user)
    _enter_receipts()
    with acting(officer):
        recusal = Recusal.objects.create(case=locked, officer=officer, reason=reason)
    append_leaf(
        LeafKind.CASE_RECUSED,
        locked,
        public={"state": locked.state},
        committed={"officer": str(officer.row_id), "reason": reason},
    )
    return recusal


@transaction.atomic
def shred_case(case: Case, *, reason: str, acting_user: User) -> Case:
    """Destroy the key of a closed case whose time is over, and with it all that anybody wrote or sent.

    ``reason`` stays readable. The code still finds the case, so that the reporter learns what became of it.
    """
    reason = typed_text(reason, field="reason", limit=REASON_MAX_CHARS, missing=_("Please give the reason."))
    officer, locked = _handled(case, acting_user)
    if not locked.may_be_destroyed:
        raise Closed(_("A case is destroyed when it is closed and its time is over, not before."))
    _enter_receipts()
    ring.shred(locked.sealing_subject())
    locked.state = Case.State.DESTROYED
    locked.destroyed_on = timezone.localdate()
    locked.destroyed_reason = reason
    with acting(officer):
        locked.save(update_fields=["state", "destroyed_on", "destroyed_reason"])
        for file in CaseFile.objects.filter(entry__case=locked):
            file.content.delete()
    # No committed value: its salt would have to be sealed for a subject that has no key any more.
    append_leaf(LeafKind.CASE_DESTROYED, locked, public={"state": locked.state}, committed={})
    return locked


@transaction.atomic
def enter_receipts(*, acting_user: User | None) -> int:
    """Put what reporters wrote, and officers read, on earlier days into the log; returns how many cases have a receipt.

    Done by the service in the first minutes of each day (``acting_user`` None), and before anything that an integrity
    officer does.
    """
    if acting_user is not None:
        require_integrity(acting_user)
    return _enter_receipts()


def _enter_receipts() -> int:
    waiting = list(
        CaseEntry.objects.select_for_update(of=("self",))
        .filter(is_logged=False, side=CaseEntry.Side.REPORTER, written_on__lt=timezone.localdate())
        .exclude(case__state=Case.State.DESTROYED)
        .select_related("case")
        .order_by("case__row_id", "number")
    )
    # By row id, which is random: the order in the log does not tell who came first.
    by_case: dict[UUID, list[CaseEntry]] = {}
    for entry in waiting:
        by_case.setdefault(entry.case.row_id, []).append(entry)
    entered = 0
    for row_id, entries in by_case.items():
        case = entries[0].case
        try:
            with unrecorded():
                said = json.dumps([[entry.number, entry.text] for entry in entries], ensure_ascii=False)
        except SealingError:
            # One case that somebody tampered with must not keep the officers from all others.
            logger.exception("Case %s cannot be entered in the log: what is kept of it does not open", row_id)
            continue
        append_leaf(LeafKind.CASE_RECEIVED, case, public={"state": case.state}, committed={"entries": said})
        CaseEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(is_logged=True)
        entered += 1
    enter_readings()
    return entered


def _locked(case: Case) -> Case:
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.is_destroyed:
        raise Closed(_("This case has been destroyed: nothing can be added to it."))
    return locked


def _handled(case: Case, acting_user: User) -> tuple[User, Case]:
    """The officer and the locked case, of which nothing is known to somebody who has stepped back from it."""
    officer = require_integrity(acting_user)
    if not Case.objects.visible_to(officer).filter(pk=case.pk).exists():
        raise NotFound
    return officer, _locked(case)


def _add(
    case: Case,
    *,
    side: CaseEntry.Side,
    text: str,
    files: Sequence[UploadedFile[Any]] = (),
    officer: User | None = None,
    new_state: str = "",
    client_id: UUID | None = None,
) -> CaseEntry:
    """Add to the thread of a locked case, and save the case."""
    case.last_number += 1
    case.save()
    entry = CaseEntry.objects.create(
        case=case,
        number=case.last_number,
        side=side,
        text=text,
        officer=officer,
        new_state=new_state,
        client_id=client_id,
    )
    for upload in files:
        CaseFile.objects.create(entry=entry, content=upload)
    return entry


@sensitive_variables()
def _sent_again(
    case: Case, account: str, sealed: dict[str, str | None], department: str, files: Sequence[UploadedFile[Any]]
) -> Case:
    """Keep what a report that was sent before holds now and did not then."""
    locked = _locked(case)
    entries = list(locked.entries.filter(side=CaseEntry.Side.REPORTER).order_by("number"))
    said = [_text_of(entry) for entry in entries]
    with unrecorded():
        changed = [name for name, text in sealed.items() if text and text != getattr(locked, name)]
    parts = [account] if account != said[0] else []
    for name in changed:
        label = Case._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        parts.append(f"{label}: {department if name == 'department_ref' else sealed[name]}")
    text = "\n\n".join(parts)
    further = _further_files(locked, files)
    if (text and text not in said[1:]) or further:
        with acting(None):
            _add(
                locked,
                side=CaseEntry.Side.REPORTER,
                text=text or gettext("Further files of the report."),
                files=further,
            )
    return locked


def _sent_before(case: Case, client_id: UUID | None) -> list[CaseEntry]:
    """The entry that a form brought, and those of the same side after it: sent again, it may have brought one."""
    first = case.entries.filter(client_id=client_id).first() if client_id is not None else None
    if first is None:
        return []
    return list(case.entries.filter(side=first.side, number__gte=first.number).order_by("number"))


@sensitive_variables()
def _text_of(entry: CaseEntry) -> str:
    # Compared and shown to nobody.
    with unrecorded():
        return entry.text or ""


@sensitive_variables()
def _further_files(case: Case, files: Sequence[UploadedFile[Any]]) -> list[UploadedFile[Any]]:
    """Those of ``files`` that the case does not hold yet."""
    with unrecorded():
        kept = {(file.details or {}).get("sha256") for file in CaseFile.objects.filter(entry__case=case)}
    further = []
    for upload in files:
        upload.seek(0)
        if hashlib.file_digest(upload, "sha256").hexdigest() not in kept:
            further.append(upload)
        upload.seek(0)
    return further


def _blur(case: Case) -> None:
    """Give the key of a new case the day on which it was made: its moment would be that of the report."""
    midnight = timezone.make_aware(datetime.combine(case.received_on, time.min))
    subject = case.sealing_subject()
    DataKey.objects.filter(scope_type=subject.scope_type, scope_ref=subject.ref).update(created=midnight)
