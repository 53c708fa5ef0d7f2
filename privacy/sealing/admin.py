"""Sealed values in Django's administration: closed, unless the administration of a model says who may open them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.core import checks
from django.http import HttpRequest, HttpResponse

from privacy.sealing.column import BoundField, SealedColumn
from privacy.sealing.files import SealedFileField
from privacy.sealing.handles import carrying_ciphertext

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = object


class SealedAdmin(_ModelAdmin):
    """Stands before ``ModelAdmin``. Sealed fields show as "[sealed]" and are not edited, in lists and forms alike;
    sealed files do not show at all.

    Override ``may_open`` to let somebody see and edit them; each opening is then recorded as everywhere.
    """

    def may_open(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = super().get_readonly_fields(request, obj)
        if self.may_open(request):
            return given
        return [*given, *(name for name in self._sealed(SealedColumn) if name not in given)]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        given = super().get_exclude(request, obj)
        # Django shows a file that may not be changed by its address, and a sealed file has none.
        return given if self.may_open(request) else [*(given or ()), *self._sealed(SealedFileField)]

    def _sealed(self, kind: type[BoundField]) -> list[str]:
        return [field.name for field in self.model._meta.fields if isinstance(field, kind) and field.editable]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with self._closed(request):
            return _rendered(super().changelist_view(request, *args, **kwargs))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with self._closed(request):
            return _rendered(super().changeform_view(request, *args, **kwargs))

    def _closed(self, request: HttpRequest) -> Any:
        return nullcontext() if self.may_open(request) else carrying_ciphertext()


def _rendered(response: Any) -> HttpResponse:
    # Pages of the administration are rendered after their view: too late to be kept closed.
    if hasattr(response, "render"):
        response.render()
    found: HttpResponse = response
    return found


@checks.register(checks.Tags.admin)
def check_administrations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Django's own ``ModelAdmin`` shows every value in the clear."""
    if not apps.is_installed("django.contrib.admin"):
        return []
    from django.contrib.admin.sites import all_sites

    return [
        checks.Error(f"{type(found).__name__} must derive from SealedAdmin.", obj=model, id="privacy.E011")
        for site in all_sites
        for model, found in site._registry.items()
        if any(isinstance(field, BoundField) for field in model._meta.fields) and not isinstance(found, SealedAdmin)
    ]
