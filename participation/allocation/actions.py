"""Opening a round of allocation, its dates, and its final list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cms.budget.models import Department, Release
from participation import drawing
from participation.allocation.counting.completion import Completion, Stop
from participation.allocation.counting.election import Utility
from participation.allocation.locking import locked_round
from participation.allocation.models import Allocation, AllocationRule, Phase
from participation.allocation.permissions import require_allocation_keeper, require_opener
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import rule_now
from participation.allocation.rule_files import RuleDefinition, says_the_same
from participation.consultations.models import Consultation, Stage, WayIn
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.following.telling import is_of_the_past
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

TEXTS = {"title": 200, "purpose": 2000, "limits": 2000}
DATES = ("proposals_from", "proposals_until", "voting_from", "voting_until")
RULES = ("ballot_kind", "points", "most_projects", "recommended", "utility", "completion", "stop", "required_level")
# What a round may raise.
AT_LEAST = ("required_level", "recommended")
BALLOT_MOST = 500


@transaction.atomic
def enter_allocation_rule(definition: RuleDefinition, *, acting_user: User | None) -> AllocationRule:
    """Enter rules by command. Entered again they change nothing; other words for the same day are refused."""
    found = AllocationRule.objects.filter(valid_from=definition.valid_from).first()
    if found is not None:
        if not says_the_same(found, definition):
            raise Conflict(_("There are other rules for allocations from this day on."))
        return found
    with acting(acting_user):
        rule = AllocationRule.objects.create(**vars(definition))
    words = canonical({name: str(value) for name, value in vars(definition).items()})
    told = {"valid_from": rule.valid_from.isoformat()}
    append_leaf(LeafKind.ALLOCATION_RULE_ENTERED, rule, public=told, committed={"rule": words})
    return rule


@transaction.atomic
def open_allocation(
    *,
    title: str,
    purpose: str,
    limits: str,
    amount: int,
    dates: Mapping[str, datetime],
    consultation: Consultation | None = None,
    release: Release | None = None,
    department: Department | None = None,
    rules: Mapping[str, Any] | None = None,
    english: Mapping[str, str] | None = None,
    acting_user: User,
) -> Allocation:
    """Put a part of the budget to residents. Rules and the secret of the lot are fixed now, before anybody proposes.

    ``amount`` in fen; ``dates``: of ``DATES``; ``rules``: of ``RULES``; ``english``: values of the ``_en`` fields by
    the name of their twin. Raises ``Closed`` where there are no rules for allocations yet, and where the consultation
    has none.
    """
    if department is None and consultation is not None:
        programme = consultation.programme
        department = consultation.department or (programme.department if programme else None)
    require_opener(acting_user, department)
    texts = {
        name: typed_text(text, field=name, limit=TEXTS[name], missing=_("Please fill this in."))
        for name, text in (("title", title), ("purpose", purpose), ("limits", limits))
    }
    if release is not None and release.published_at is None:
        raise Invalid(_("Publish the disclosure before opening an allocation on it."), field="release")
    if consultation is not None and not consultation.ways_in.filter(way=WayIn.Way.ALLOCATION).exists():
        raise Closed(_("This consultation does not use this way of taking part."), field="consultation")
    if amount <= 0:
        raise Invalid(_("Please give an amount above zero."), field="amount")
    _check_dates(dates, consultation)
    rule = rule_now()
    secret = drawing.new_secret()
    allocation = Allocation(
        consultation=consultation,
        release=release,
        department=department,
        rule=rule,
        amount=amount,
        opened_by=acting_user,
        lot_commitment=drawing.commit(secret),
        lot_secret=secret.hex(),
        **texts,
        **_checked_rules(rules or {}, rule),
        **{name: dates[name] for name in DATES},
        **{f"{name}_en": (english or {}).get(name, "") for name in TEXTS},
    )
    with acting(acting_user):
        allocation.save()
    append_leaf(
        LeafKind.ALLOCATION_OPENED,
        allocation,
        public={
            "consultation": str(consultation.row_id) if consultation else None,
            "department": str(department.row_id) if department else None,
            "amount": amount,
            "rule": str(rule.row_id),
            "required_level": int(allocation.required_level),
            "recommended": allocation.recommended,
            "comparison": rule.comparison,
            "ballot": allocation.ballot_kind,
            "points": allocation.points,
            "most_projects": allocation.most_projects,
            "utility": allocation.utility,
            "completion": allocation.completion,
            "stop": allocation.stop,
            "commitment": allocation.lot_commitment,
            **_dates_told(allocation),
        },
        committed=texts,
    )
    matters = [record for record in (consultation, department, release) if record is not None]
    announce(Kind.ALLOCATION, allocation, of=matters, words={"step": "opened"}, acting_user=acting_user)
    return allocation


def _checked_rules(rules: Mapping[str, Any], rule: AllocationRule) -> dict[str, Any]:
    if unknown := set(rules) - set(RULES):
        raise ValueError(f"no rules of an allocation: {sorted(unknown)}")
    found = {name: getattr(rule, name) for name in AT_LEAST}
    found |= {name: value for name, value in rules.items() if value is not None}
    for name in AT_LEAST:
        if found[name] < getattr(rule, name):
            raise Invalid(_("A round may ask for more than the rules for allocations, not for less."), field=name)
    has_points = found.get("ballot_kind") == Allocation.BallotKind.POINTS
    if has_points and not 1 <= found.get("points", 0) <= BALLOT_MOST:
        raise Invalid(_("Please say how many points each person has."), field="points")
    if not has_points and "points" in found:
        raise Invalid(_("Points are for ballots with points."), field="points")
    if not has_points and found.get("utility") == Utility.POINTS:
        raise Invalid(_("That order is for ballots with points."), field="utility")
    if found.get("most_projects", 1) < 1:
        raise Invalid(_("A ballot has room for one project at least."), field="most_projects")
    known: dict[str, Any] = {
        "ballot_kind": Allocation.BallotKind,
        "utility": Utility,
        "completion": Completion,
        "stop": Stop,
        "required_level": Level,
    }
    for name, values in known.items():
        if name in found and found[name] not in list(values):
            raise Invalid(_("Please choose one of these."), field=name)
    return found


def _check_dates(dates: Mapping[str, datetime], consultation: Consultation | None) -> None:
    if not dates["proposals_from"] < dates["proposals_until"]:
        raise Invalid(_("Proposals end after they begin."), field="proposals_until")
    if dates["voting_from"] < dates["proposals_until"]:
        raise Invalid(_("Voting begins when no more proposals are taken, or later."), field="voting_from")
    if not dates["voting_from"] < dates["voting_until"]:
        raise Invalid(_("Voting ends after it begins."), field="voting_until")
    if dates["voting_until"] <= timezone.now() and not is_of_the_past():
        raise Invalid(_("The vote has to end in the future."), field="voting_until")
    if consultation is None:
        return
    taking = consultation.stages.filter(kind=Stage.Kind.OPEN).first()
    if (
        taking is None
        or dates["proposals_from"] < taking.starts_at
        or (taking.ends_at is not None and dates["voting_until"] > taking.ends_at)
    ):
        raise Invalid(
            _("Proposing and voting have to lie within the time in which the consultation takes input."),
            field="proposals_from",
        )


def _dates_told(allocation: Allocation) -> dict[str, str]:
    return {name: getattr(allocation, name).isoformat() for name in DATES}


@transaction.atomic
def change_dates(
    allocation: Allocation, *, dates: Mapping[str, datetime], reason: str, acting_user: User
) -> Allocation:
    """Move dates that have not come yet, with a published reason. What is over cannot be opened again."""
    keeper = require_allocation_keeper(acting_user, allocation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason: it is public."))
    locked = locked_round(allocation, Phase.ANNOUNCED, Phase.PROPOSING, Phase.REVIEW, Phase.LISTED, Phase.VOTING)
    now = timezone.now()
    for name in DATES:
        if name not in dates or dates[name] == getattr(locked, name):
            continue
        if getattr(locked, name) <= now:
            raise Closed(_("That day has passed. It cannot be moved any more."), field=name)
        if dates[name] <= now:
            raise Invalid(_("Please choose a day in the future."), field=name)
        setattr(locked, name, dates[name])
    _check_dates({name: getattr(locked, name) for name in DATES}, locked.consultation)
    with acting(keeper, reason=reason):
        locked.save()
    append_leaf(LeafKind.ALLOCATION_DATES_CHANGED, locked, public=_dates_told(locked), committed={"reason": reason})
    announce(Kind.ALLOCATION, locked, words={"step": "changed"}, acting_user=keeper)
    return locked


@transaction.atomic
def publish_list(allocation: Allocation, *, acting_user: User) -> Allocation:
    """Publish the final list: every project that a department found feasible, and that is not hidden.

    Raises ``Conflict`` while a proposal waits for a department, and where nothing is feasible.
    """
    keeper = require_allocation_keeper(acting_user, allocation)
    locked = locked_round(allocation, Phase.REVIEW)
    proposals = list(
        locked.proposals.select_for_update(of=("self",))
        .exclude(status=ProjectProposal.Status.HIDDEN)
        .exclude(step=ProjectProposal.Step.WITHDRAWN)
    )
    waiting = [one for one in proposals if one.step == ProjectProposal.Step.PROPOSED or one.is_held]
    if waiting:
        said = ngettext(
            "%(count)d proposed project still waits for a department or a moderator.",
            "%(count)d proposed projects still wait for a department or a moderator.",
            len(waiting),
        )
        raise Conflict(said % {"count": len(waiting)})
    listed = [one for one in proposals if one.step == ProjectProposal.Step.FEASIBLE]
    if not listed:
        raise Conflict(_("No project was found feasible: there is nothing to vote on."))
    locked.listed_at = timezone.now()
    with acting(keeper):
        locked.save()
        for proposal in listed:
            proposal.step = ProjectProposal.Step.LISTED
            proposal.save()
    told = [[proposal.number, proposal.cost] for proposal in listed]
    append_leaf(LeafKind.ALLOCATION_LISTED, locked, public={"projects": told}, committed={}, also=listed)
    for proposal in listed:
        announce(Kind.PROJECT, proposal, to=proposal.author, words={"step": "listed"}, acting_user=keeper)
    return locked
