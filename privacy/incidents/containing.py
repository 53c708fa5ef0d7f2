"""Measures that do what they say: sign out, lock, retire keys, wrap keys anew, stop exports, stop writing.

In an exercise they are put on record and do nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from privacy.custody.actions import begin_key_operation, finish_key_operation
from privacy.custody.models import KeyOperation
from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.incidents.errors import NotNow, Refused
from privacy.incidents.models import Containment, Incident, IncidentStep
from privacy.incidents.permissions import require_guard
from privacy.incidents.timeline import locked, note_step
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing import ring
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import DataKey
from privacy.sealing.rewrapping import keys_to_rewrap, rewrap

Action = Containment.Action
# What lasts until it is ended.
LASTING = (Action.LOCK_ACCOUNTS, Action.FREEZE_EXPORTS, Action.READ_ONLY)
# Another process knows of a measure after this many seconds at the latest.
KNOWN_FOR_SECONDS = 3
# What a bug may never do: lock everybody out.
_NOT_EVERYBODY = (Action.LOCK_ACCOUNTS,)


# What holds now ---------------------------------------------------------------------------------


def holds(action: str) -> bool:
    """Whether a lasting measure is in force. Asked at every write, so it is remembered for a moment."""
    name = f"incidents:{action}"
    known = cache.get(name)
    if known is None:
        known = Containment.objects.filter(action=action, lifted_at__isnull=True, incident__is_exercise=False).exists()
        cache.set(name, known, KNOWN_FOR_SECONDS)
    return bool(known)


def is_read_only() -> bool:
    return holds(Action.READ_ONLY)


def exports_are_stopped() -> bool:
    """For ``privacy.rights.exporting``: whether nothing may be exported now."""
    return holds(Action.FREEZE_EXPORTS)


# Taking and ending them -------------------------------------------------------------------------


@transaction.atomic
def contain_incident(
    incident: Incident, *, action: str, reason: str, acting_user: Any, subjects: Sequence[UUID] = ()
) -> Containment:
    """Take a measure about ``subjects`` (row ids of people); empty: about everybody.

    Raises ``Refused`` where it cannot be done like that, ``NotNow`` where it holds already.
    """
    require_guard(acting_user)
    found = locked(incident)
    wanted = Action(action)
    if not reason.strip():
        raise Refused(_("Please give a reason."), field="reason")
    if wanted in _NOT_EVERYBODY and not subjects:
        raise Refused(_("Name the accounts: nobody locks everybody out."), field="subjects")
    if wanted == Action.LOCK_ACCOUNTS and acting_user.row_id in subjects:
        raise Refused(_("You would lock yourself out."), field="subjects")
    if wanted in (Action.FREEZE_EXPORTS, Action.READ_ONLY) and _is_in_force(found, wanted):
        raise NotNow(_("This measure is in force already."))
    done, count = (list(subjects), len(subjects)) if found.is_exercise else _do(wanted, subjects, acting_user)
    with acting(acting_user, reason=reason.strip()):
        containment: Containment = Containment.objects.create(
            incident=found,
            action=wanted,
            subjects=[str(ref) for ref in done],
            count=count,
            reason=reason.strip(),
            by=acting_user,
        )
    _append(containment, "taken", containment.reason)
    note_step(found, IncidentStep.Kind.CONTAINED, what=wanted, words=containment.reason, acting_user=acting_user)
    if wanted == Action.ROTATE_KEK and not found.is_exercise:
        transaction.on_commit(lambda: wrap_anew.enqueue())
    _tell(wanted)
    return containment


@transaction.atomic
def lift_containment(containment: Containment, *, reason: str, acting_user: Any) -> Containment:
    """End a lasting measure; accounts that it locked are open again."""
    require_guard(acting_user)
    if not reason.strip():
        raise Refused(_("Please give a reason."), field="reason")
    found = Containment.objects.select_for_update().select_related("incident").get(pk=containment.pk)
    if found.action not in LASTING or found.lifted_at:
        raise NotNow(_("This measure has ended, or has no end."))
    if found.action == Action.LOCK_ACCOUNTS and not found.incident.is_exercise:
        with acting(acting_user, reason=reason.strip()):
            directory().lock_accounts([UUID(ref) for ref in found.subjects], locked=False)
    found.lifted_at, found.lifted_by, found.lift_reason = timezone.now(), acting_user, reason.strip()
    with acting(acting_user, reason=found.lift_reason):
        found.save()
    _append(found, "ended", found.lift_reason)
    note_step(
        found.incident, IncidentStep.Kind.LIFTED, what=found.action, words=found.lift_reason, acting_user=acting_user
    )
    _tell(found.action)
    return found


def _append(containment: Containment, state: str, reason: str) -> None:
    append_leaf(
        LeafKind.INCIDENT_CONTAINED,
        containment,
        public={"state": state},
        committed={"action": containment.action, "reason": reason},
    )


def _is_in_force(incident: Incident, action: str) -> bool:
    same = Containment.objects.filter(action=action, lifted_at__isnull=True)
    # Of real ones there is one for the whole portal.
    return (
        same.filter(incident=incident) if incident.is_exercise else same.filter(incident__is_exercise=False)
    ).exists()


def _tell(action: str) -> None:
    transaction.on_commit(lambda: cache.delete(f"incidents:{action}"))


# Doing them -------------------------------------------------------------------------------------


def _do(action: str, subjects: Collection[UUID], acting_user: Any) -> tuple[list[UUID], int]:
    """Whom it was done to, and how many things."""
    if action == Action.END_SESSIONS:
        return list(subjects), directory().sign_out(subjects or None, keep=acting_user)
    if action == Action.LOCK_ACCOUNTS:
        refs = directory().lock_accounts(subjects, locked=True)
        if not refs:
            raise Refused(_("None of these accounts is there and open."), field="subjects")
        return list(refs), len(refs)
    if action == Action.RETIRE_KEYS:
        return list(subjects), _retire(subjects)
    if action == Action.ROTATE_KEK:
        waiting = sum(keys_to_rewrap().remaining.values())
        if not waiting:
            raise Refused(
                _(
                    "Every data key is under the present key-encryption key. Put a new one in its place first, the old "
                    "one into GONGZHI_KEK_PREVIOUS, restart, and press this again; see the page on keys in operation."
                )
            )
        return [], waiting
    return [], 0


def _retire(subjects: Collection[UUID]) -> int:
    """New keys seal for them from now on. What was sealed is sealed anew by ``privacy_reseal --resume``."""
    keys = DataKey.objects.filter(state=DataKey.State.ACTIVE, scope_type__in=(Scope.PERSON, Scope.ORGANISATION))
    if subjects:
        keys = keys.filter(scope_ref__in=subjects)
    named = list(keys.values_list("scope_type", "scope_ref"))
    return sum(ring.retire(Subject(scope, ref)) for scope, ref in named)


@task()
def wrap_anew() -> None:
    """What ``privacy_rewrap`` does, with the same two leaves."""
    waiting = keys_to_rewrap()
    operation = begin_key_operation(KeyOperation.Kind.REWRAP, keys=sum(waiting.remaining.values()) + waiting.unbound)
    finish_key_operation(operation, keys=rewrap().rewrapped)
