"""What is told of consultations and of what is said in them, to those who follow what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from participation.consultations.models import Consultation, Contribution, Stage
from participation.following.actions import announce, follow_own
from participation.following.kinds import Kind
from participation.stakeholders.models import User

# Input closes "soon" from so long before its end; what opened longer ago is no news.
SOON = timedelta(days=3)
NEWS = timedelta(days=2)
# A statement of an opinion map is no news to anybody but its author.
NEW_KINDS = {"feedback": Kind.FEEDBACK, "evaluation": Kind.EVALUATION}


def matters_of(consultation: Consultation, contribution: Contribution | None = None) -> list[Any]:
    """What somebody may follow to hear of what happens in a consultation, or of one contribution to it."""
    line, task = getattr(contribution, "line", None), getattr(contribution, "task", None)
    programme = getattr(contribution, "programme", None) or (line.programme if line else consultation.programme)
    department = line.department if line else programme.department if programme else consultation.department
    matters = (consultation, line, task, programme, department, consultation.release)
    return [record for record in matters if record is not None]


def announce_new(contribution: Contribution) -> None:
    """Part of the action that makes a contribution public: its author follows it, and followers of the matter hear.

    One that is held is told when somebody has looked at it; told again, it is told once.
    """
    follow_own(contribution, acting_user=contribution.author)
    kind = NEW_KINDS.get(str(contribution._meta.model_name))
    if kind is not None and contribution.status == Contribution.Status.VISIBLE:
        of = matters_of(contribution.consultation, contribution)
        announce(kind, contribution, of=of, key="new", acting_user=contribution.author)


def announce_moderation(contribution: Contribution, step: str, *, acting_user: User) -> None:
    """Tell the author of a decision on what they said; ``step``: one that ``kinds.SENTENCES`` has for moderation."""
    words = {"step": step}
    announce(Kind.MODERATED, contribution, to=contribution.author, words=words, acting_user=acting_user)


def announce_dates() -> None:
    """Regular work: say which consultations have opened, and which close soon. Each once for each date."""
    now = timezone.now()
    stages = Stage.objects.filter(kind=Stage.Kind.OPEN, starts_at__lte=now).select_related(
        "consultation__release", "consultation__department", "consultation__programme__department"
    )
    for stage in stages.filter(starts_at__gt=now - NEWS):
        announce(Kind.CONSULTATION_OPENED, stage.consultation, of=matters_of(stage.consultation), key="opened")
    for stage in stages.filter(ends_at__gt=now, ends_at__lte=now + SOON, starts_at__lte=now - SOON):
        announce(
            Kind.CONSULTATION_CLOSING,
            stage.consultation,
            of=matters_of(stage.consultation),
            words={"on": str(stage.last_day)},
            key=str(stage.ends_at),
        )
