"""How far one task has come: its chain, and its five steps."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cms.budget.models import Line, Release
from participation.consultations.models import Consultation
from participation.rectification.models import BudgetLinkage, RectificationTask
from participation.rectification.queries import BEING_DONE, heard_words, work
from participation.rectification.steps import Station, on_day, placed
from portal.ui.furniture import Step, local

Status = RectificationTask.Status


def chain_for_task(task: RectificationTask) -> list[Step]:
    """The six steps of one task, each naming the record it stands for. No queries on a task from ``task_for``."""
    linkage: BudgetLinkage | None = getattr(task, "budget_linkage", None)
    reports = len(task.progress_reports.all())
    here = task.get_absolute_url()
    return placed(
        [
            *_origin_of(task),
            Station(
                "rectification",
                _("Put right"),
                task.status not in BEING_DONE,
                ngettext("%(count)d report", "%(count)d reports", reports) % {"count": reports}
                if reports
                else str(task.get_status_display()),
                f"{here}#reports" if reports else "",
            ),
            Station(
                "verified",
                pgettext("step", "Verified"),
                task.is_proven,
                on_day(task.verified_at),
                f"{here}#checks" if task.verifications.all() else "",
            ),
            Station(
                "budget",
                _("Next year's budget"),
                linkage is not None,
                _(": ").join((str(linkage.fiscal_year), linkage.get_decision_display())) if linkage else "",
                (linkage.line.get_absolute_url() if linkage.line else f"{here}#budget") if linkage else "",
            ),
        ]
    )


def _origin_of(task: RectificationTask) -> list[Station]:
    """What was published, who was heard, and what was answered; where no answer led to it, who found it."""
    finding = task.finding
    consultation, line, answer = finding.consultation, finding.line, finding.answer
    release = line.release if line else consultation.release if consultation else None
    origin: Line | Release | Consultation | None = line or release or consultation
    # A question of its own was published by asking it.
    published_at = release.published_at if release else consultation.created if consultation else None
    named = local(line, "title") if line else on_day(published_at)
    published = Station(
        "published",
        pgettext("step", "Published"),
        True if origin else None,
        named,
        origin.get_absolute_url() if origin else "",
    )
    if answer is None:
        evaluation = finding.evaluation
        found = evaluation.reference if evaluation else finding.source_name or str(finding.get_source_display())
        url = (
            finding.evaluation_finding.get_absolute_url() if finding.evaluation_finding else finding.get_absolute_url()
        )
        return [published, Station("heard", pgettext("step", "Found"), True, found, url)]
    inputs = [link.contribution for link in answer.inputs.all()]
    shown = [contribution for contribution in inputs if not contribution.is_hidden]
    return [
        published,
        Station(
            "heard",
            _("Heard"),
            True,
            heard_words(len(inputs), len({item.stakeholder_group for item in inputs})),
            shown[0].get_absolute_url() if len(shown) == 1 else answer.get_absolute_url(),
        ),
        Station(
            "answered",
            pgettext("step", "Answered"),
            True,
            str(answer.get_outcome_display()),
            answer.get_absolute_url(),
        ),
    ]


def tracker_of_task(task: RectificationTask) -> list[Step]:
    """The five steps of one task, counted from the first input that led to it. For a task with its inputs loaded."""
    answer = task.finding.answer
    if answer is None:
        assigned = task.assigned_at or task.created
        recorded = Station("received", _("Found"), True, on_day(task.finding.created), task.finding.get_absolute_url())
        taken = task.status not in (Status.DRAFTED, Status.ASSIGNED, Status.DISPUTED)
        return placed(
            [
                recorded,
                Station("accepted", pgettext("step", "Assigned"), task.status != Status.DRAFTED, on_day(assigned)),
                Station("answered", pgettext("step", "Taken on"), taken),
                *work([task], ends_here=False, is_answered=True),
            ]
        )
    inputs = [link.contribution for link in answer.inputs.all()]
    accepted = [contribution.accepted_at for contribution in inputs if contribution.accepted_at is not None]
    answered = f"{answer.get_outcome_display()} · {on_day(answer.published_at)}"
    return placed(
        [
            Station("received", _("Received"), True, on_day(min(contribution.created for contribution in inputs))),
            Station("accepted", _("Accepted"), True, on_day(min(accepted, default=None))),
            Station("answered", pgettext("step", "Answered"), True, answered, answer.get_absolute_url()),
            *work([task], ends_here=False, is_answered=True),
        ]
    )
