"""What every recorded model declares: ``history = History(excluded_fields=[...])``."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from privacy import statements
from privacy.history.actor import current_actor
from privacy.sealing.handles import carrying_ciphertext


def _acting_user(instance: models.Model, request: Any = None, **kwargs: Any) -> Any:
    return current_actor().user


class History(HistoricalRecords):
    """A full copy of the row at every change, with actor and reason.

    Sealed values are copied as ciphertext, never opened: history is erased with the subject's key. Not recorded:
    ``update()`` and the bulk helpers of querysets, which send no signals.

    Every row has its leaf in the log (see ``written_rows``), unless ``in_log`` is False: what a person says of
    themselves is nobody's to prove.

    ``public_fields`` names the fields whose values whoever may see the record may read in its history; of all others
    only the name is told. Left out, the record has no public history page.
    """

    excluded_fields: list[str]

    def __init__(
        self, *args: Any, in_log: bool = True, public_fields: Collection[str] | None = None, **kwargs: Any
    ) -> None:
        self.in_log = in_log
        self.public_fields = None if public_fields is None else frozenset(public_fields)
        kwargs.setdefault("get_user", _acting_user)
        kwargs.setdefault("history_id_field", models.BigAutoField())
        super().__init__(*args, **kwargs)

    def create_history_model(self, model: type[models.Model], inherited: bool) -> Any:
        # Blind indexes are made anew from what they index.
        self.excluded_fields = [
            *self.excluded_fields,
            *(field.name for field in model._meta.fields if not getattr(field, "recorded_in_history", True)),
        ]
        history_model = super().create_history_model(model, inherited)
        history_model.in_log = self.in_log
        history_model.public_fields = self.public_fields
        return history_model

    def _get_history_change_reason_field(self) -> models.Field[Any, Any]:
        # A new field for each model: the base class would share one between the models of an abstract parent.
        return models.TextField(null=True)

    def get_change_reason_for_object(self, instance: models.Model, history_type: str, using: str | None) -> str | None:
        given = super().get_change_reason_for_object(instance, history_type, using)
        return given or current_actor().reason or None

    def create_historical_record(self, instance: models.Model, history_type: str, using: str | None = None) -> None:
        with carrying_ciphertext():
            super().create_historical_record(instance, history_type, using=using)


@dataclass(frozen=True)
class WrittenRow:
    """One row of the history table of this label. Instances are kept in caches, with what they carry: a class made by
    simple-history could not be."""

    label: str
    pk: int

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)


_WRITTEN = "_written_history_rows"
# Rows in one statement: databases take only so many parameters.
_AT_ONCE = 50


def _remember(sender: Any, instance: models.Model, history_instance: Any, **kwargs: Any) -> None:
    _was_written(instance, type(history_instance), history_instance.pk)


def _was_written(instance: models.Model, history_model: Any, pk: int) -> None:
    if getattr(history_model, "in_log", False):
        instance.__dict__.setdefault(_WRITTEN, []).append(WrittenRow(history_model._meta.label, pk))


post_create_historical_record.connect(_remember, dispatch_uid="privacy.history.written_rows")


def written_rows(instance: models.Model, *, forget: bool = False) -> list[WrittenRow]:
    """The history rows that saving ``instance`` has written and that no leaf covers yet.

    They are remembered by the instance: a leaf is appended for the very object that was saved.
    """
    held = instance.__dict__
    rows: list[WrittenRow] = held.pop(_WRITTEN, []) if forget else held.get(_WRITTEN, [])
    return rows


def create_recorded(instances: Iterable[Any]) -> list[Any]:
    """Insert new instances of one model with their history, in few statements; returns them.

    Each one's ``_history_user`` made it, otherwise who is acting.
    """
    created = list(instances)
    if len(created) < 2:
        for instance in created:
            instance.save(force_insert=True)
        return created
    model, actor = type(created[0]), current_actor()
    history = model.history.model
    with transaction.atomic():
        for start in range(0, len(created), _AT_ONCE):
            part = created[start : start + _AT_ONCE]
            _insert(model, part)
            authors = [(row.pk, getattr(getattr(row, "_history_user", actor.user), "pk", None)) for row in part]
            written = statements.copy_created(history, authors, actor.reason or None)
            for row in part:
                _was_written(row, history, written[row.pk])
    return created


def _insert(model: type[models.Model], rows: list[Any]) -> None:
    if not statements.is_plain(model):
        model._base_manager.bulk_create(rows)
        return
    for row in rows:
        # Whatever it refers to may have been saved since it was assigned.
        row._prepare_related_fields_for_save(operation_name="create_recorded")
    statements.insert(rows)
