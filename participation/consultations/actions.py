"""Changes to consultations, and moderation of what is contributed to them.

Hiding never destroys text, always has a reason, and is never done to one's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme, Release
from participation.consultations import planning
from participation.consultations.clock import days_to_answer, extended_due
from participation.consultations.models import Consultation, Contribution, Stage, WayIn
from participation.consultations.notices import announce_moderation, announce_new
from participation.consultations.stages import Deed, require, require_keeper
from participation.following.actions import announce as tell_people
from participation.following.kinds import Kind as News
from participation.live import announce
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_uninvolved
from portal.errors import Closed, Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Kind = TypeVar("Kind", bound=Contribution)
StagePlan = tuple[str, datetime, datetime | None]


@transaction.atomic
def open_consultation(
    *,
    release: Release | None = None,
    title: str,
    purpose: str,
    decided_by: str,
    limits: str,
    answer_within_days: int,
    stages: Iterable[StagePlan],
    ways_in: Iterable[tuple[str, str]],
    department: Department | None = None,
    programme: Programme | None = None,
    scope: str = "",
    is_major: bool = False,
    short_reason: str = "",
    required_level: int = Level.EMAIL,
    accredited_only: bool = False,
    english: dict[str, str] | None = None,
    acting_user: User,
) -> Consultation:
    """Open a consultation on a published release, or on a question of its own.

    ``stages``: (Stage.Kind, start, end or None); ``ways_in``: (WayIn.Way, StakeholderGroup);
    ``english``: values of the ``_en`` fields by the name of their twin. Without a ``scope`` it is about the programme,
    the department or the release, whichever is the narrowest.
    """
    require_keeper(acting_user, department, programme)
    stages, ways_in = list(stages), list(ways_in)
    scope = planning.checked_scope(scope, release, department, programme)
    if release is not None and release.published_at is None:
        raise Invalid(_("Publish the disclosure before opening a consultation on it."), field="release")
    if not any(kind == Stage.Kind.OPEN for kind, _start, _end in stages) or not ways_in:
        raise Invalid(
            _("A consultation needs a time in which input is taken, and at least one way in."), field="stages"
        )
    lines = Line.objects.facts().filter(release=release)
    if release and department is not None and not lines.filter(department=department).exists():
        raise Invalid(_("That department has no lines in this budget."), field="department")
    if release and programme is not None and not lines.filter(programme=programme).exists():
        raise Invalid(_("That programme has no lines in this budget."), field="programme")
    place = Consultation(release=release, department=department, programme=programme).jurisdiction
    promised = days_to_answer(timezone.localdate(), place)
    if not 1 <= answer_within_days <= promised:
        raise Invalid(
            _("An answer takes between 1 and %(days)d working days by the rule.") % {"days": promised},
            field="answer_within_days",
        )
    short_reason = short_reason.strip()
    days_short = planning.check_comment_period(planning.time_for_input(stages), is_major, short_reason, place)
    consultation = Consultation.objects.create(
        release=release,
        scope=scope,
        is_major=is_major,
        short_reason=short_reason,
        required_level=required_level,
        accredited_only=accredited_only,
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
            "release": str(release.row_id) if release else None,
            "answer_within_days": answer_within_days,
            "ways_in": sorted([str(way), str(group)] for way, group in ways_in),
            "stages": [[kind, start.isoformat(), end.isoformat() if end else None] for kind, start, end in stages],
        },
        committed={"title": title, "purpose": purpose, "decided_by": decided_by, "limits": limits},
        also=dated,
    )
    if days_short is not None:
        _record_short_time(consultation, days_short)
    return consultation


def _record_short_time(consultation: Consultation, days: int) -> None:
    append_leaf(
        LeafKind.CONSULTATION_SHORTENED,
        consultation,
        public={"days": days},
        committed={"short_reason": consultation.short_reason},
    )


def _locked_consultation(consultation: Consultation) -> Consultation:
    """The stages and what decides about them, as they are now: whoever changes them waits here."""
    Consultation.objects.select_for_update().get(pk=consultation.pk)
    return Consultation.objects.select_related("department", "programme").get(pk=consultation.pk)


@transaction.atomic
def change_dates(
    consultation: Consultation,
    *,
    starts: Mapping[str, datetime],
    reason: str,
    short_reason: str = "",
    acting_user: User,
) -> Consultation:
    """Let stages begin at other times, with a published reason. Each ends when the next one begins.

    ``starts``: Stage.Kind -> start, of those that change. What has begun has begun: it can be neither moved nor undone.
    """
    locked = _locked_consultation(consultation)
    require(acting_user, Deed.CHANGE_DATES, locked)
    reason, short_reason = reason.strip(), short_reason.strip() or locked.short_reason
    if not reason:
        raise Invalid(_("Please give the reason: it is published."), field="reason")
    stages = sorted(locked.stages.all(), key=lambda stage: stage.starts_at)
    plan = planning.moved(stages, starts, now=timezone.now())
    opened = planning.time_for_input(plan)
    days_short = planning.check_comment_period(opened, locked.is_major, short_reason, locked.jurisdiction)
    with acting(acting_user, reason=reason):
        for stage, (_kind_of, starts_at, ends_at) in zip(stages, plan, strict=True):
            if (stage.starts_at, stage.ends_at) != (starts_at, ends_at):
                stage.starts_at, stage.ends_at = starts_at, ends_at
                stage.save()
        if short_reason != locked.short_reason:
            locked.short_reason = short_reason
            locked.save()
    append_leaf(
        LeafKind.CONSULTATION_DATES_CHANGED,
        locked,
        public={"stages": [[kind, start.isoformat(), end.isoformat() if end else None] for kind, start, end in plan]},
        committed={"reason": reason},
        also=stages,
    )
    tell_people(News.CONSULTATION_CHANGED, locked, acting_user=acting_user)
    if days_short is not None and short_reason != consultation.short_reason:
        _record_short_time(locked, days_short)
    return Consultation.objects.get(pk=locked.pk)


@transaction.atomic
def publish_outcome(
    consultation: Consultation, *, outcome: str, links: str = "", outcome_en: str = "", acting_user: User
) -> Consultation:
    """Say what came of it, with the addresses of what was decided, one a line. It may be mended until it is closed.

    A consultation whose time to close has come closes with it.
    """
    locked = _locked_consultation(consultation)
    require(acting_user, Deed.PUBLISH_OUTCOME, locked)
    locked.outcome, locked.outcome_en = outcome.strip(), outcome_en.strip()
    if not locked.outcome:
        raise Invalid(_("Please say what was decided, and what became of the input."), field="outcome")
    locked.outcome_links = planning.checked_links(links)
    locked.outcome_at = timezone.now()
    with acting(acting_user, reason=str(_("Outcome published"))):
        locked.save()
    append_leaf(
        LeafKind.CONSULTATION_OUTCOME,
        locked,
        public={},
        committed={"outcome": locked.outcome, "outcome_links": locked.outcome_links},
    )
    tell_people(News.CONSULTATION_OUTCOME, locked, acting_user=acting_user)
    return locked


@transaction.atomic
def close_consultation(consultation: Consultation, *, reason: str, acting_user: User) -> Consultation:
    """Close before the date, with a reason. Raises ``Closed`` without an outcome: what was asked has to have an end."""
    locked = _locked_consultation(consultation)
    require(acting_user, Deed.CLOSE, locked)
    if locked.outcome_at is None:
        raise Closed(_("Publish the outcome first: a consultation cannot close without one."))
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: it is published."), field="reason")
    now = timezone.now()
    last, end = locked.stages.get(kind=Stage.Kind.FOLLOW_UP), locked.stages.filter(kind=Stage.Kind.CLOSED).first()
    end = end or Stage(consultation=locked, kind=Stage.Kind.CLOSED)
    last.ends_at = end.starts_at = now
    with acting(acting_user, reason=reason):
        last.save()
        end.save()
    append_leaf(LeafKind.CONSULTATION_CLOSED, locked, public={}, committed={"reason": reason}, also=[last, end])
    return Consultation.objects.get(pk=locked.pk)


@transaction.atomic
def extend_answer(contribution: Kind, *, reason: str, acting_user: User) -> Kind:
    """Take longer for an answer, once, and say why. The author is told."""
    require(acting_user, Deed.EXTEND_ANSWER, contribution.consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: the author will read it."), field="reason")
    locked = _locked(contribution)
    require_uninvolved(acting_user, author_id=locked.author_id, organisation=locked.organisation)
    if getattr(locked, "answered", None) is not None:
        raise Conflict(_("This has been answered already."))
    if locked.extended_at is not None:
        raise Conflict(_("The time for this answer has been extended once already."))
    if timezone.localdate() > locked.answer_due_on:
        raise Closed(_("The time is over already. It can only be extended while it runs."))
    locked.due_on, locked.extended_at = (
        extended_due(locked.answer_due_on, locked.consultation.jurisdiction),
        timezone.now(),
    )
    locked.extension_reason = reason
    with acting(acting_user, reason=reason):
        locked.save()
    append_leaf(
        LeafKind(f"{_kind(locked)}.extended"),
        locked,
        public={"due_on": locked.due_on.isoformat()},
        committed={"reason": reason},
    )
    words = {"step": "extended", "on": locked.due_on.isoformat()}
    tell_people(News.DEADLINE, locked, to=locked.author, words=words, acting_user=acting_user)
    return locked


def _locked(contribution: Kind) -> Kind:
    manager: Any = type(contribution)._default_manager
    locked: Kind = manager.select_for_update(of=("self",)).select_related("consultation").get(pk=contribution.pk)
    return locked


def _kind(contribution: Contribution) -> str:
    return str(contribution._meta.model_name)


@transaction.atomic
def hide_contribution(contribution: Kind, *, rule: int, reason: str, acting_user: User) -> Kind:
    """Take a contribution out of public view under a house rule, by its number. Its author keeps seeing it, with the
    reason.

    A step of ``moderation.actions.hide_item``, which knows the rule and asks a second person; a test sees to it that
    nothing else calls it.
    """
    require(acting_user, Deed.MODERATE, contribution.consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: the author will read it."), field="reason")
    locked = _locked(contribution)
    require_uninvolved(acting_user, author_id=locked.author_id, organisation=locked.organisation)
    if locked.is_hidden:
        raise Conflict(_("Another moderator has hidden this already."))
    locked.status, locked.hidden_reason = Contribution.Status.HIDDEN, reason
    with acting(acting_user, reason=reason):
        locked.save()
    append_leaf(LeafKind(f"{_kind(locked)}.hidden"), locked, public={"rule": rule}, committed={"reason": reason})
    announce(locked.consultation.row_id, {"kind": "hidden", "row_id": str(locked.row_id)})
    return locked


@transaction.atomic
def restore_contribution(contribution: Kind, *, reason: str, acting_user: User) -> Kind:
    """Show a hidden contribution again, or one that was held until somebody had looked at it. As for hiding."""
    require(acting_user, Deed.MODERATE, contribution.consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason."), field="reason")
    locked = _locked(contribution)
    require_uninvolved(acting_user, author_id=locked.author_id, organisation=locked.organisation)
    if locked.status == Contribution.Status.VISIBLE:
        raise Conflict(_("This is public already."))
    locked.status, locked.hidden_reason = Contribution.Status.VISIBLE, ""
    with acting(acting_user, reason=reason):
        locked.save()
    append_leaf(LeafKind(f"{_kind(locked)}.restored"), locked, public={}, committed={"reason": reason})
    announce(locked.consultation.row_id, {"kind": _kind(locked), "row_id": str(locked.row_id)})
    announce_new(locked)
    return locked


@transaction.atomic
def accept_contribution(contribution: Kind, *, acting_user: User) -> Kind:
    """Take a contribution up for handling (受理), so that its author sees that somebody has it in hand."""
    require(acting_user, Deed.MODERATE, contribution.consultation)
    locked = _locked(contribution)
    require_uninvolved(acting_user, author_id=locked.author_id, organisation=locked.organisation)
    if locked.accepted_at is not None:
        raise Conflict(_("This has been accepted for handling already."))
    locked.accepted_at = timezone.now()
    with acting(acting_user):
        locked.save()
    append_leaf(LeafKind(f"{_kind(locked)}.accepted"), locked, public={}, committed={})
    announce_moderation(locked, "accepted", acting_user=acting_user)
    return locked
