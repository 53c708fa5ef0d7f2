"""Changes to consultations, and moderation of what is contributed to them.

Hiding never destroys text, always has a reason, and is never done to one's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme, Release
from participation.consultations.models import Consultation, Contribution, Stage, WayIn
from participation.consultations.stages import Deed, require
from participation.live import announce
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_role
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Kind = TypeVar("Kind", bound=Contribution)
StagePlan = tuple[str, datetime, datetime | None]


@transaction.atomic
def open_consultation(
    *,
    release: Release,
    title: str,
    purpose: str,
    decided_by: str,
    limits: str,
    answer_within_days: int,
    stages: Iterable[StagePlan],
    ways_in: Iterable[tuple[str, str]],
    department: Department | None = None,
    programme: Programme | None = None,
    english: dict[str, str] | None = None,
    acting_user: User,
) -> Consultation:
    """Open a consultation on a published release.

    ``stages``: (Stage.Kind, start, end or None); ``ways_in``: (WayIn.Way, StakeholderGroup);
    ``english``: values of the ``_en`` fields by the name of their twin.
    """
    require_role(acting_user, Role.MODERATOR)
    stages, ways_in = list(stages), list(ways_in)
    if release.published_at is None:
        raise Invalid(_("Publish the disclosure before opening a consultation on it."), field="release")
    if not any(kind == Stage.Kind.OPEN for kind, _start, _end in stages) or not ways_in:
        raise Invalid(
            _("A consultation needs a time in which input is taken, and at least one way in."), field="stages"
        )
    lines = Line.objects.facts().filter(release=release)
    if department is not None and not lines.filter(department=department).exists():
        raise Invalid(_("That department has no lines in this budget."), field="department")
    if programme is not None and not lines.filter(programme=programme).exists():
        raise Invalid(_("That programme has no lines in this budget."), field="programme")
    consultation = Consultation.objects.create(
        release=release,
        department=department,
        programme=programme,
        title=title,
        purpose=purpose,
        decided_by=decided_by,
        limits=limits,
        answer_within_days=answer_within_days,
        opened_by=acting_user,
        **{f"{name}_en": value for name, value in (english or {}).items()},
    )
    dated = [
        Stage.objects.create(consultation=consultation, kind=kind, starts_at=starts_at, ends_at=ends_at)
        for kind, starts_at, ends_at in stages
    ]
    WayIn.objects.bulk_create(WayIn(consultation=consultation, way=way, group=group) for way, group in ways_in)
    append_leaf(
        LeafKind.CONSULTATION_OPENED,
        consultation,
        public={
            "release": str(release.row_id),
            "answer_within_days": answer_within_days,
            "ways_in": sorted([str(way), str(group)] for way, group in ways_in),
            "stages": [[kind, start.isoformat(), end.isoformat() if end else None] for kind, start, end in stages],
        },
        committed={"title": title, "purpose": purpose, "decided_by": decided_by, "limits": limits},
        also=dated,
    )
    return consultation


def _locked(contribution: Kind) -> Kind:
    manager: Any = type(contribution)._default_manager
    locked: Kind = manager.select_for_update(of=("self",)).select_related("consultation").get(pk=contribution.pk)
    return locked


def _kind(contribution: Contribution) -> str:
    return str(contribution._meta.model_name)


@transaction.atomic
def hide_contribution(contribution: Kind, *, reason: str, acting_user: User) -> Kind:
    """Take a contribution out of public view. Its author keeps seeing it, with the reason."""
    require(acting_user, Deed.MODERATE, contribution.consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: the author will read it."), field="reason")
    locked = _locked(contribution)
    if locked.author_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if locked.is_hidden:
        raise Conflict(_("Another moderator has hidden this already."))
    locked.status, locked.hidden_reason = Contribution.Status.HIDDEN, reason
    with acting(acting_user, reason=reason):
        locked.save()
    append_leaf(LeafKind(f"{_kind(locked)}.hidden"), locked, public={}, committed={"reason": reason})
    announce(locked.consultation.row_id, {"kind": "hidden", "row_id": str(locked.row_id)})
    return locked


@transaction.atomic
def restore_contribution(contribution: Kind, *, reason: str, acting_user: User) -> Kind:
    """Show a hidden contribution again."""
    require(acting_user, Deed.MODERATE, contribution.consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason."), field="reason")
    locked = _locked(contribution)
    if locked.author_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if not locked.is_hidden:
        raise Conflict(_("This is public already."))
    locked.status, locked.hidden_reason = Contribution.Status.VISIBLE, ""
    with acting(acting_user, reason=reason):
        locked.save()
    append_leaf(LeafKind(f"{_kind(locked)}.restored"), locked, public={}, committed={"reason": reason})
    announce(locked.consultation.row_id, {"kind": _kind(locked), "row_id": str(locked.row_id)})
    return locked


@transaction.atomic
def accept_contribution(contribution: Kind, *, acting_user: User) -> Kind:
    """Take a contribution up for handling (受理), so that its author sees that somebody has it in hand."""
    require(acting_user, Deed.MODERATE, contribution.consultation)
    locked = _locked(contribution)
    if locked.author_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if locked.accepted_at is not None:
        raise Conflict(_("This has been accepted for handling already."))
    locked.accepted_at = timezone.now()
    with acting(acting_user):
        locked.save()
    append_leaf(LeafKind(f"{_kind(locked)}.accepted"), locked, public={}, committed={})
    return locked
