"""The site with an administration of the specimens beside it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path

from portal import urls
from privacy.sealing.admin import SealedAdmin
from tests.specimens.models import Statement


class ClosedStatements(SealedAdmin, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "body")


class OpenStatements(ClosedStatements):
    def may_open(self, request: HttpRequest) -> bool:
        return True


closed_site = admin.AdminSite(name="closed")
closed_site.register(Statement, ClosedStatements)
open_site = admin.AdminSite(name="open")
open_site.register(Statement, OpenStatements)

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
urlpatterns: list[Any] = [
    path("closed/", closed_site.urls),
    path("open/", open_site.urls),
    *urls.urlpatterns,
]
