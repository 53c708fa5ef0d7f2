"""Reads of the last mile: how far a release, a line, an input or a task has come, and the public tracker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cms.budget.models import Line, Release
from participation.balance.models import Answer, AnsweredInput
from participation.balance.queries import answer_of
from participation.consultations.models import Consultation, Contribution
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.rectification.heard import Heard, heard_about, heard_in
from participation.rectification.models import BudgetLinkage, RectificationTask, TaskQuerySet
from participation.rectification.steps import Station, on_day, placed
from participation.stakeholders.models import User
from portal.ui.furniture import Step as Step

Reader = User | AnonymousUser
Input = TypeVar("Input", bound=Contribution)
Status = RectificationTask.Status

BEING_DONE = (
    *(Status.DRAFTED, Status.ASSIGNED, Status.ACCEPTED, Status.DISPUTED, Status.IN_PROGRESS),
    Status.RETURNED,
)
# What ``tracker_for`` walks along. A page that shows many trackers loads it once for all of them.
TRACKED = "answered__answer__findings__tasks"


# The chain: published, heard, answered, put right, verified, next year's budget --------------------


@dataclass(frozen=True)
class TaskCounts:
    """How promises are kept. ``on_time`` and ``overdue`` are the open ones: with ``verified`` they make the total."""

    total: int = 0
    verified: int = 0
    on_time: int = 0
    overdue: int = 0
    submitted: int = 0
    linked: int = 0

    @property
    def open(self) -> int:
        return self.total - self.verified


def count_tasks(tasks: QuerySet[RectificationTask]) -> TaskCounts:
    """One query."""
    is_proven = Q(status__in=RectificationTask.PROVEN)
    is_open, is_late = ~is_proven, Q(due_on__lt=timezone.localdate())
    # What was withdrawn was never a promise.
    tasks = tasks.exclude(status__in=(Status.WITHDRAWN, Status.DRAFTED))
    return TaskCounts(
        **tasks.order_by().aggregate(
            total=Count("pk"),
            verified=Count("pk", filter=is_proven),
            on_time=Count("pk", filter=is_open & ~is_late),
            overdue=Count("pk", filter=is_open & is_late),
            submitted=Count("pk", filter=Q(status=Status.SUBMITTED)),
            linked=Count("budget_linkage"),
        )
    )


def task_counts(user: Reader) -> TaskCounts:
    return count_tasks(RectificationTask.objects.visible_to(user))


def heard_words(inputs: int, groups: int) -> str:
    if not inputs:
        return _("Nothing yet")
    said = ngettext("%(count)d input", "%(count)d inputs", inputs) % {"count": inputs}
    sides = ngettext("%(count)d group", "%(count)d groups", groups) % {"count": groups}
    return _("%(inputs)s from %(groups)s") % {"inputs": said, "groups": sides}


def _answered_words(inputs: int, outcomes: Counter[str]) -> str:
    if not inputs:
        return ""
    words = _("%(answered)d of %(inputs)d") % {"answered": outcomes.total(), "inputs": inputs}
    parts = [f"{label} {outcomes[value]}" for value, label in Answer.Outcome.choices if outcomes[value]]
    return " · ".join([words, *parts])


def _task_words(tasks: TaskCounts, nothing_to_do: bool) -> str:
    if nothing_to_do:
        return _("Nothing to put right")
    if not tasks.total:
        return ""
    words = ngettext("%(count)d task", "%(count)d tasks", tasks.total) % {"count": tasks.total}
    late = ngettext("%(count)d overdue", "%(count)d overdue", tasks.overdue) % {"count": tasks.overdue}
    return f"{words} · {late}" if tasks.overdue else words


def _chain(
    release: Release,
    *,
    heard: Heard,
    tasks: QuerySet[RectificationTask],
    published_url: str,
    heard_url: str,
    answered_url: str,
    tasks_url: str,
) -> list[Step]:
    """The six steps over many inputs; one query. A step that nothing has reached yet links nowhere."""
    counts = count_tasks(tasks)
    total = heard.total()
    outcomes = Counter[str]()
    for (_group, outcome), count in heard.items():
        if outcome is not None:
            outcomes[outcome] += count
    answered = outcomes.total()
    promised = outcomes[Answer.Outcome.ADOPTED] + outcomes[Answer.Outcome.PARTLY]
    nothing_to_do = 0 < total == answered and not promised and not counts.total
    under_way = counts.total - counts.submitted - counts.verified
    tasks_url = tasks_url if counts.total else ""
    groups = len({group for group, _outcome in heard})
    linked = ngettext("%(count)d linked", "%(count)d linked", counts.linked) % {"count": counts.linked}
    return placed(
        [
            Station(
                "published",
                pgettext("step", "Published"),
                bool(release.published_at),
                on_day(release.published_at),
                published_url,
            ),
            Station("heard", _("Heard"), total > 0, heard_words(total, groups), heard_url),
            Station(
                "answered",
                pgettext("step", "Answered"),
                0 < total == answered,
                _answered_words(total, outcomes),
                answered_url if answered else "",
            ),
            Station(
                "rectification",
                _("Put right"),
                None if nothing_to_do else counts.total > 0 and not under_way,
                _task_words(counts, nothing_to_do),
                tasks_url,
            ),
            Station(
                "verified",
                pgettext("step", "Verified"),
                None if nothing_to_do else 0 < counts.total == counts.verified,
                _("%(done)d of %(total)d") % {"done": counts.verified, "total": counts.total} if counts.total else "",
                f"{tasks_url}&status={Status.VERIFIED}" if counts.verified else "",
            ),
            Station(
                "budget",
                _("Next year's budget"),
                None if nothing_to_do else 0 < counts.total == counts.linked,
                linked if counts.linked else "",
                f"{tasks_url}&linked=on" if counts.linked else "",
            ),
        ]
    )


def chain_for_release(release: Release, user: Reader) -> list[Step]:
    """How far a release has come. Four queries, whatever was said about it."""
    newest = Consultation.objects.visible_to(user).filter(release=release).order_by("-created").first()
    return chain_given(release, user, heard_about(release, user), newest)


def chain_given(release: Release, user: Reader, heard: Heard, newest: Consultation | None) -> list[Step]:
    """The same for a page that knows already what was heard, and the newest consultation. One query."""
    consultation_url = newest.get_absolute_url() if newest else ""
    return _chain(
        release,
        heard=heard,
        tasks=RectificationTask.objects.visible_to(user).filter(of_release(release)),
        published_url=release.get_absolute_url(),
        heard_url=consultation_url,
        answered_url=consultation_url,
        tasks_url=f"{reverse('participation:rectification:index')}?release={release.row_id}",
    )


def in_consultation(consultation: Consultation) -> Q:
    """Tasks that follow from an answer of a consultation, or from an evaluation in it."""
    evaluated = Q(finding__evaluation_finding__evaluation__consultation=consultation)
    return Q(finding__answer__consultation=consultation) | evaluated


def of_release(release: Release) -> Q:
    """Tasks that came up in what was asked about a release, or are about one of its lines."""
    asked = Q(finding__answer__consultation__release=release)
    evaluated = Q(finding__evaluation_finding__evaluation__consultation__release=release)
    return asked | evaluated | Q(finding__answer__isnull=True, finding__line__release=release)


def of_line(line: Line) -> Q:
    """Tasks about a line: whose finding names it, or names none and goes back to what was said about it."""
    said = Q(feedback__line=line)
    if line.programme_id is not None:
        said |= Q(evaluation__programme=line.programme_id, evaluation__consultation__release=line.release_id)
    answers = AnsweredInput.objects.filter(said).values("answer")
    return Q(finding__line=line) | Q(finding__line__isnull=True, finding__answer__in=answers)


def chain_for_line(line: Line, user: Reader) -> list[Step]:
    """How far one line has come: what was said about it, or about its programme in the same release. Four queries."""
    evaluations = Evaluation.objects.visible_to(user).filter(
        consultation__release=line.release_id, programme=line.programme_id
    )
    feedback = Feedback.objects.visible_to(user).filter(line=line)
    consultation = Consultation.objects.visible_to(user).filter(release=line.release_id).order_by("-created").first()
    consultation_url = consultation.get_absolute_url() if consultation else ""
    return _chain(
        line.release,
        heard=heard_in([feedback, evaluations if line.programme_id is not None else evaluations.none()]),
        tasks=RectificationTask.objects.visible_to(user).filter(of_line(line)),
        published_url=line.get_absolute_url(),
        heard_url=f"{line.get_absolute_url()}#said" if consultation else "",
        answered_url=consultation_url,
        tasks_url=f"{reverse('participation:rectification:index')}?line={line.row_id}",
    )


def linkages_to(line: Line, user: Reader) -> QuerySet[BudgetLinkage]:
    """The tasks of earlier years whose result shows in ``line``, or in its programme that year."""
    found: QuerySet[BudgetLinkage] = BudgetLinkage.objects.visible_to(user)
    meant = Q(line=line)
    if line.programme_id is not None:
        about = Q(task__finding__programme=line.programme_id) | Q(task__finding__line__programme=line.programme_id)
        meant |= Q(about, line__isnull=True, fiscal_year=line.release.fiscal_year)
    return found.filter(meant).select_related("task__department")


# The tracker of one matter: received, accepted, answered, put right, verified -----------------------


def tracker_for(contribution: Contribution) -> list[Step]:
    """The five steps of one input. Loads ``TRACKED`` unless it is loaded already: see ``trackers_for``."""
    answer = answer_of(contribution)
    opened = [task for finding in answer.findings.all() for task in finding.public_tasks] if answer else []
    tasks = [task for task in opened if task.status != Status.WITHDRAWN]
    ends_here = answer is not None and answer.is_turned_down and not tasks
    return placed(
        [
            Station("received", _("Received"), True, on_day(contribution.created)),
            Station(
                "accepted",
                _("Accepted"),
                contribution.accepted_at is not None or answer is not None,
                on_day(contribution.accepted_at),
            ),
            Station(
                "answered",
                pgettext("step", "Answered"),
                answer is not None,
                f"{answer.get_outcome_display()} · {on_day(answer.published_at)}"
                if answer
                else _("Due on %(day)s") % {"day": on_day(contribution.answer_due_on)},
                answer.get_absolute_url() if answer else "",
            ),
            *work(tasks, ends_here, is_answered=answer is not None),
        ]
    )


def work(tasks: Sequence[RectificationTask], ends_here: bool, *, is_answered: bool) -> list[Station]:
    """The last two steps. Where an answer opened several tasks, the one that is furthest behind tells."""
    label, verified = _("Put right"), pgettext("step", "Verified")
    if ends_here:
        return [
            Station("rectification", label, None, _("Nothing to put right")),
            Station("verified", verified, None),
        ]
    if not tasks:
        detail = _("No task opened yet") if is_answered else ""
        return [Station("rectification", label, False, detail), Station("verified", verified, False)]
    last = min(tasks, key=lambda task: (task.is_proven, task.status == Status.SUBMITTED, task.due_on))
    is_put_right = last.status not in BEING_DONE
    due = "" if is_put_right else _("Due on %(day)s") % {"day": on_day(last.due_on)}
    return [
        Station(
            "rectification",
            label,
            is_put_right,
            " · ".join(filter(None, [str(last.get_status_display()), due])),
            last.get_absolute_url(),
        ),
        Station(
            "verified",
            verified,
            last.is_proven,
            on_day(last.verified_at),
            f"{last.get_absolute_url()}#checks" if last.is_proven else "",
        ),
    ]


def trackers_for(contributions: Sequence[Input]) -> list[tuple[Input, list[Step]]]:
    """Each of the inputs, all of one kind, with its tracker, in a fixed number of queries."""
    prefetch_related_objects(contributions, "consultation", TRACKED)
    return [(contribution, tracker_for(contribution)) for contribution in contributions]


# Promises kept --------------------------------------------------------------------------------------


def tasks_for(user: Reader) -> TaskQuerySet:
    """Tasks with what a list shows of them."""
    return RectificationTask.objects.visible_to(user).select_related(
        "department", "finding__programme", "finding__line__programme", "finding__line__department"
    )


def latest_verified(user: Reader, limit: int = 3) -> list[RectificationTask]:
    """The promises kept last, the newest first. One query."""
    return list(tasks_for(user).filter(status__in=RectificationTask.PROVEN).order_by("-verified_at", "-pk")[:limit])


def unfinished_tasks_of(officer: User) -> list[RectificationTask]:
    """What an officer still has to do, the nearest deadline first. One query."""
    return list(
        tasks_for(officer)
        .filter(officer=officer)
        .exclude(status__in=RectificationTask.AT_REST)
        .order_by("due_on", "pk")
    )
