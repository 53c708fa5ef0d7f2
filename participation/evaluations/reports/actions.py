"""Writing an evaluation: drafts, evidence, handing in, the check of its form, and the reply of the department."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.calendars.clocks import deadline
from cms.calendars.working_days import add_working_days
from participation.attachments import attachment_fields
from participation.evaluations.reports import content as contents
from participation.evaluations.reports.models import EvaluationEvidence, EvaluationReport, FindingReply
from participation.evaluations.reports.permissions import require_author, require_checker, require_lead, require_replier
from participation.evaluations.reports.publishing import publish
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.actions import hand_in_confidential
from participation.stakeholders.confidential import NOTHING, Confidential
from participation.stakeholders.models import Appointment, Role, User
from portal.errors import Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

Status = EvaluationReport.Status
REPLY = "E1"
# Working days, where no rule is on record.
DAYS_TO_REPLY = 15
EVIDENCE_MAX = 30


class Fault(TextChoices):
    """What the form of an evaluation may lack. There is no other ground to return one: never what it says."""

    UNREADABLE = "unreadable", _("A file cannot be read")
    OTHER_PROGRAMME = "other_programme", _("It is about another programme")
    PERSONAL = "personal", _("It holds personal information of others")
    NO_SOURCE = "no_source", _("It names no evidence for a score")
    HOUSE_RULE = "house_rule", _("It breaks a house rule: insults, advertising")
    SECRET = "secret", _("It makes public what has to be sealed")


@transaction.atomic
def save_page(
    report: EvaluationReport, *, page: str, typed: dict[str, Any], revision: int | None, acting_user: User
) -> EvaluationReport:
    """Keep one page of the draft as it was typed, complete or not.

    ``revision``: the one that the page was made from. Raises ``Conflict`` where another author has saved since; None
    saves all the same.
    """
    locked = _locked(report)
    require_author(acting_user, locked)
    _require_open(locked)
    if page not in contents.pages_of(locked):
        raise Invalid(_("There is no such page."), field="page")
    draft = contents.cleaned(locked, page, typed)
    if draft == locked.draft:
        return locked
    if revision is not None and revision != locked.revision:
        raise Conflict(_("Another author has saved this page in the meantime. What you typed is kept here: compare."))
    locked.draft, locked.revision = draft, locked.revision + 1
    locked.save(update_fields=["draft", "revision"])
    return locked


@transaction.atomic
def take_workbook(report: EvaluationReport, *, given: dict[str, Any], acting_user: User) -> EvaluationReport:
    """Take over scores and findings that were filled in elsewhere (see ``sheets.py``): all of them or, where a code is
    unknown, none. What a workbook does not ask for, such as the line of a finding, stays."""
    locked = _locked(report)
    require_author(acting_user, locked)
    _require_open(locked)
    known = {indicator.code for indicator in contents.indicators_of(locked)}
    unknown = sorted(set(given["scores"]) - known)
    if unknown:
        raise Invalid(_("There is no indicator %(code)s here.") % {"code": unknown[0][:20]}, field="file")
    lines = {finding["id"]: finding.get("line", "") for finding in locked.draft.get("findings", [])}
    findings = [{**finding, "line": lines.get(finding["id"], "")} for finding in given["findings"]]
    for page in contents.pages_of(locked):
        if page != contents.ABOUT:
            locked.draft = contents.cleaned(locked, page, {"scores": given["scores"], "findings": findings})
    locked.revision += 1
    locked.save(update_fields=["draft", "revision"])
    return locked


@sensitive_variables("confidential")
@transaction.atomic
def add_evidence(
    report: EvaluationReport,
    *,
    title: str,
    attachment: UploadedFile[Any] | None = None,
    confidential: Confidential = NOTHING,
    acting_user: User,
) -> EvaluationEvidence:
    """Add a file that is public with the evaluation, or one that is sealed."""
    locked = _locked(report)
    person = require_author(acting_user, locked)
    _require_open(locked)
    title = typed_text(title, field="title", limit=200, missing=_("Please say what it shows."))
    if (attachment is None) == confidential.is_empty:
        raise Invalid(_("Please choose one file: a public one, or a confidential one."), field="attachment")
    if locked.evidence.count() >= EVIDENCE_MAX:
        raise Invalid(_("These are very many files. Please put some of them into one."), field="attachment")
    evidence = EvaluationEvidence(report=locked, title=title, added_by=person, **attachment_fields(attachment))
    evidence.confidential = hand_in_confidential(
        evidence, confidential, organisation=locked.seat.organisation, acting_user=person
    )
    evidence.save()
    return evidence


@transaction.atomic
def remove_evidence(evidence: EvaluationEvidence, *, acting_user: User) -> None:
    """Take a file back while nobody but the authors has relied on it."""
    locked = _locked(evidence.report)
    require_author(acting_user, locked)
    _require_open(locked)
    published = locked.evaluation.versions.last() if locked.evaluation else None
    if published is not None and evidence.created < published.created:
        raise Conflict(_("This file is part of a published version, and stays."))
    evidence.delete()


@transaction.atomic
def hand_in(report: EvaluationReport, *, acting_user: User) -> EvaluationReport:
    """The lead hands in what is complete. From now on it changes only if it is returned for its form."""
    locked = _locked(report)
    person = require_lead(acting_user, locked)
    _require_open(locked)
    gaps = contents.gaps_of(locked)
    if gaps:
        raise Invalid(gaps[0].words, field="draft")
    locked.status, locked.submitted_at, locked.faults = Status.SUBMITTED, timezone.now(), []
    locked.save(update_fields=["status", "submitted_at", "faults"])
    append_leaf(
        LeafKind.EVALUATION_HANDED_IN,
        locked,
        public={
            "seat": str(locked.seat.row_id),
            "programme": str(locked.programme.row_id),
            "version": locked.version,
        },
        committed={"content": canonical(contents.content_of(locked))},
    )
    moderators = Appointment.objects.current().filter(role=Role.MODERATOR).values("person")
    _tell(locked, "handed_in", User.objects.filter(pk__in=moderators), person)
    return locked


@transaction.atomic
def check_form(report: EvaluationReport, *, faults: Iterable[str] = (), acting_user: User) -> EvaluationReport:
    """A moderator looks at the form. With faults it goes back to the authors, without any to the department, which
    may reply until a day that the rule in force sets; where there is nothing to reply to, it is published at once."""
    locked = _locked(report)
    person = require_checker(acting_user, locked)
    if locked.status != Status.SUBMITTED:
        raise Conflict(_("This evaluation does not wait for a check."))
    locked.faults = sorted({Fault(fault).value for fault in faults})
    locked.checked_by = person
    today = timezone.localdate()
    waits = not locked.faults and bool(contents.findings_to_answer(locked))
    if waits:
        place = locked.seat.call.consultation.jurisdiction
        rule = deadline(REPLY, today, place)
        locked.reply_due_on = rule.due_on if rule else add_working_days(today, DAYS_TO_REPLY, place)
    locked.status = Status.RETURNED if locked.faults else Status.REPLYING if waits else locked.status
    locked.save(update_fields=["faults", "checked_by", "reply_due_on", "status"])
    append_leaf(
        LeafKind.EVALUATION_CHECKED,
        locked,
        public={
            "faults": locked.faults,
            "version": locked.version,
            "reply_due_on": locked.reply_due_on.isoformat() if waits and locked.reply_due_on else None,
        },
        committed={},
    )
    if locked.faults:
        _tell(locked, "returned", [author.person for author in locked.seat.authors.all()], person)
    elif waits:
        _tell(locked, "to_reply", _officers_of(locked), person, on=str(locked.reply_due_on))
    else:
        publish(locked, by=person)
    return locked


@transaction.atomic
def reply_to_finding(
    report: EvaluationReport, *, finding: UUID, stance: str, text: str, acting_user: User
) -> FindingReply:
    """The evaluated department says what it thinks of a finding. With the last reply the evaluation is published."""
    locked = _locked(report)
    person = require_replier(acting_user, locked.programme.department)
    if locked.status != Status.REPLYING or locked.reply_due_on is None or locked.reply_due_on < timezone.localdate():
        raise Conflict(_("The time for replies is over."))
    waiting = {found["id"] for found in contents.findings_to_answer(locked)}
    if str(finding) not in waiting:
        raise Invalid(_("There is no such finding to reply to."), field="finding")
    if stance not in FindingReply.Stance.values:
        raise Invalid(_("Please choose the position of your department."), field="stance")
    replies = locked.replies.filter(version=locked.version)
    if replies.filter(finding_ref=finding).exists():
        raise Conflict(_("Your department has replied to this finding already."))
    reply = FindingReply(
        report=locked,
        version=locked.version,
        finding_ref=finding,
        stance=stance,
        text=typed_text(text, field="text", limit=2000, missing=_("Please give the reply of your department.")),
        written_by=person,
    )
    with acting(person):
        reply.save()
    append_leaf(
        LeafKind.FINDING_REPLIED,
        reply,
        public={
            "report": str(locked.row_id),
            "finding": str(finding),
            "version": locked.version,
            "stance": stance,
        },
        committed={"text": reply.text},
    )
    if replies.count() == len(waiting):
        publish(locked, by=person)
    return reply


@transaction.atomic
def begin_correction(report: EvaluationReport, *, reason: str, acting_user: User) -> EvaluationReport:
    """The lead corrects a published evaluation: what stands stays public until the next version does."""
    locked = _locked(report)
    require_lead(acting_user, locked)
    if locked.status != Status.PUBLISHED or locked.evaluation is None:
        raise Conflict(_("Only what is published is corrected."))
    locked.correction_reason = typed_text(
        reason, field="reason", limit=1000, missing=_("Please say in public why it is corrected.")
    )
    locked.status, locked.version, locked.reply_due_on = Status.CORRECTING, locked.version + 1, None
    locked.save(update_fields=["correction_reason", "status", "version", "reply_due_on"])
    append_leaf(
        LeafKind.EVALUATION_REOPENED,
        locked,
        public={"evaluation": str(locked.evaluation.row_id)},
        committed={"reason": locked.correction_reason},
    )
    return locked


@transaction.atomic
def publish_due(*, acting_user: User | None) -> int:
    """Regular work: publish what the department had time to reply to. Silence is published as "no reply"."""
    due = EvaluationReport.objects.filter(status=Status.REPLYING, reply_due_on__lt=timezone.localdate())
    published = 0
    for number in due.order_by("pk").values_list("pk", flat=True):
        locked = EvaluationReport.objects.select_for_update().get(pk=number)
        if locked.status == Status.REPLYING:
            publish(locked, by=acting_user)
            published += 1
    return published


def _locked(report: EvaluationReport) -> EvaluationReport:
    return EvaluationReport.objects.select_for_update().get(pk=report.pk)


def _require_open(report: EvaluationReport) -> None:
    if not report.is_open:
        raise Conflict(_("This evaluation has been handed in. It changes only if it is returned."))


def _officers_of(report: EvaluationReport) -> list[User]:
    officers = Appointment.objects.current().filter(role=Role.OFFICER, department=report.programme.department_id)
    return list(User.objects.filter(pk__in=officers.values("person")))


def _tell(report: EvaluationReport, step: str, people: Iterable[User], by: User, **words: str) -> None:
    announce(
        Kind.EVALUATION,
        report.seat.call,
        to=people,
        words={"step": step, **words},
        url=report.get_absolute_url(),
        acting_user=by,
    )
