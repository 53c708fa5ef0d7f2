"""Reads of the desk: what waits for an answer, from whom, and for how long; and the answers given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from cms.budget.models import Department
from participation.balance.drafts import AnswerDraft, PartAsked
from participation.balance.models import TURNED_DOWN, Answer, AnsweredInput
from participation.balance.themes import Theme
from participation.consultations.models import Consultation, Contribution
from participation.consultations.queries import consultations_for
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.feedback.queries import public_author
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotFound

Reader = User | AnonymousUser

# On the board every side gets the same room, however many speak for it.
ITEMS_OF_A_SIDE = 6
ITEMS_OF_A_PAGE = 40
SOON_DAYS = 5

WAITING, OVERDUE, SOON, OBJECTIONS, ANSWERED = "waiting", "overdue", "soon", "objections", "answered"
HIDDEN, ALL = "hidden", "all"
EVALUATION_SHAPES, UNTAGGED = "evaluation", "untagged"


def overdue() -> Q:
    """Input whose answer is late: it fell due before today, in local time."""
    return Q(due_on__lt=timezone.localdate())


def soon() -> Q:
    """Input whose answer is due within ``SOON_DAYS`` from today, and not late yet."""
    today = timezone.localdate()
    return Q(due_on__range=(today, today + timedelta(days=SOON_DAYS)))


def _waiting() -> Q:
    return Q(status=Contribution.Status.VISIBLE, answered__isnull=True)


def objections() -> Q:
    """Feedback on a problem that nobody has answered, or that was turned down without anything being put right."""
    followed_up = Answer.objects.filter(pk=OuterRef("answered__answer"), findings__isnull=False)
    turned_down = Q(answered__answer__outcome__in=TURNED_DOWN) & Q(~Exists(followed_up))
    open_or_down = Q(answered__isnull=True) | turned_down
    return Q(status=Contribution.Status.VISIBLE, kind=Feedback.Kind.PROBLEM) & open_or_down


@dataclass(frozen=True)
class InputShown:
    """One input on a page. ``contribution`` is None where its text is not for the reader: a moderator hid it."""

    group: str
    contribution: Any

    @property
    def author(self) -> str:
        return public_author(self.contribution)

    @property
    def kind(self) -> str:
        return str(self.contribution._meta.model_name)

    @property
    def text(self) -> str:
        return str(getattr(self.contribution, "body", "") or getattr(self.contribution, "reasoning", ""))

    @property
    def answer(self) -> Answer | None:
        return answer_of(self.contribution)


# The desk ----------------------------------------------------------------------------------------


@dataclass
class DeskRow:
    """One consultation, with what waits in it by side."""

    consultation: Consultation
    waiting: int = 0
    overdue: int = 0
    by_group: Counter[str] = field(default_factory=Counter)

    @property
    def sides(self) -> list[tuple[str, int]]:
        """Every side that waits, in the order of the charter."""
        return [(group, self.by_group[group]) for group in StakeholderGroup.values if self.by_group[group]]


def desk(user: Reader) -> list[DeskRow]:
    """Every consultation ``user`` may see; those with late answers first, then those that wait. Five queries."""
    rows = {consultation.pk: DeskRow(consultation) for consultation in consultations_for(user)}
    late = overdue()
    for model in (Feedback, Evaluation):
        counted = (
            model.objects.visible_to(user)
            .filter(_waiting())
            .order_by()
            .values_list("consultation", "stakeholder_group")
            .annotate(waiting=Count("pk"), late=Count("pk", filter=late))
        )
        for consultation, group, waiting, too_late in counted:
            row = rows[consultation]
            row.waiting += waiting
            row.overdue += too_late
            row.by_group[group] += waiting
    return sorted(rows.values(), key=lambda row: (-row.overdue, -row.waiting))


# The board ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """Enough of an input to put it in order, before its text is read."""

    created: datetime
    kind: str
    pk: int


@dataclass
class Side:
    """One stakeholder group on the board: how many inputs fit the filter, and the page of them that is shown."""

    group: str
    total: int
    page: Page[Reference]
    items: list[InputShown] = field(default_factory=list)

    @property
    def label(self) -> str:
        return str(StakeholderGroup(self.group).label)

    @property
    def more(self) -> int:
        return self.total - len(self.page)


def _of_state(state: str) -> Q:
    return {
        WAITING: _waiting(),
        OVERDUE: _waiting() & overdue(),
        SOON: _waiting() & soon(),
        ANSWERED: Q(answered__isnull=False),
        HIDDEN: Q(status=Contribution.Status.HIDDEN),
        ALL: Q(),
    }[state]


def _with_context(inputs: QuerySet[Any], kind: str) -> QuerySet[Any]:
    of_kind = ("line__programme", "line__department") if kind == "feedback" else ("programme__department",)
    return inputs.select_related("author", "organisation", "consultation", "answered__answer", *of_kind)


def board(
    user: Reader,
    consultation: Consultation,
    *,
    state: str,
    group: str = "",
    kind: str = "",
    theme: str = "",
    page: str = "1",
) -> list[Side]:
    """The input of a consultation by side, the longest waiting first. Four queries, whatever there is.

    All sides show ``ITEMS_OF_A_SIDE`` each; one chosen ``group`` is shown in pages. ``kind`` is one of
    ``Feedback.Kind`` or ``EVALUATION_SHAPES``; ``theme`` the row id of a theme, or ``UNTAGGED``.
    """
    found: dict[str, list[Reference]] = {name: [] for name in StakeholderGroup.values if group in ("", name)}
    inputs: dict[str, QuerySet[Any]] = {
        "feedback": Feedback.objects.visible_to(user).filter(consultation=consultation),
        "evaluation": Evaluation.objects.visible_to(user).filter(consultation=consultation),
    }
    for model, of_model in inputs.items():
        chosen = _chosen_of(model, of_model, state=state, kind=kind, theme=theme)
        for side, created, pk in chosen.values_list("stakeholder_group", "created", "pk").distinct():
            if side in found:
                found[side].append(Reference(created, model, pk))
    sides = []
    for name, references in found.items():
        references.sort(key=lambda reference: (reference.created, reference.kind, reference.pk))
        paginator = Paginator(references, ITEMS_OF_A_PAGE if group else ITEMS_OF_A_SIDE)
        sides.append(Side(name, len(references), paginator.get_page(page if group else "1")))
    _fill(sides, inputs)
    return sides


def _chosen_of(model: str, inputs: QuerySet[Any], *, state: str, kind: str, theme: str) -> QuerySet[Any]:
    is_feedback = model == "feedback"
    # An evaluation is a score with reasons: it has no kind, and is no objection.
    if (state == OBJECTIONS and not is_feedback) or (kind and is_feedback == (kind == EVALUATION_SHAPES)):
        return inputs.none()
    chosen = inputs.filter(objections() if state == OBJECTIONS else _of_state(state))
    if is_feedback and kind:
        chosen = chosen.filter(kind=kind)
    if theme:
        chosen = chosen.filter(Q(theme_tags__isnull=True) if theme == UNTAGGED else Q(theme_tags__theme__row_id=theme))
    return chosen


def _fill(sides: Sequence[Side], inputs: dict[str, QuerySet[Any]]) -> None:
    loaded: dict[tuple[str, int], InputShown] = {}
    for kind, of_kind in inputs.items():
        wanted = [reference.pk for side in sides for reference in side.page if reference.kind == kind]
        for contribution in _with_context(of_kind.filter(pk__in=wanted), kind):
            loaded[kind, contribution.pk] = InputShown(contribution.stakeholder_group, contribution)
    for side in sides:
        side.items = [loaded[reference.kind, reference.pk] for reference in side.page]


# Answering ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chosen:
    """What a moderator has picked to answer."""

    feedback: list[Feedback]
    evaluations: list[Evaluation]

    @property
    def inputs(self) -> list[Contribution]:
        return [*self.feedback, *self.evaluations]

    @property
    def shown(self) -> list[InputShown]:
        return [InputShown(contribution.stakeholder_group, contribution) for contribution in self.inputs]

    @property
    def is_answered(self) -> bool:
        """Whether nothing is left to answer."""
        return all(answer_of(contribution) is not None for contribution in self.inputs)


def chosen_inputs(
    user: Reader,
    consultation: Consultation,
    *,
    feedback: Sequence[UUID],
    evaluations: Sequence[UUID],
    only_readable: bool = False,
) -> Chosen:
    """The chosen inputs of this consultation. Raises ``NotFound`` if one is not in it, or not for ``user``, unless
    those are left out (``only_readable``)."""
    said = _with_context(
        Feedback.objects.visible_to(user).filter(consultation=consultation, row_id__in=feedback), "feedback"
    )
    evaluated = _with_context(
        Evaluation.objects.visible_to(user).filter(consultation=consultation, row_id__in=evaluations), "evaluation"
    )
    chosen = Chosen(list(said), list(evaluated))
    if not only_readable and len(chosen.inputs) != len(set(feedback)) + len(set(evaluations)):
        raise NotFound
    return chosen


def departments_of(consultation: Consultation) -> QuerySet[Department]:
    """The departments that have lines in the consultation's release: one of them can be named as answering."""
    return Department.objects.filter(lines__release=consultation.release_id).distinct()


def _with_draft(drafts: QuerySet[AnswerDraft]) -> QuerySet[AnswerDraft]:
    return drafts.select_related("consultation", "department", "written_by", "reviewed_by", "answer").prefetch_related(
        "inputs", Prefetch("parts", queryset=PartAsked.objects.select_related("department", "written_by"))
    )


def open_drafts(user: User) -> list[AnswerDraft]:
    """Answers on their way that ``user`` may see, those that wait longest first. Three queries."""
    return list(_with_draft(AnswerDraft.objects.visible_to(user).open()))


def parts_waiting_for(officer: User) -> QuerySet[PartAsked]:
    """What the departments of an officer are asked to say in answers, and have not said."""
    departments = officer.appointments.current().filter(role="officer").values("department")
    return PartAsked.objects.filter(text="", draft__state=AnswerDraft.State.WRITING, department__in=departments)


def draft_found(user: Reader, row_id: UUID) -> AnswerDraft:
    """One answer on its way. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return _with_draft(AnswerDraft.objects.visible_to(user)).get(row_id=row_id)
    except AnswerDraft.DoesNotExist:
        raise NotFound from None


def draft_inputs(user: Reader, draft: AnswerDraft) -> list[InputShown]:
    """What a draft answers; of a correction, what the answer answers."""
    if draft.answer is not None:
        return inputs_shown(user, answer_for(user, draft.answer.row_id))
    chosen = chosen_inputs(
        user,
        draft.consultation,
        feedback=list(Feedback.objects.filter(answer_drafts__draft=draft).values_list("row_id", flat=True)),
        evaluations=list(Evaluation.objects.filter(answer_drafts__draft=draft).values_list("row_id", flat=True)),
        only_readable=True,
    )
    return chosen.shown


def consultation_weighed(user: Reader, row_id: UUID) -> Consultation:
    """A consultation without its stages and ways in. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return Consultation.objects.visible_to(user).select_related("release").get(row_id=row_id)
    except Consultation.DoesNotExist:
        raise NotFound from None


def theme_names(consultation: Consultation) -> list[tuple[UUID, str]]:
    return list(Theme.objects.filter(consultation=consultation).values_list("row_id", "name"))


def themes_of(consultation: Consultation) -> QuerySet[Theme]:
    return Theme.objects.filter(consultation=consultation).annotate(number=Count("tags"))


def theme_found(consultation: Consultation, row_id: str) -> Theme:
    """Raises ``NotFound`` for a theme of another consultation, and for what is no reference."""
    try:
        return Theme.objects.select_related("consultation").get(consultation=consultation, row_id=UUID(row_id))
    except (ValueError, Theme.DoesNotExist):
        raise NotFound from None


# Answers -----------------------------------------------------------------------------------------


def answer_of(contribution: Contribution) -> Answer | None:
    """The answer to an input, if there is one."""
    answered: AnsweredInput | None = getattr(contribution, "answered", None)
    return answered.answer if answered else None


def answers_for(user: Reader) -> QuerySet[Answer]:
    inputs = AnsweredInput.objects.select_related(
        "feedback__author",
        "feedback__organisation",
        "feedback__line__programme",
        "feedback__line__department",
        "evaluation__author",
        "evaluation__organisation",
        "evaluation__programme",
    ).order_by("pk")
    return (
        Answer.objects.visible_to(user)
        .select_related("consultation__release", "department", "answered_by", "reviewed_by")
        .prefetch_related(Prefetch("inputs", queryset=inputs), "findings__tasks__department", "parts__department")
    )


def answer_for(user: Reader, row_id: UUID) -> Answer:
    """One answer. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return answers_for(user).get(row_id=row_id)
    except Answer.DoesNotExist:
        raise NotFound from None


def inputs_shown(user: Reader, answer: Answer) -> list[InputShown]:
    """The inputs of ``answer`` as ``user`` may read them; what is hidden keeps its place, without its text."""
    links = answer.inputs.all()
    readable: set[tuple[str, int]] = set()
    for kind, model in (("feedback", Feedback), ("evaluation", Evaluation)):
        wanted = [pk for link in links if (pk := getattr(link, f"{kind}_id"))]
        readable |= {
            (kind, pk) for pk in model.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True)
        }
    shown = []
    for link in links:
        contribution = link.contribution
        is_readable = (str(contribution._meta.model_name), contribution.pk) in readable
        shown.append(InputShown(contribution.stakeholder_group, contribution if is_readable else None))
    return shown
