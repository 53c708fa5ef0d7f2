"""The append-only log: entries, what opens their commitments, and signed heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.log.kinds import leaf_kinds
from privacy.log.verify import GENESIS, head_text, signed_note

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


class LogHead(models.Model):
    """The one row that appending locks: how many entries there are, and the chain hash of the last."""

    size = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="log_head_is_one_row"),)

    def __str__(self) -> str:
        return f"{self.size} {self.head}"


class LogEntry(AppendOnlyModel):
    """One leaf. ``index`` counts from 0 without gaps; ``leaf`` is the canonical JSON text that was hashed.

    ``record_label`` ("app.model") and ``record_ref`` (its row id) repeat what the leaf says, to be searched by.
    """

    index = models.PositiveBigIntegerField(_("number"), primary_key=True)
    kind = models.CharField(_("what happened"), max_length=32, choices=leaf_kinds)
    record_label = models.CharField(max_length=100)
    record_ref = models.UUIDField(db_index=True)
    leaf = models.TextField()
    leaf_hash = models.CharField(max_length=64)
    chain_hash = models.CharField(max_length=64)
    created = models.DateTimeField(_("when"))

    objects: ClassVar[Any] = LogEntryQuerySet.as_manager()

    class Meta:
        ordering = ("index",)

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"


class LeafSecret(models.Model):
    """The salts of one entry's commitments, in hexadecimal by name. Apart from the entry, because they are erased:
    without its salt a commitment tells nothing and proves nothing."""

    entry = models.OneToOneField(LogEntry, models.PROTECT, primary_key=True, related_name="secret")
    salts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.entry_id)


class SignedHead(AppendOnlyModel):
    """The operator's signature under the state of the log at one moment: Ed25519 over ``text``."""

    size = models.PositiveBigIntegerField()
    head = models.CharField(max_length=64)
    signature = models.BinaryField()
    public_key = models.BinaryField()
    key_id = models.CharField(max_length=8)
    created = models.DateTimeField()

    class Meta:
        ordering = ("size", "created")
        constraints = (models.UniqueConstraint(fields=("size", "key_id"), name="signed_head_once_per_size"),)

    def __str__(self) -> str:
        return f"{self.size} {self.head}"

    @property
    def text(self) -> str:
        return head_text(self.size, self.head, int(self.created.timestamp()))

    @property
    def note(self) -> str:
        """The head as a signed note, which stands on its own."""
        return signed_note(self.text, bytes(self.public_key), bytes(self.signature))
