"""Asking for an erasure, taking it back, holding, refusing and carrying it out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.log.states import subject_of
from privacy.rights import removing
from privacy.rights.erasing import hooks, ledger
from privacy.rights.erasing.certificate import send_certificate, signed_certificate, tell_moved
from privacy.rights.erasing.errors import (
    AskedAlready,
    ErasedAlready,
    ErasingError,
    LiftedAlready,
    NobodyFound,
    NotOpen,
    SettleFirst,
    WordsMissing,
)
from privacy.rights.erasing.models import Erasure, LegalHold
from privacy.rights.erasing.permissions import require_guard, require_guard_of_others, require_own, require_own_or_guard
from privacy.rights.erasing.queries import due_after, due_now, fates, holds_on, is_about, is_erased, record_named
from privacy.rights.erasing.scrubbing import scrub_erased
from privacy.rights.registry import Audience, Delete, Empty, Purpose, Shred
from privacy.sealing import ring
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey

logger = logging.getLogger(__name__)


@transaction.atomic
def ask_erasure(subject: Subject, *, acting_user: Any) -> Erasure:
    """Ask that everything about ``subject`` be erased, once the time to think it over has passed.

    By the person, the owner of the organisation, or a privacy officer whom they asked. Raises ``AskedAlready``,
    ``ErasedAlready``, and ``SettleFirst`` for an office or a mandate that has to be handed over before.
    """
    require_own_or_guard(subject, acting_user)
    if is_erased(subject):
        raise ErasedAlready
    if found := hooks.obstacles(subject):
        raise SettleFirst(found)
    now = timezone.now()
    state = Erasure.State.HELD if holds_on(subject) else Erasure.State.COOLING
    try:
        with transaction.atomic(), acting(acting_user, reason=_("Erasure asked for")):
            erasure = Erasure.objects.create(
                scope_type=subject.scope_type,
                scope_ref=subject.ref,
                asked_by=acting_user,
                asked_at=now,
                due_at=due_after(now),
                state=state,
            )
    except IntegrityError:
        raise AskedAlready from None
    _moved(erasure)
    return erasure


def _moved(erasure: Erasure, reason: str = "") -> None:
    append_leaf(LeafKind.ERASURE_MOVED, erasure, public={"state": erasure.state}, committed={"reason": reason})
    if erasure.state != Erasure.State.WITHDRAWN:
        boxes = list(hooks.letterboxes(erasure.subject))
        transaction.on_commit(partial(tell_moved, erasure, boxes))


def _locked(erasure: Erasure) -> Erasure:
    found: Erasure = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if not found.is_open:
        raise NotOpen
    return found


@transaction.atomic
def withdraw_erasure(erasure: Erasure, *, acting_user: Any) -> Erasure:
    """Take it back, as long as nothing has been erased: the person, or whoever asked for them."""
    if erasure.asked_by_id != acting_user.pk:
        require_own(erasure.subject, acting_user)
    locked = _locked(erasure)
    return _move(locked, Erasure.State.WITHDRAWN, _("Erasure taken back"), acting_user, is_decision=True)


def _move(
    erasure: Erasure, state: Erasure.State, reason: str, acting_user: Any, *, is_decision: bool = False
) -> Erasure:
    erasure.state = state
    if is_decision:
        erasure.decided_by, erasure.decided_at = acting_user, timezone.now()
    with acting(acting_user, reason=reason):
        erasure.save()
    _moved(erasure, reason)
    return erasure


@transaction.atomic
def refuse_erasure(erasure: Erasure, *, basis: str, reason: str, acting_user: Any) -> Erasure:
    """Refuse it, with the law that demands so and why. Raises ``WordsMissing``."""
    require_guard_of_others(erasure.subject, acting_user)
    locked = _locked(erasure)
    locked.basis, locked.reason = _words(basis), _words(reason)
    return _move(locked, Erasure.State.REFUSED, locked.reason, acting_user, is_decision=True)


def _words(text: str) -> str:
    if not (stripped := text.strip()):
        raise WordsMissing
    return stripped


# Holds ----------------------------------------------------------------------------------------------


@transaction.atomic
def place_hold(
    *,
    basis: str,
    reason: str,
    subject: Subject | None = None,
    record: tuple[str, UUID] | None = None,
    until: date | None = None,
    acting_user: Any,
) -> LegalHold:
    """Let nothing be erased of ``subject``, or of whomever ``record`` ("app.model", row id) is about, up to and with
    the day ``until``. Raises ``WordsMissing`` and ``NobodyFound``."""
    require_guard(acting_user)
    if subject is not None:
        require_guard_of_others(subject, acting_user)
    if (subject is None) == (record is None):
        raise NobodyFound
    if record is not None and record_named(*record) is None:
        raise NobodyFound
    with acting(acting_user, reason=_words(reason)):
        hold = LegalHold.objects.create(
            scope_type=subject.scope_type if subject else "",
            scope_ref=subject.ref if subject else None,
            record_label=record[0].lower() if record else "",
            record_ref=record[1] if record else None,
            basis=_words(basis),
            reason=_words(reason),
            placed_by=acting_user,
            until=until,
        )
    append_leaf(LeafKind.HOLD_PLACED, hold, public={}, committed={"reason": hold.reason})
    for erasure in _concerned(hold, Erasure.State.COOLING, Erasure.State.WAITING):
        _move(erasure, Erasure.State.HELD, _("Under a legal hold"), acting_user)
    return hold


@transaction.atomic
def lift_hold(hold: LegalHold, *, reason: str, acting_user: Any) -> LegalHold:
    """From now on erasures go on. Raises ``LiftedAlready`` and ``WordsMissing``."""
    require_guard(acting_user)
    locked: LegalHold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if locked.lifted_at is not None:
        raise LiftedAlready
    locked.lifted_by, locked.lifted_at, locked.lift_reason = acting_user, timezone.now(), _words(reason)
    with acting(acting_user, reason=locked.lift_reason):
        locked.save()
    append_leaf(LeafKind.HOLD_LIFTED, locked, public={}, committed={"reason": locked.lift_reason})
    for erasure in _concerned(locked, Erasure.State.HELD):
        if not holds_on(erasure.subject):
            _move(erasure, Erasure.State.COOLING, _("The legal hold was lifted"), acting_user)
    return locked


def _concerned(hold: LegalHold, *states: Erasure.State) -> list[Erasure]:
    asked = Erasure.objects.select_for_update().filter(state__in=states)
    if hold.scope_ref is not None:
        return list(asked.filter(scope_type=hold.scope_type, scope_ref=hold.scope_ref))
    return [erasure for erasure in asked if is_about(hold, erasure.subject)]


# Carrying out ---------------------------------------------------------------------------------------


def carry_out_due() -> int:
    """Carry out every erasure whose time to think it over has passed; returns how many. What fails is tried again."""
    done = 0
    for erasure in due_now():
        try:
            done += carry_out_erasure(erasure).state == Erasure.State.DONE
        except ErasingError as error:
            logger.info("%s is not carried out: %s", erasure, error)
        except Exception:
            logger.exception("%s failed and is tried again later", erasure)
    scrub_erased()
    return done


@transaction.atomic
def carry_out_erasure(erasure: Erasure) -> Erasure:
    """Erase, unless a hold, an open vote or an office stands in the way: then it waits, and says so in its state.

    A ballot is not taken out of a vote that is going on: how many take part is published while it is open, and a
    number that falls would tell that somebody left. It counts; afterwards nothing leads from the count to anybody.
    Raises ``NotOpen`` where it has ended, and ``ErasingError`` before its day.
    """
    locked = _locked(erasure)
    if locked.due_at > timezone.now():
        raise ErasingError(_("This can still be taken back until %(day)s.") % {"day": locked.due_at.date()})
    subject = locked.subject
    for is_so, state, words in (
        (holds_on, Erasure.State.HELD, _("Under a legal hold")),
        (hooks.waits, Erasure.State.WAITING, _("Waits for the end of a vote")),
        (hooks.obstacles, Erasure.State.WAITING, _("Waits until an office or a mandate is handed over")),
    ):
        find: Callable[[Subject], Any] = is_so
        if find(subject):
            return locked if locked.state == state else _move(locked, state, words, None)
    return _erase(locked, "done")


@transaction.atomic
def erase_again(line: ledger.Line) -> Erasure | None:
    """Carry out what the ledger says was done, in a database that was restored from before; None where it still is.

    What stood in the way then does not stand in the way now.
    """
    DataKey.objects.bulk_create((_destroyed_key(key, line.subject) for key in line.keys), ignore_conflicts=True)
    done = Erasure.objects.filter(row_id=line.erasure, state=Erasure.State.DONE).exists()
    if done and is_erased(line.subject):
        return None
    for other in Erasure.objects.open().about(line.subject).exclude(row_id=line.erasure):
        _move(other, Erasure.State.WITHDRAWN, _("Erased already"), None)
    found, _is_new = Erasure.objects.get_or_create(
        row_id=line.erasure,
        defaults={
            "scope_type": line.scope,
            "scope_ref": line.ref,
            "asked_at": line.done_at,
            "due_at": line.done_at,
        },
    )
    return _erase(found, "replayed")


def _destroyed_key(key: UUID, subject: Subject) -> DataKey:
    """So that what it sealed reads as erased, and not as a fault."""
    return DataKey(
        id=key, scope_type=subject.scope_type, scope_ref=subject.ref, kek_id="", state=DataKey.State.SHREDDED
    )


def _erase(erasure: Erasure, how: str) -> Erasure:
    subject = erasure.subject
    boxes = list(hooks.letterboxes(subject)) if how == "done" else []
    with acting(None, reason=_("Erased")):
        # The last of the subject's own history and leaves; afterwards nothing is sealed for it any more.
        for end in hooks.end_accounts:
            end(subject)
        # First, so that what was derived from sealed values is found by them.
        sealed_for = [subject, *_sealed_apart(subject)]
        keys = tuple(key for one in sealed_for for key in _keys_of(one).values_list("pk", flat=True))
        destroyed = sum(ring.shred(one) for one in sealed_for)
        removed, kept = _take_out(subject, sealed_for[1:])
        erasure.state, erasure.done_at, erasure.scrubbed_at = Erasure.State.DONE, timezone.now(), None
        erasure.counts = {"keys": destroyed, "deleted": removed.deleted, "emptied": removed.emptied, "kept": kept}
        erasure.save()
    removing.say_emptied(removed, erasure)
    leaf = append_leaf(
        LeafKind.ERASURE_DONE,
        erasure,
        public={
            "state": how,
            "keys": destroyed,
            "deleted": removed.deleted,
            "emptied": removed.emptied,
        },
        committed={},
    )
    erasure.certificate = signed_certificate(erasure, leaf.ref)
    Erasure.objects.filter(pk=erasure.pk).update(certificate=erasure.certificate)
    ledger.write(ledger.Line(erasure.scope_type, erasure.scope_ref, erasure.row_id, keys, erasure.done_at))
    for forget in hooks.forget_kept:
        transaction.on_commit(forget)
    transaction.on_commit(partial(send_certificate, erasure, boxes))
    return erasure


def _keys_of(subject: Subject) -> QuerySet[DataKey]:
    return DataKey.objects.filter(scope_type=subject.scope_type, scope_ref=subject.ref)


def _sealed_apart(subject: Subject) -> list[Subject]:
    """Of the rows about ``subject`` that have a key of their own, whom they are sealed for: each row itself."""
    found: list[Subject] = []
    for _declared, way, rows in fates(subject):
        if isinstance(way, Shred):
            own = ((row.row_id, subject_of(row)) for row in rows.iterator(chunk_size=500))
            found += [one for row_id, one in own if one.ref == row_id and one != subject]
    return found


def _take_out(subject: Subject, apart: list[Subject]) -> tuple[removing.Removed, int]:
    """Do to every row what its room declares; the number of rows that are kept."""
    removed, kept = removing.Removed(), 0
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
    for declared, way, rows in list(fates(subject)):
        if declared.model_class is get_user_model():
            # Others hang on the row of the account: ``end_accounts`` has made it nobody's.
            continue
        personal = (*declared.names, *declared.hidden)
        if isinstance(way, Delete):
            removing.delete(rows, personal, subject, removed)
        elif isinstance(way, Empty):
            removing.empty(rows, way.fields, subject, removed)
        elif isinstance(way, Shred):
            # Of rows that are sealed for somebody else, what is theirs stays and what is sealed goes.
            others = [row.pk for row in rows.iterator(chunk_size=500) if subject_of(row) not in (subject, *apart)]
            removing.empty(rows.filter(pk__in=others), declared.sealed_names, subject, removed)
            kept += rows.count() - len(others)
        else:
            kept += rows.count()
            if declared.seen_by == Audience.PUBLIC and declared.purpose == Purpose.TAKING_PART:
                # What was published stays as it stands; what it said before was taken back.
                removing.empty_earlier(rows, personal, subject, removed)
    for declared, way, _rows in list(fates(subject)):
        earlier = declared.history_of(subject) if isinstance(way, Delete) else None
        if earlier is not None:
            living = declared.model_class._base_manager.values("pk")
            gone = earlier.exclude(**{f"{declared.model_class._meta.pk.attname}__in": living})
            removing.delete_history(gone, (*declared.names, *declared.hidden), subject, removed)
    return removed, kept
