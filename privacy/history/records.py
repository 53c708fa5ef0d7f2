"""What every recorded model declares: ``history = History(excluded_fields=[...])``."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from privacy.history.actor import current_actor
from privacy.sealing.handles import carrying_ciphertext


def _acting_user(instance: models.Model, request: Any = None, **kwargs: Any) -> Any:
    return current_actor().user


class History(HistoricalRecords):
    """A full copy of the row at every change, with actor and reason.

    Sealed values are copied as ciphertext, never opened: history is erased with the subject's key. Not recorded:
    ``update()`` and the bulk helpers of querysets, which send no signals.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("get_user", _acting_user)
        kwargs.setdefault("history_id_field", models.BigAutoField())
        super().__init__(*args, **kwargs)

    def _get_history_change_reason_field(self) -> models.Field[Any, Any]:
        # A new field for each model: the base class would share one between the models of an abstract parent.
        return models.TextField(null=True)

    def get_change_reason_for_object(self, instance: models.Model, history_type: str, using: str | None) -> str | None:
        given = super().get_change_reason_for_object(instance, history_type, using)
        return given or current_actor().reason or None

    def create_historical_record(self, instance: models.Model, history_type: str, using: str | None = None) -> None:
        with carrying_ciphertext():
            super().create_historical_record(instance, history_type, using=using)
