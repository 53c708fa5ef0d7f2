"""A look at the records of this app for administrators. Nothing here can be written, and no key is shown."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from privacy.access.models import AccessEvent
from privacy.log.models import LogEntry, SignedHead


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("index", "kind", "record_label", "record_ref", "created")
    list_filter = ("kind",)


@admin.register(SignedHead)
class SignedHeadAdmin(ReadOnlyAdmin):
    list_display = ("size", "head", "key_id", "created")


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnlyAdmin):
    list_display = ("created", "actor", "record_label", "record_ref", "fields", "purpose")
