"""What the log says, and whether it holds."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy.log import verify
from privacy.log.models import LeafSecret, LogEntry, LogHead, SignedHead
from privacy.log.signing import public_key

# Entries walked between an entry and the signed head that covers it, on a page. The command walks all of them.
WALK_LIMIT = 10_000


def entries_of(record_ref: UUID) -> QuerySet[LogEntry]:
    """Every entry about the record with this row id, oldest first."""
    found: QuerySet[LogEntry] = LogEntry.objects.filter(record_ref=record_ref)
    return found


def entry_for(record: Any) -> LogEntry | None:
    """The latest entry about ``record``."""
    return entries_of(record.row_id).last()


def log_size() -> int:
    head = LogHead.objects.filter(pk=1).first()
    return head.size if head else 0


def latest_head() -> SignedHead | None:
    """The last signed head; newer entries may follow it."""
    return SignedHead.objects.last()


def covering_head(entry: LogEntry) -> SignedHead | None:
    """The first signed head that an entry is part of, under the present key where there is one."""
    heads: QuerySet[SignedHead] = SignedHead.objects.filter(size__gt=entry.index)
    return heads.filter(key_id=verify.key_id(public_key())).first() or heads.first()


def previous_hash(entry: LogEntry) -> str | None:
    """The chain hash that the entry follows on; None when the entry before it is missing."""
    if entry.index == 0:
        return verify.GENESIS
    return LogEntry.objects.filter(pk=entry.index - 1).values_list("chain_hash", flat=True).first()


class Outcome(StrEnum):
    PROVEN = "proven"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``OPEN`` means that it was neither proven nor disproven."""

    name: str
    outcome: Outcome
    words: str
    is_about_content: bool = False

    @property
    def label(self) -> str:
        if self.outcome is Outcome.FAILED and self.is_about_content:
            return _("Differs")
        return {Outcome.PROVEN: _("Proven"), Outcome.FAILED: _("Failed"), Outcome.OPEN: _("Open")}[self.outcome]


@dataclass(frozen=True)
class VerifiedEntry:
    """``summary`` says in words what the ``checks`` come to. Hashes are for those who want to repeat them."""

    entry: LogEntry
    checks: tuple[Check, ...]
    previous: str | None
    head: SignedHead | None

    @property
    def outcome(self) -> Outcome:
        """Failed if any check failed; proven if the log itself holds, whatever could not be said of the content."""
        outcomes = {check.name: check.outcome for check in self.checks}
        if Outcome.FAILED in (outcomes["leaf"], outcomes["chain"], outcomes["signature"]):
            return Outcome.FAILED
        return Outcome.PROVEN if outcomes["signature"] is Outcome.PROVEN else Outcome.OPEN

    @property
    def summary(self) -> str:
        return {
            Outcome.PROVEN: _("Verified: this entry stands in the log as it was written, under a signed head."),
            Outcome.FAILED: _("Not verified: this entry or the log around it has been altered."),
            Outcome.OPEN: _("Partly verified: the entry is intact, but no signed head could confirm it yet."),
        }[self.outcome]


def _check_leaf(entry: LogEntry) -> Check:
    if verify.leaf_hash(entry.leaf) == entry.leaf_hash:
        return Check("leaf", Outcome.PROVEN, _("The entry reads as it did when it was written."))
    return Check("leaf", Outcome.FAILED, _("The entry was changed after it was written."))


def _check_chain(entry: LogEntry, previous: str | None) -> Check:
    if previous is not None and not verify.link_problem(entry, entry.index, previous):
        return Check("chain", Outcome.PROVEN, _("It follows on the entry before it; none was slipped in or taken out."))
    return Check("chain", Outcome.FAILED, _("It does not follow on the entry before it."))


def _check_signature(entry: LogEntry, head: SignedHead | None) -> Check:
    if head is None:
        return Check("signature", Outcome.OPEN, _("No signed head covers it yet. The next one will."))
    if head.key_id != verify.key_id(public_key()):
        return Check(
            "signature", Outcome.OPEN, _("It was signed with an earlier key. Check it with the key published then.")
        )
    if head.size - entry.index > WALK_LIMIT:
        return Check("signature", Outcome.OPEN, _("The signed head is too far away to be followed on this page."))
    following: Iterable[LogEntry] = LogEntry.objects.walk(entry.index + 1, head.size)
    report = verify.verify_chain(following, start=entry.index + 1, previous=entry.chain_hash)
    is_reached = report.first_bad is None and (report.size, report.head) == (head.size, head.head)
    if is_reached and verify.is_signed(head.text, bytes(head.signature), public_key()):
        return Check("signature", Outcome.PROVEN, _("The operator has signed a state of the log that contains it."))
    return Check("signature", Outcome.FAILED, _("The signed state of the log does not lead back to this entry."))


def record_of(entry: LogEntry) -> models.Model | None:
    """The record as it is now, for checking only: whether a reader may see it is not asked here."""
    try:
        model = apps.get_model(entry.record_label)
    except LookupError:
        return None
    found: models.Model | None = model._base_manager.filter(row_id=entry.record_ref).first()
    return found


def _check_content(name: str, expected: str, salts: dict[str, str], record: models.Model | None) -> Check:
    """Hold the record to a commitment that is named after one of its text fields."""
    field: Any = None
    with suppress(FieldDoesNotExist):
        field = record._meta.get_field(name) if record else None
    is_text = isinstance(field, models.CharField | models.TextField)
    if name not in salts:
        outcome, words = Outcome.OPEN, _("“%(name)s” was erased; the log no longer says anything about it.")
    elif record is None or not is_text:
        outcome, words = Outcome.OPEN, _("“%(name)s” can be checked only by somebody who has been given its text.")
    elif check_commitment(expected, name, str(field.value_from_object(record)), salts):
        outcome, words = Outcome.PROVEN, _("“%(name)s” is word for word what was written then.")
    else:
        outcome = Outcome.FAILED
        words = _("“%(name)s” reads differently now than when this entry was written; a later entry may say why.")
    shown = str(field.verbose_name) if is_text else name
    return Check(name, outcome, words % {"name": shown}, is_about_content=True)


def check_commitment(expected: str, name: str, value: str, salts: dict[str, str]) -> bool:
    """Whether ``value`` is what the log was bound to; ``expected`` is the hash from the leaf."""
    return verify.commitment(name, value, bytes.fromhex(salts[name])) == expected


def verify_entry(entry: LogEntry) -> VerifiedEntry:
    """Check one entry: its leaf, its place in the chain, the signature over it, and the record it speaks of."""
    previous = previous_hash(entry)
    head = covering_head(entry)
    checks = [_check_leaf(entry), _check_chain(entry, previous), _check_signature(entry, head)]
    if checks[0].outcome is Outcome.PROVEN:
        secret = LeafSecret.objects.filter(entry=entry).first()
        record = record_of(entry)
        for name, expected in json.loads(entry.leaf)["commit"].items():
            checks.append(_check_content(name, expected, secret.salts if secret else {}, record))
    return VerifiedEntry(entry, tuple(checks), previous, head)


def links_to(entries: Iterable[LogEntry], user: Any) -> dict[UUID, str]:
    """Addresses of the records behind ``entries``, of those that ``user`` may see. One query for each model."""
    wanted: dict[str, set[UUID]] = {}
    for entry in entries:
        wanted.setdefault(entry.record_label, set()).add(entry.record_ref)
    found: dict[UUID, str] = {}
    for label, refs in wanted.items():
        try:
            model: Any = apps.get_model(label)
        except LookupError:
            continue
        # A model that does not say who may see it is not linked to.
        if not hasattr(model, "get_absolute_url") or not hasattr(model._default_manager, "visible_to"):
            continue
        for record in model._default_manager.visible_to(user).filter(row_id__in=refs):
            found[record.row_id] = record.get_absolute_url()
    return found
