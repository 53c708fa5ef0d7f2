"""What can be followed and told about, and the one way to find it: as the reader may see it.

The rooms of these records come later in the process, so their models are asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.budget.models import Release
from cms.pages.models import DisclosurePage
from participation.stakeholders.models import User
from portal.errors import NotFound
from portal.ui.furniture import local

Reader = User | AnonymousUser


class Subject(models.TextChoices):
    """Whatever is not in this list, a confidential report above all, can neither be followed nor told about."""

    RELEASE = "release", _("Disclosure")
    LINE = "line", _("Budget line")
    PROGRAMME = "programme", _("Programme")
    DEPARTMENT = "department", _("Department")
    CONSULTATION = "consultation", _("Consultation")
    FEEDBACK = "feedback", _("Feedback")
    EVALUATION = "evaluation", _("Third-party evaluation")
    TASK = "task", _("Rectification task")
    PAGE = "page", _("Page")
    MEETING = "meeting", _("Meeting")
    DECISION = "decision", _("Decision among options")
    ALLOCATION = "allocation", _("Participatory allocation")
    # Told about, but too small to be followed.
    EVALUATION_CALL = "evaluation_call", _("Call for evaluations")
    ANSWER = "answer", _("Answer")
    MESSAGE = "message", _("Message")
    CONVERSATION = "conversation", _("Opinion map")
    STATEMENT = "statement", _("Statement of an opinion map")
    PROJECT = "project", _("Proposed project")
    PHOTO = "photo", _("Photo of the place")


TOO_SMALL = (
    Subject.EVALUATION_CALL,
    Subject.ANSWER,
    Subject.MESSAGE,
    Subject.PROJECT,
    Subject.CONVERSATION,
    Subject.STATEMENT,
    Subject.PHOTO,
)
FOLLOWABLE = tuple(subject for subject in Subject if subject not in TOO_SMALL)
# Subject -> its model and what its name needs of other tables.
MODELS: dict[str, tuple[str, tuple[str, ...]]] = {
    Subject.RELEASE: ("cms.Release", ("government",)),
    Subject.LINE: ("cms.Line", ("programme", "department")),
    Subject.PROGRAMME: ("cms.Programme", ()),
    Subject.DEPARTMENT: ("cms.Department", ()),
    Subject.CONSULTATION: ("participation.Consultation", ()),
    Subject.FEEDBACK: ("participation.Feedback", ("consultation",)),
    Subject.EVALUATION: ("participation.Evaluation", ("consultation",)),
    Subject.EVALUATION_CALL: ("participation.EvaluationCall", ("consultation",)),
    Subject.TASK: ("participation.RectificationTask", ()),
    Subject.MEETING: ("participation.Meeting", ()),
    Subject.DECISION: ("participation.DecisionRoom", ()),
    Subject.ALLOCATION: ("participation.Allocation", ()),
    Subject.PROJECT: ("participation.ProjectProposal", ("allocation",)),
    Subject.ANSWER: ("participation.Answer", ("consultation",)),
    Subject.CONVERSATION: ("participation.Conversation", ()),
    Subject.STATEMENT: ("participation.Statement", ("consultation",)),
    Subject.PHOTO: ("participation.PlacePhoto", ("task",)),
    Subject.MESSAGE: (
        "participation.Event",
        (
            "room__consultation",
            "room__release__government",
            "room__programme",
            "room__evaluation__consultation",
            "room__task",
        ),
    ),
}
_SUBJECTS = {label.lower(): Subject(subject) for subject, (label, _related) in MODELS.items()}


def subject_of(record: Any) -> tuple[Subject, UUID]:
    """What a record is and its number, which for a page all its languages share. Raises ``ValueError`` for others."""
    if isinstance(record, Page):
        return Subject.PAGE, record.translation_key
    subject = _SUBJECTS.get(record._meta.label_lower)
    if subject is None:
        raise ValueError(f"nobody is told about {record._meta.label}")
    return subject, record.row_id


def found(subject: str, row_ids: Iterable[UUID], user: Reader) -> dict[UUID, Any]:
    """Those of the records that ``user`` may see now, by number. One query."""
    if subject == Subject.PAGE:
        # In the reader's language where there is one: later entries win.
        pages = sorted(
            _pages(user).filter(translation_key__in=row_ids),
            key=lambda page: page.locale.language_code == get_language(),
        )
        return {page.translation_key: page for page in pages}
    label, related = MODELS[subject]
    model: Any = apps.get_model(label)
    records = model._default_manager.visible_to(user).filter(row_id__in=row_ids)
    return {record.row_id: record for record in (records.select_related(*related) if related else records)}


def find(subject: str, row_id: UUID, user: Reader) -> Any:
    """One record that can be followed. Raises ``NotFound`` where ``user`` may not see it, or where there is no such."""
    if subject not in FOLLOWABLE:
        raise NotFound
    record = found(subject, [row_id], user).get(row_id)
    if record is None:
        raise NotFound
    return record


def _pages(user: Reader) -> QuerySet[Page]:
    drafts = DisclosurePage.objects.exclude(release__in=Release.objects.visible_to(user)).values("pk")
    pages: QuerySet[Page] = Page.objects.live().public().exclude(pk__in=drafts).select_related("locale")
    return pages


def name_of(record: Any) -> str:
    """A record in the reader's language. Of what people said it is the number and the matter, never their words."""
    if isinstance(record, Release):
        return f"{local(record.government, 'name')} {record.fiscal_year}"
    if hasattr(record, "consultation_id") and hasattr(record, "reference"):
        return f"{record.reference} · {local(record.consultation, 'title')}"
    if hasattr(record, "allocation_id") and hasattr(record, "reference"):
        return f"{record.reference} · {local(record.allocation, 'title')}"
    if subject_of(record)[0] == Subject.PHOTO:
        return f"{record.reference} · {local(record.task, 'title')}"
    if subject_of(record)[0] == Subject.MESSAGE:
        return name_of(record.room.about)
    return local(record, "title") or local(record, "name") or str(record)


def address_of(record: Any) -> str:
    """The path of its page in the reader's language."""
    return str(record.url if isinstance(record, Page) else record.get_absolute_url())
