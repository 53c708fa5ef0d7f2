"""The steps of the last mile: open, assign, accept or dispute, report, submit, verify or return, close, reopen.

What may follow on what, and whose step it is, stands in ``transitions``. More time: see ``extensions``; what the result
means for the money: see ``results``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme
from participation.attachments import attachment_fields
from participation.balance.models import Answer
from participation.consultations.queries import check_line_in_scope
from participation.consultations.stages import Deed, require
from participation.evaluations.models import EvaluationFinding
from participation.rectification import moving, opening
from participation.rectification.course import TaskStep
from participation.rectification.models import (
    Finding,
    ProgressReport,
    RectificationTask,
    Verification,
    WantedEvidence,
)
from participation.rectification.notices import announce_step
from participation.rectification.opening import Plan
from participation.rectification.permissions import evaluated_by, is_officer_of, may_report_on
from participation.rectification.transitions import Side
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_person
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status
Step = TaskStep.Kind


@transaction.atomic
def open_task(
    answer: Answer,
    *,
    finding: str,
    severity: str,
    title: str,
    department: Department,
    officer: User,
    due_on: date | None = None,
    programme: Programme | None = None,
    line: Line | None = None,
    recommendation: str = "",
    acting_user: User,
    **plan: Any,
) -> RectificationTask:
    """Record what an answer admits as a finding, and make somebody responsible for putting it right.

    ``plan``: further fields of ``opening.Plan``.
    """
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
    planned = Plan(title=title, department=department, officer=officer, due_on=due_on, **plan)
    opening.check_plan(planned)
    recorded = opening.record_finding(
        source=Finding.Source.ANSWER,
        answer=answer,
        programme=programme,
        line=line,
        severity=severity,
        text=finding.strip(),
        recommendation=recommendation.strip(),
        acting_user=acting_user,
    )
    return opening.write_task(recorded, planned, drafted=False, acting_user=acting_user)


@transaction.atomic
def open_task_from(
    source: str,
    *,
    finding: str,
    title: str,
    department: Department,
    officer: User | None = None,
    severity: str = Finding.Severity.MAJOR,
    recommendation: str = "",
    source_name: str = "",
    source_url: str = "",
    cause: str = "",
    evaluation_finding: EvaluationFinding | None = None,
    programme: Programme | None = None,
    line: Line | None = None,
    drafted: bool = True,
    acting_user: User,
    **plan: Any,
) -> RectificationTask:
    """Open a task for whatever was found outside of an answer: an evaluation, audit, alert, check or meeting.

    ``source``: a value of ``Finding.Source``. ``cause`` names what brought it about, so that the same is opened once:
    a second call returns the task that is there. Without an ``officer`` the longest-serving one of the department is
    responsible. A draft waits at the desk for ``assign_task``; officers may draft for their own department, and only
    the desk assigns. ``plan``: further fields of ``opening.Plan``.
    """
    person = require_person(acting_user)
    if not person.has_role(Role.MODERATOR) and not (drafted and is_officer_of(person, department.pk)):
        raise NotAllowed
    if source not in Finding.Source.values or source == Finding.Source.ANSWER:
        raise Invalid(_("Please say where the finding comes from."), field="source")
    if not finding.strip():
        raise Invalid(_("Please say what has to be put right, and what will be done."), field="finding")
    if severity not in Finding.Severity.values:
        raise Invalid(_("Please say how serious it is."), field="severity")
    if cause:
        # Two who open the same at once wait here for one another.
        Department.objects.select_for_update().get(pk=department.pk)
        known = RectificationTask.objects.filter(finding__cause=cause).order_by("pk").first()
        if known is not None:
            return known
    planned = Plan(title=title, department=department, officer=officer or opening.first_officer_of(department), **plan)
    opening.check_plan(planned)
    recorded = opening.record_finding(
        source=source,
        source_name=source_name.strip(),
        source_url=source_url,
        cause=cause,
        evaluation_finding=evaluation_finding,
        programme=programme,
        line=line,
        severity=severity,
        text=finding.strip(),
        recommendation=recommendation.strip(),
        acting_user=person,
    )
    return opening.write_task(recorded, planned, drafted=drafted, acting_user=person)


@transaction.atomic
def add_task(finding: Finding, *, plan: Plan, drafted: bool = False, acting_user: User) -> RectificationTask:
    """Another task for the same finding, or a part of one of its tasks (``plan.parent``)."""
    first = RectificationTask.objects.filter(finding=finding).order_by("pk").first()
    if first is None:
        raise Conflict
    moving.require_side(acting_user, first, Side.DESK)
    if plan.parent is not None and plan.parent.finding_id != finding.pk:
        raise Invalid(_("A part belongs to the same finding as the whole."), field="parent")
    return opening.write_task(finding, plan, drafted=drafted, acting_user=acting_user)


@transaction.atomic
def assign_task(task: RectificationTask, *, acting_user: User) -> RectificationTask:
    """Hand a drafted task to its department. The period of working days begins today."""
    found = moving.ready(task, Step.ASSIGN, acting_user=acting_user)
    plan = Plan(
        title=found.title,
        department=found.department,
        officer=found.officer,
        due_on=found.due_on,
        working_days=found.working_days,
    )
    opening.check_plan(plan)
    found.due_on = plan.last_day
    moving.take(found, Step.ASSIGN, acting_user=acting_user)
    return found


@transaction.atomic
def accept_task(task: RectificationTask, *, acting_user: User) -> RectificationTask:
    """The responsible department takes the task on."""
    found = moving.ready(task, Step.ACCEPT, acting_user=acting_user)
    moving.take(found, Step.ACCEPT, acting_user=acting_user)
    return found


@transaction.atomic
def dispute_task(task: RectificationTask, *, reason: str, acting_user: User) -> RectificationTask:
    """The responsible department says why the task is not its own, or not right."""
    found = moving.ready(task, Step.DISPUTE, reason=reason, acting_user=acting_user)
    moving.take(found, Step.DISPUTE, reason=reason, acting_user=acting_user)
    return found


@transaction.atomic
def decide_dispute(task: RectificationTask, *, stands: bool, reason: str, acting_user: User) -> RectificationTask:
    """The task stands, or is withdrawn; the desk says why. To give it to others, see ``reassign_task``."""
    kind = Step.UPHOLD if stands else Step.WITHDRAW
    found = moving.ready(task, kind, reason=reason, acting_user=acting_user)
    moving.take(found, kind, reason=reason, acting_user=acting_user)
    return found


@transaction.atomic
def reassign_task(
    task: RectificationTask, *, department: Department, officer: User, reason: str, acting_user: User
) -> RectificationTask:
    """Make others responsible. Who it was until then stays on record; the deadline stays as it is."""
    found = moving.ready(task, Step.REASSIGN, reason=reason, acting_user=acting_user)
    opening.require_officer(officer, department)
    if (found.department_id, found.officer_id) == (department.pk, officer.pk):
        raise Invalid(_("They are responsible already."), field="officer")
    kept: dict[str, Any] = {"department": found.department, "officer": found.officer}
    found.department, found.officer = department, officer
    found.co_departments.remove(department)
    if found.supervisor_id == officer.pk:
        found.supervisor = None
    moving.take(found, Step.REASSIGN, reason=reason, acting_user=acting_user, **kept)
    return found


@transaction.atomic
def post_progress(
    task: RectificationTask,
    *,
    text: str,
    attachment: UploadedFile[bytes] | None = None,
    proves: WantedEvidence | None = None,
    done_percent: int = 0,
    acting_user: User,
) -> ProgressReport:
    """Report what was done, with evidence. The first report of an assigned or returned task takes it up again.

    ``done_percent``: how much of ``proves`` is done, or of the whole task where nothing is named.
    """
    found = moving.locked(task)
    if not may_report_on(acting_user, found):
        raise NotAllowed
    if not text.strip():
        raise Invalid(_("Please write what was done."), field="text")
    if not 0 <= done_percent <= 100:
        raise Invalid(_("Please give a number from 0 to 100."), field="done_percent")
    if proves is not None and proves.task_id != task.pk:
        raise Invalid(_("That evidence belongs to another task."), field="proves")
    fields = attachment_fields(attachment)
    moving.require_status(found, Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS, Status.RETURNED)
    with acting(acting_user):
        report: ProgressReport = ProgressReport.objects.create(
            task=found,
            text=text.strip(),
            proves=proves,
            done_percent=done_percent,
            posted_by=acting_user,
            **fields,
        )
    if found.status != Status.IN_PROGRESS:
        moving.take(found, Step.BEGIN, acting_user=acting_user, told=False)
    append_leaf(
        LeafKind.TASK_PROGRESS_POSTED,
        report,
        public={"task": str(found.row_id), "attachment_sha256": report.attachment_sha256 or None},
        committed={"text": report.text},
        also=[found],
    )
    moving.announce_live(found)
    announce_step(found, "progress", acting_user=acting_user)
    return report


@transaction.atomic
def submit_task(task: RectificationTask, *, acting_user: User) -> RectificationTask:
    """Hand the finished work over for verification. Without a report on each expected evidence there is nothing to
    verify, and the parts of a task come before the whole."""
    found = moving.ready(task, Step.SUBMIT, acting_user=acting_user)
    if not found.progress_reports.exists():
        raise Invalid(_("Please report what was done before you submit it for verification."), field="text")
    missing = found.wanted_evidence.filter(reports__isnull=True).first()
    if missing is not None:
        raise Invalid(
            _("Nothing was reported yet on the evidence “%(evidence)s”.") % {"evidence": missing.text}, field="proves"
        )
    if found.children.exclude(status__in=RectificationTask.AT_REST).exists():
        raise Conflict(_("Some parts of this task are not verified yet."))
    moving.take(found, Step.SUBMIT, acting_user=acting_user)
    return found


@transaction.atomic
def verify_task(task: RectificationTask, *, outcome: str, reason: str, acting_user: User) -> Verification:
    """Find a submitted task put right, or return it with the reason."""
    moving.require_side(acting_user, task, Side.CHECKER)
    if not reason.strip():
        raise Invalid(_("Please say what you checked and what you found."), field="reason")
    if outcome not in Verification.Outcome.values:
        raise Invalid(_("Please choose whether it was put right."), field="outcome")
    kind = Step.VERIFY if outcome == Verification.Outcome.VERIFIED else Step.RETURN
    found = moving.ready(task, kind, reason=reason, acting_user=acting_user)
    if found.panels.filter(ended_at__isnull=True).exists():
        raise Conflict(_("A panel of citizens is checking this task. Please wait for its verdict."))
    side = Verification.Side.EVALUATOR if evaluated_by(acting_user, found) else Verification.Side.MODERATOR
    with acting(acting_user, reason=reason.strip()):
        check: Verification = Verification.objects.create(
            task=found, side=side, outcome=outcome, reason=reason.strip(), checked_by=acting_user
        )
    moving.take(found, kind, reason=reason, acting_user=acting_user, also=[check])
    return check


@transaction.atomic
def close_task(task: RectificationTask, *, reason: str, acting_user: User) -> RectificationTask:
    """Nothing more is to be done about a verified task."""
    found = moving.ready(task, Step.CLOSE, reason=reason, acting_user=acting_user)
    moving.take(found, Step.CLOSE, reason=reason, acting_user=acting_user)
    return found


@transaction.atomic
def reopen_task(
    task: RectificationTask, *, reason: str, due_on: date | None = None, acting_user: User
) -> RectificationTask:
    """What was found to be put right is not, after all. It goes back; once its deadline has passed, with a new one."""
    found = moving.ready(task, Step.REOPEN, reason=reason, acting_user=acting_user)
    found.due_on = due_on or found.due_on
    if found.due_on <= timezone.localdate():
        raise Invalid(_("The deadline has to lie in the future."), field="due_on")
    moving.take(found, Step.REOPEN, reason=reason, acting_user=acting_user)
    return found
