"""The steps of the last mile: open, accept, report progress, submit, verify or return, link to a later budget."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme
from participation.attachments import attachment_fields
from participation.balance.models import Answer
from participation.consultations.queries import check_line_in_scope
from participation.consultations.stages import Deed, require
from participation.live import announce
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    ProgressReport,
    RectificationTask,
    Verification,
)
from participation.rectification.notices import announce_step
from participation.rectification.permissions import may_verify, may_work_on
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_moderator
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status


def _locked(task: RectificationTask, *expected: str) -> RectificationTask:
    locked = (
        RectificationTask.objects.select_for_update(of=("self",))
        .select_related("finding__answer__consultation")
        .get(pk=task.pk)
    )
    if locked.status not in expected:
        raise Conflict(
            _("This task is now “%(status)s”: that step does not fit it. Reload to see where it stands.")
            % {"status": locked.get_status_display()}
        )
    return locked


def _record(
    kind: LeafKind,
    task: RectificationTask,
    *,
    acting_user: User,
    committed: dict[str, str] | None = None,
    also: Iterable[Verification] = (),
) -> None:
    append_leaf(
        kind,
        task,
        public={"status": task.status, "due_on": task.due_on.isoformat()},
        committed=committed or {},
        also=also,
    )
    announce(task.finding.answer.consultation.row_id, {"kind": "task", "row_id": str(task.row_id)})
    announce_step(task, kind.value.partition(".")[2], acting_user=acting_user)


@transaction.atomic
def open_task(
    answer: Answer,
    *,
    finding: str,
    severity: str,
    title: str,
    title_en: str = "",
    department: Department,
    officer: User,
    due_on: date,
    programme: Programme | None = None,
    line: Line | None = None,
    acting_user: User,
) -> RectificationTask:
    """Record what an answer admits as a finding, and make somebody responsible for putting it right."""
    require(acting_user, Deed.ANSWER, answer.consultation)
    if answer.is_turned_down:
        raise Invalid(_("This answer adopts nothing, so there is nothing to put right."))
    if not finding.strip() or not title.strip():
        raise Invalid(_("Please say what has to be put right, and what will be done."), field="finding")
    if line is not None:
        check_line_in_scope(answer.consultation, line)
    budgeted = Line.objects.filter(release=answer.consultation.release_id, programme=programme)
    if programme is not None and not budgeted.exists():
        raise Invalid(_("This consultation is not about that programme."), field="programme")
    if due_on <= timezone.localdate():
        raise Invalid(_("The deadline has to lie in the future."), field="due_on")
    if not officer.appointments.current().filter(role=Role.OFFICER, department=department).exists():
        raise Invalid(_("The responsible officer has to belong to the responsible department."), field="officer")
    with acting(acting_user):
        recorded = Finding.objects.create(
            answer=answer,
            programme=programme,
            line=line,
            severity=severity,
            text=finding.strip(),
            recorded_by=acting_user,
        )
        task = RectificationTask.objects.create(
            finding=recorded,
            department=department,
            officer=officer,
            title=title.strip(),
            title_en=title_en.strip(),
            due_on=due_on,
            opened_by=acting_user,
        )
    append_leaf(
        LeafKind.FINDING_RECORDED,
        recorded,
        public={"answer": str(answer.row_id), "severity": severity},
        committed={"text": recorded.text},
    )
    append_leaf(
        LeafKind.TASK_OPENED,
        task,
        public={
            "finding": str(recorded.row_id),
            "department": str(department.row_id),
            "due_on": due_on.isoformat(),
        },
        committed={"title": task.title},
    )
    announce(answer.consultation.row_id, {"kind": "task", "row_id": str(task.row_id)})
    announce_step(task, "opened", acting_user=acting_user)
    return task


@transaction.atomic
def accept_task(task: RectificationTask, *, acting_user: User) -> RectificationTask:
    """The responsible department takes the task on."""
    if not may_work_on(acting_user, task):
        raise NotAllowed
    locked = _locked(task, Status.ASSIGNED)
    locked.status = Status.IN_PROGRESS
    with acting(acting_user):
        locked.save()
    _record(LeafKind.TASK_ACCEPTED, locked, acting_user=acting_user)
    return locked


@transaction.atomic
def post_progress(
    task: RectificationTask, *, text: str, attachment: UploadedFile[bytes] | None = None, acting_user: User
) -> ProgressReport:
    """Report what was done, with evidence. The first report of an assigned or returned task takes it up again."""
    if not may_work_on(acting_user, task):
        raise NotAllowed
    if not text.strip():
        raise Invalid(_("Please write what was done."), field="text")
    fields = attachment_fields(attachment)
    locked = _locked(task, Status.ASSIGNED, Status.IN_PROGRESS, Status.RETURNED)
    with acting(acting_user):
        report = ProgressReport.objects.create(task=locked, text=text.strip(), posted_by=acting_user, **fields)
        if locked.status != Status.IN_PROGRESS:
            locked.status = Status.IN_PROGRESS
            locked.save()
    append_leaf(
        LeafKind.TASK_PROGRESS_POSTED,
        report,
        public={"task": str(locked.row_id), "attachment_sha256": report.attachment_sha256 or None},
        committed={"text": report.text},
        also=[locked],
    )
    announce(locked.finding.answer.consultation.row_id, {"kind": "task", "row_id": str(locked.row_id)})
    announce_step(locked, "progress", acting_user=acting_user)
    return report


@transaction.atomic
def submit_task(task: RectificationTask, *, acting_user: User) -> RectificationTask:
    """Hand the finished work over for verification. Without a report there is nothing to verify."""
    if not may_work_on(acting_user, task):
        raise NotAllowed
    locked = _locked(task, Status.IN_PROGRESS)
    if not locked.progress_reports.exists():
        raise Invalid(_("Please report what was done before you submit it for verification."), field="text")
    locked.status = Status.SUBMITTED
    with acting(acting_user):
        locked.save()
    _record(LeafKind.TASK_SUBMITTED, locked, acting_user=acting_user)
    return locked


@transaction.atomic
def verify_task(task: RectificationTask, *, outcome: str, reason: str, acting_user: User) -> Verification:
    """Find a submitted task put right, or return it with the reason."""
    if not may_verify(acting_user, task):
        raise NotAllowed(_("A task is checked by a moderator or its evaluator, never by those who worked on it."))
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please say what you checked and what you found."), field="reason")
    if outcome not in Verification.Outcome.values:
        raise Invalid(_("Please choose whether it was put right."), field="outcome")
    locked = _locked(task, Status.SUBMITTED)
    verified = outcome == Verification.Outcome.VERIFIED
    locked.status = Status.VERIFIED if verified else Status.RETURNED
    locked.verified_at = timezone.now() if verified else None
    with acting(acting_user, reason=reason):
        check = Verification.objects.create(task=locked, outcome=outcome, reason=reason, checked_by=acting_user)
        locked.save()
    kind = LeafKind.TASK_VERIFIED if verified else LeafKind.TASK_RETURNED
    _record(kind, locked, acting_user=acting_user, committed={"reason": reason}, also=[check])
    return check


@transaction.atomic
def link_budget(
    task: RectificationTask,
    *,
    fiscal_year: int,
    decision: str,
    reason: str,
    line: Line | None = None,
    acting_user: User,
) -> BudgetLinkage:
    """State what the verified result means for a later year's budget, and the line where it shows."""
    require_moderator(acting_user)
    locked = _locked(task, Status.VERIFIED)
    consultation = locked.finding.answer.consultation
    if BudgetLinkage.objects.filter(task=locked).exists():
        raise Conflict(_("The result is linked to a budget already."))
    if fiscal_year <= consultation.fiscal_year:
        raise Invalid(_("Choose a year after the one that was evaluated."), field="fiscal_year")
    if line is not None and line.release.fiscal_year != fiscal_year:
        raise Invalid(_("That line belongs to another year's budget."), field="line")
    if line is not None and line.release.published_at is None:
        raise Invalid(_("That line is not published yet."), field="line")
    if not reason.strip():
        raise Invalid(_("Please give the reasons."), field="reason")
    with acting(acting_user, reason=reason.strip()):
        linkage = BudgetLinkage.objects.create(
            task=locked,
            fiscal_year=fiscal_year,
            decision=decision,
            reason=reason.strip(),
            line=line,
            linked_by=acting_user,
        )
    append_leaf(
        LeafKind.BUDGET_LINKED,
        linkage,
        public={
            "task": str(locked.row_id),
            "fiscal_year": fiscal_year,
            "decision": decision,
            "line": str(line.row_id) if line else None,
        },
        committed={"reason": linkage.reason},
    )
    announce_step(locked, "linked", acting_user=acting_user)
    return linkage
