"""The tables of the log: what waits for its number, entries, tiles, checkpoints, and what opens the commitments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.log.kinds import leaf_kinds
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

_PAGE = 1000


class AppendOnlyError(TypeError):
    """Somebody tried to change or remove what is only ever added to."""


class AppendOnlyQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """The database refuses as well (see triggers.py); here the reason is said in Python."""

    def _refuse(self) -> NoReturn:
        raise AppendOnlyError(f"{self.model._meta.label} is append-only.")

    def update(self, **kwargs: Any) -> NoReturn:
        self._refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse()

    def delete(self) -> NoReturn:
        self._refuse()


class LogEntryQuerySet(AppendOnlyQuerySet):
    def walk(self, start: int, stop: int) -> Iterator[LogEntry]:
        """Entries from index ``start`` up to, not including, ``stop``, in order, some at a time.

        Not ``iterator()``: whoever stops at a broken entry would leave a cursor of the server open.
        """
        while page := list(self.filter(index__gte=start, index__lt=stop).order_by("index")[:_PAGE]):
            yield from page
            start = page[-1].index + 1


class AppendOnlyModel(models.Model):
    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self._meta.label} is append-only.")


class Leaf(models.Model):
    """``leaf`` is the canonical JSON text that is hashed. The other columns repeat what it says, to be searched by:
    ``ref`` names the leaf, ``record_label`` ("app.model") and ``record_ref`` the record that it is about."""

    ref = models.UUIDField(unique=True)
    kind = models.CharField(_("what happened"), max_length=32, choices=leaf_kinds)
    record_label = models.CharField(max_length=100)
    record_ref = models.UUIDField(db_index=True)
    leaf = models.TextField()
    created = models.DateTimeField(_("when"))

    class Meta:
        abstract = True


class PendingLeaf(Leaf):
    """The outbox: written in the transaction of what it records, and given its number by the sequencer."""

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class LogEntry(Leaf, AppendOnlyModel):
    """One leaf in its place. ``index`` counts from 0 without gaps; ``leaf_hash`` is in hexadecimal."""

    index = models.PositiveBigIntegerField(_("number"), primary_key=True)
    leaf_hash = models.CharField(max_length=64)

    objects: ClassVar[Any] = LogEntryQuerySet.as_manager()

    class Meta:
        ordering = ("index",)

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"


class Tile(AppendOnlyModel):
    """256 hashes of one level of the tree, and the one hash that stands for them in the level above.

    Only full tiles are stored: they never change. The others are read from the entries and the full tiles below.
    """

    level = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("level", "number"), name="tile_once"),)

    def __str__(self) -> str:
        return f"{self.level}/{self.number}"


class Checkpoint(AppendOnlyModel):
    """The operator's signature under the tree of the first ``size`` entries. ``note`` is the whole signed note,
    ``root`` the root hash in hexadecimal, ``verifier_key`` the key that it was signed with."""

    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    note = models.TextField()
    verifier_key = models.CharField(max_length=400)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("size", "pk")
        constraints = (models.UniqueConstraint(fields=("size", "verifier_key"), name="checkpoint_once_per_size"),)

    def __str__(self) -> str:
        return f"{self.size} {self.root}"


class Witness(models.Model):
    """Somebody else who signs our checkpoints after having seen that each follows on the one before (C2SP
    tlog-witness). ``url`` is the prefix of its ``add-checkpoint``; ``size`` the size that it last signed. A failure
    stays readable after the next success: it may be the evidence."""

    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(_("address"), max_length=500, unique=True)
    verifier_key = models.TextField(_("verifying key"))
    size = models.PositiveBigIntegerField(_("last size signed"), default=0)
    is_asked = models.BooleanField(_("is asked to sign"), default=True)
    last_error = models.CharField(_("last failure"), max_length=500, blank=True)
    last_error_at = models.DateTimeField(_("time of the last failure"), null=True, blank=True)

    class Meta:
        verbose_name = _("witness")
        verbose_name_plural = _("witnesses")

    def __str__(self) -> str:
        return self.name


class Cosignature(AppendOnlyModel):
    """The signature line of a witness under a checkpoint."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures")
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="cosignatures")
    line = models.TextField()
    signed_at = models.DateTimeField(_("signed at"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=("checkpoint", "witness"), name="cosignature_once"),)

    def __str__(self) -> str:
        return f"{self.witness}: {self.checkpoint}"


class LeafSecret(RowIdentity):
    """What opens the commitments of one leaf: their salts, in hexadecimal by name, sealed for whom they are about.

    With that subject's key destroyed the commitments tell nothing and prove nothing. A leaf that covers history of
    several subjects has one row for each. ``salts`` holds JSON.
    """

    leaf_ref = models.UUIDField()
    scope_type = models.CharField(max_length=16)
    scope_ref = models.UUIDField()
    salts = SealedTextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("leaf_ref", "scope_type", "scope_ref"), name="leaf_secret_once"),
        )

    def __str__(self) -> str:
        return str(self.leaf_ref)

    def sealing_subject(self) -> Subject:
        return Subject(self.scope_type, self.scope_ref)


class RecordedState(AppendOnlyModel):
    """One row, in most cases of a history table, to which a leaf is committed: ``columns`` of it, sealed ones never.

    The salt is in the ``LeafSecret`` of the same leaf and scope, under ``salt_name``.
    """

    row_label = models.CharField(max_length=100)
    row_pk = models.BigIntegerField()
    leaf_ref = models.UUIDField(db_index=True)
    columns = models.JSONField()
    scope_type = models.CharField(max_length=16)
    scope_ref = models.UUIDField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("row_label", "row_pk", "leaf_ref"), name="recorded_state_once"),)

    def __str__(self) -> str:
        return self.salt_name

    @property
    def salt_name(self) -> str:
        return f"{self.row_label}:{self.row_pk}"


class Reconciled(models.Model):
    """How far the rows of one table have been looked through for rows without a leaf.

    ``begins_after``: rows up to there are older than the rule. ``seen`` is the last row of the latest look, from
    which the look after next starts: a row whose transaction was still open is met by one of the two.
    """

    row_label = models.CharField(max_length=100, primary_key=True)
    begins_after = models.BigIntegerField(default=0)
    looked_to = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.row_label


class Unrecorded(models.Model):
    """A row that ought to have a leaf and has none."""

    row_label = models.CharField(max_length=100)
    row_pk = models.BigIntegerField()
    found = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("row_label", "row_pk")
        constraints = (models.UniqueConstraint(fields=("row_label", "row_pk"), name="unrecorded_once"),)

    def __str__(self) -> str:
        return f"{self.row_label} {self.row_pk}"
