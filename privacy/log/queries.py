"""What the log says, and whether it holds."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from privacy.log.bindings import Binding, check_bindings
from privacy.log.canonical import commitment
from privacy.log.copies import altered_copies
from privacy.log.merkle import ProofError, consistency_proof, inclusion_proof, leaf_hash, verify_inclusion
from privacy.log.models import Checkpoint, LeafSecret, LogEntry, PendingLeaf
from privacy.log.notes import VerifierKey
from privacy.log.proofs import TlogProof
from privacy.log.signing import own_keys, present_key, read_signed
from privacy.log.states import salts_in
from privacy.log.tiles import TileError
from privacy.log.tree import latest_checkpoint, subtree, tile_data, tree_size
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.opening import unrecorded

__all__ = ["latest_checkpoint", "subtree", "tile_data", "tree_size"]


def entries_of(record_ref: UUID) -> QuerySet[LogEntry]:
    """Every entry about the record with this row id, oldest first."""
    found: QuerySet[LogEntry] = LogEntry.objects.filter(record_ref=record_ref)
    return found


def pending_of(record_ref: UUID) -> QuerySet[PendingLeaf]:
    """What was appended about the record and has no number yet: a matter of seconds while the sequencer runs."""
    return PendingLeaf.objects.filter(record_ref=record_ref)


def entry_of(ref: UUID) -> LogEntry | None:
    """The entry whose leaf has this name."""
    found: LogEntry | None = LogEntry.objects.filter(ref=ref).first()
    return found


def verifier_keys() -> list[VerifierKey]:
    """Every key that checkpoints were signed with, the present one first."""
    return [VerifierKey.parse(text) for text in dict.fromkeys([present_key().text, *stored_keys()])]


def stored_keys() -> list[str]:
    """The keys that stand beside checkpoints, the latest first."""
    keys = Checkpoint.objects.values_list("verifier_key").annotate(latest=Max("pk")).order_by("-latest")
    return [key for key, _latest_pk in keys]


def checkpoint_note(checkpoint: Checkpoint) -> str:
    """The signed note, with the lines of the witnesses who have cosigned it."""
    lines = checkpoint.cosignatures.order_by("pk").values_list("line", flat=True)
    return "".join([checkpoint.note, *(line.rstrip("\n") + "\n" for line in lines)])


def covering_checkpoint(entry: LogEntry) -> Checkpoint | None:
    """The latest checkpoint, if it covers the entry."""
    latest = latest_checkpoint()
    return latest if latest is not None and latest.size > entry.index else None


def inclusion_of(entry: LogEntry, checkpoint: Checkpoint) -> list[bytes]:
    """The hashes that lead from the entry to the root of ``checkpoint``."""
    return inclusion_proof(subtree(checkpoint.size), entry.index, checkpoint.size)


def consistency_of(old_size: int, new_size: int) -> list[bytes]:
    """The proof that the first ``new_size`` entries begin with the first ``old_size``. Raises ``ProofError``."""
    if new_size > tree_size():
        raise ProofError("the log is not that large yet")
    return consistency_proof(subtree(new_size), old_size, new_size)


def proof_text(entry: LogEntry) -> str | None:
    """The proof of one entry, to be kept (C2SP tlog-proof); None while no checkpoint covers it."""
    checkpoint = covering_checkpoint(entry)
    if checkpoint is None:
        return None
    return TlogProof(entry.index, tuple(inclusion_of(entry, checkpoint)), checkpoint_note(checkpoint)).text


def salts_of(ref: UUID) -> dict[str, str]:
    """What opens the commitments of a leaf: salts in hexadecimal by name, without those that cannot be opened."""
    return _salts(ref)[0]


def _salts(ref: UUID) -> tuple[dict[str, str], bool]:
    """The salts of a leaf, and whether there were others whose key is destroyed."""
    found: dict[str, str] = {}
    has_erased = False
    with unrecorded():
        for secret in LeafSecret.objects.filter(leaf_ref=ref):
            try:
                found |= salts_in(secret.salts)
            except Shredded:
                has_erased = True
            except (Tampered, UnknownKey, ValueError):
                # Altered in the database: then nothing is said of what they open.
                continue
    return found, has_erased


# Checking one entry ----------------------------------------------------------------------------


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
    """``summary`` says in words what the ``checks`` come to. Hashes are for those who want to repeat them. ``salts``
    are those of all that the entry commits to, and for nobody to see: ``revealing.with_texts`` chooses."""

    entry: LogEntry
    checks: tuple[Check, ...]
    checkpoint: Checkpoint | None
    salts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def outcome(self) -> Outcome:
        """Failed if any check failed; proven if the log itself holds, whatever could not be said of the content."""
        outcomes = {check.name: check.outcome for check in self.checks if not check.is_about_content}
        if Outcome.FAILED in outcomes.values():
            return Outcome.FAILED
        return Outcome.PROVEN if Outcome.OPEN not in outcomes.values() else Outcome.OPEN

    @property
    def has_bad_signature(self) -> bool:
        """Whether the key that stands beside the checkpoint is none to check anything with."""
        return any(check.name == "signature" and check.outcome is Outcome.FAILED for check in self.checks)

    @property
    def summary(self) -> str:
        failed = {check.name for check in self.checks if check.outcome is Outcome.FAILED and not check.is_about_content}
        if failed == {"columns"}:
            return _("Not verified: what is said of this entry is not what stands in it.")
        if failed == {"history"}:
            return _("Not verified: the log holds, but the history of this record was altered afterwards.")
        return {
            Outcome.PROVEN: _("Verified: this entry stands in the log as it was written, under a signed checkpoint."),
            Outcome.FAILED: _("Not verified: this entry or the log around it has been altered."),
            Outcome.OPEN: _("Partly verified: the entry is intact, but no checkpoint could confirm it yet."),
        }[self.outcome]


def _check_leaf(entry: LogEntry) -> Check:
    if leaf_hash(entry.leaf.encode()).hex() == entry.leaf_hash:
        return Check("leaf", Outcome.PROVEN, _("The entry reads as it did when it was written."))
    return Check("leaf", Outcome.FAILED, _("The entry was changed after it was written."))


def _check_columns(entry: LogEntry) -> Check:
    """The page shows and finds entries by columns that are not hashed."""
    if altered := altered_copies(entry):
        words = _("This page and the entry do not agree on: %(names)s.") % {"names": _(", ").join(altered)}
        return Check("columns", Outcome.FAILED, words)
    return Check("columns", Outcome.PROVEN, _("It is about this record, and says itself what happened and when."))


def _check_inclusion(entry: LogEntry, checkpoint: Checkpoint | None) -> Check:
    if checkpoint is None:
        return Check("inclusion", Outcome.OPEN, _("No checkpoint covers it yet. The next one will, within seconds."))
    with suppress(ProofError, TileError):
        hashes = inclusion_of(entry, checkpoint)
        held = leaf_hash(entry.leaf.encode())
        verify_inclusion(held, entry.index, checkpoint.size, hashes, bytes.fromhex(checkpoint.root))
        return Check("inclusion", Outcome.PROVEN, _("It stands in its place in the log whose root hash was signed."))
    return Check("inclusion", Outcome.FAILED, _("The signed root hash does not lead to this entry."))


def _check_signature(checkpoint: Checkpoint | None) -> Check:
    if checkpoint is None:
        return Check("signature", Outcome.OPEN, _("There is no signature over this entry yet."))
    with suppress(ValueError):
        read_signed(checkpoint, own_keys())
        return Check("signature", Outcome.PROVEN, _("The operator has signed a state of the log that contains it."))
    return Check("signature", Outcome.FAILED, _("The signature under the checkpoint is not valid."))


def identity_of(model: type[models.Model]) -> str | None:
    """The column by which the log names records of ``model``; None where it names none."""
    name = getattr(model, "log_identity", "row_id")
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return str(name)


def record_of(entry: LogEntry) -> models.Model | None:
    """The record as it is now, for checking only: whether a reader may see it is not asked here."""
    try:
        model = apps.get_model(entry.record_label)
    except LookupError:
        return None
    identity = identity_of(model)
    found: models.Model | None = (
        model._base_manager.filter(**{identity: entry.record_ref}).first() if identity else None
    )
    return found


def committed_in(entry: LogEntry) -> dict[str, str]:
    """Commitments by name; none in a leaf that is no leaf, which other checks say."""
    with suppress(ValueError, TypeError, KeyError):
        return dict(json.loads(entry.leaf)["commit"])
    return {}


def _check_content(
    name: str, expected: str, salts: dict[str, str], record: models.Model | None, *, has_erased: bool
) -> Check:
    """Hold the record to a commitment that is named after one of its text fields."""
    column: Any = None
    with suppress(FieldDoesNotExist):
        column = record._meta.get_field(name) if record else None
    is_text = isinstance(column, models.CharField | models.TextField)
    if name not in salts and not has_erased:
        outcome = Outcome.OPEN
        words = _("“%(name)s” cannot be compared: what opens its fingerprint is missing or was altered.")
    elif name not in salts:
        outcome, words = Outcome.OPEN, _("“%(name)s” was erased; the log no longer says anything about it.")
    elif record is None or not is_text:
        outcome, words = Outcome.OPEN, _("“%(name)s” can be checked only by somebody who has been given its text.")
    elif check_commitment(expected, name, str(column.value_from_object(record)), salts):
        outcome, words = Outcome.PROVEN, _("“%(name)s” is word for word what was written then.")
    else:
        outcome = Outcome.FAILED
        words = _("“%(name)s” reads differently now than when this entry was written; a later entry may say why.")
    shown = str(column.verbose_name) if is_text else name
    return Check(name, outcome, words % {"name": shown}, is_about_content=True)


def check_commitment(expected: str, name: str, value: str, salts: Mapping[str, str]) -> bool:
    """Whether ``value`` is what the log was bound to; ``expected`` is the hash from the leaf."""
    return commitment(name, value, bytes.fromhex(salts[name])) == expected


def _check_history(entry: LogEntry) -> Check | None:
    """Hold the history rows that the entry covers to what it says of them; None where it covers none."""
    found = check_bindings([Binding.of(entry)])
    if not found.checked and not found.problems:
        return None
    if found.problems:
        return Check("history", Outcome.FAILED, _("What the history says of the record is not what was written then."))
    if found.erased or found.unreadable:
        words = (
            _("Part of the history was erased; the log says nothing about it any more.")
            if found.erased
            else _("Part of the history cannot be compared: a column or a table of that time is no more.")
        )
        return Check("history", Outcome.OPEN, words, is_about_content=True)
    return Check("history", Outcome.PROVEN, _("The history of the record reads as it did when this entry was written."))


def verify_entry(entry: LogEntry) -> VerifiedEntry:
    """Check one entry: its leaf, its place in the tree, the signature over it, and the record it speaks of."""
    checkpoint = covering_checkpoint(entry)
    checks = [_check_leaf(entry)]
    is_intact = checks[0].outcome is Outcome.PROVEN
    salts: dict[str, str] = {}
    if is_intact:
        checks.append(_check_columns(entry))
    checks += [_check_inclusion(entry, checkpoint), _check_signature(checkpoint)]
    if is_intact:
        (salts, has_erased), record = _salts(entry.ref), record_of(entry)
        for name, expected in committed_in(entry).items():
            checks.append(_check_content(name, expected, salts, record, has_erased=has_erased))
        if history := _check_history(entry):
            checks.append(history)
    return VerifiedEntry(entry, tuple(checks), checkpoint, salts)


def links_to(entries: Iterable[LogEntry | PendingLeaf], user: Any) -> dict[UUID, str]:
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
        identity = identity_of(model)
        # A model that does not say who may see it is not linked to.
        if (
            identity is None
            or not hasattr(model, "get_absolute_url")
            or not hasattr(model._default_manager, "visible_to")
        ):
            continue
        for record in model._default_manager.visible_to(user).filter(**{f"{identity}__in": refs}):
            found[getattr(record, identity)] = record.get_absolute_url()
    return found
