"""Data keys, and the identity that a row has before it is first saved."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.sealing.handles import carrying_ciphertext
from privacy.sealing.keys import Scope


class RowIdentity(models.Model):
    """A row that can be named outside the database, and that its sealed values are bound to.

    ``row_id`` never changes: a sealed value is readable only in the row it was sealed for.
    """

    row_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        # What was made from a value is written with it, also when only some fields are to be.
        names = kwargs.get("update_fields")
        if names:
            kwargs["update_fields"] = frozenset(names) | {
                field.name for field in self._meta.concrete_fields if getattr(field, "source", None) in names
            }
        super().save_base(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        # Django copies attribute by attribute; reading them open would fail for a row whose key is destroyed.
        with carrying_ciphertext():
            super().refresh_from_db(*args, **kwargs)


class DataKey(models.Model):
    """One subject's key, wrapped under the key-encryption key ``kek_id``.

    A shredded key keeps its row, without the key, so that what it sealed reads as erased and not as a fault.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")
        SHREDDED = "shredded", _("Shredded")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope_type = models.CharField(max_length=16, choices=Scope)
    scope_ref = models.UUIDField(db_index=True)
    wrapped = models.BinaryField(null=True)
    kek_id = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("scope_type", "scope_ref"), condition=Q(state="active"), name="data_key_one_active"
            ),
            models.CheckConstraint(
                condition=Q(state="shredded", wrapped__isnull=True)
                | Q(state__in=("active", "retired"), wrapped__isnull=False),
                name="data_key_shredded_is_empty",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
