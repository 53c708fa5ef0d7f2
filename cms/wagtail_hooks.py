"""What the editors' administration shows of budgets. Releases are only read there: a correction is a new import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import include, path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from cms.budget.models import Release
from cms.pages.content import admin as content_admin
from cms.reference import admin as _reference  # noqa: F401 - registers its own views

if TYPE_CHECKING:
    from participation.stakeholders.models import User


class ReadOnlyPolicy(ModelPermissionPolicy):  # type: ignore[misc]
    """Those who may read drafts may look; nobody, the superuser included, may change a release here."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action == "view" and user.has_role("editor", "reviewer", "auditor")

    def user_has_any_permission(self, user: User, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


register_permission_policy(Release, ReadOnlyPolicy(Release))


class ReleaseIndex(IndexView):  # type: ignore[misc]
    def get_base_queryset(self) -> QuerySet[Release]:
        return Release.objects.visible_to(self.request.user).select_related("government")

    def get_edit_url(self, instance: Release) -> str:
        """The title leads to the figures as readers will see them."""
        return instance.get_absolute_url()


class ReleaseInspect(InspectView):  # type: ignore[misc]
    def get_queryset(self) -> QuerySet[Release]:
        return Release.objects.visible_to(self.request.user)


class ReleaseViewSet(ModelViewSet):  # type: ignore[misc]
    model = Release
    name = "releases"
    menu_label = _("Budget releases")
    menu_name = "releases"
    icon = "doc-full"
    menu_order = 150
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = ReleaseIndex
    inspect_view_class = ReleaseInspect
    inspect_view_fields = (
        "government",
        "fiscal_year",
        "version",
        "currency",
        "phases",
        "line_count",
        "check_row_count",
        "source_name",
        "source_sha256",
        "imported_at",
        "published_at",
    )
    form_fields = ()
    search_fields = ("government__name", "government__name_en", "source_name")
    search_backend_name = None
    list_display = (
        "__str__",
        Column("line_count", label=_("Lines")),
        Column("source_name", label=_("Source file")),
        Column("imported_at", label=_("Imported")),
        BooleanColumn("published_at", label=_("Published")),
    )
    list_filter = ("fiscal_year",)
    ordering = ("-imported_at",)


@hooks.register("register_admin_viewset")
def register_release_viewset() -> Any:
    return ReleaseViewSet()


class ImportMenuItem(MenuItem):  # type: ignore[misc]
    def is_shown(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.has_role("editor", "reviewer"))


@hooks.register("register_admin_urls")
def register_import_urls() -> Any:
    return [path("budget-import/", include("cms.pages.import_urls"))]


@hooks.register("register_admin_menu_item")
def register_import_menu_item() -> Any:
    return ImportMenuItem(
        _("Import a budget"),
        reverse_lazy("budget_imports:index"),
        name="budget-import",
        icon_name="download",
        order=149,
    )


content_admin.register()
