"""A look at the records of this app for administrators. Nothing of the log can be written, and no key is shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from privacy.access.models import AccessEvent
from privacy.log.models import Checkpoint, Cosignature, LogEntry, PendingLeaf, Witness
from privacy.sealing.admin import SealedAdmin
from privacy.sealing.keys import Scope


class ReadOnlyAdmin(SealedAdmin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Closed, so that a sealed column which is added one day does not show by being there."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LogEntry, PendingLeaf)
class LeafAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "kind", "record_label", "record_ref", "created")
    list_filter = ("kind",)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("size", "root", "verifier_key", "created")


@admin.register(Cosignature)
class CosignatureAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint", "witness", "signed_at")


@admin.register(Witness)
class WitnessAdmin(ReadOnlyAdmin):
    """Changed in the editors' administration, where its key is checked."""

    list_display = ("name", "url", "is_asked", "size", "last_error", "last_error_at")


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnlyAdmin):
    list_display = ("created", "actor", "record_label", "record_ref", "fields", "purpose")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessEvent]:
        """Without those of confidential cases: they are no business of administrators."""
        found: QuerySet[AccessEvent] = super().get_queryset(request).exclude(subject_scope=Scope.CASE)
        return found
