"""The form in which an editor writes a disclosure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wagtail.admin.forms import WagtailAdminPageForm

from cms.budget.models import Release

if TYPE_CHECKING:
    from cms.pages.models import DisclosurePage

RELEASES_OFFERED = 100


class DisclosurePageForm(WagtailAdminPageForm):
    """Offers the releases that have no page in this language yet. Once a page has been live, its release stays."""

    instance: DisclosurePage

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "release" not in self.fields:
            return
        field = self.fields["release"]
        if self.instance.first_published_at:
            field.disabled = True
            return
        locale = self.instance.locale_id or (self.parent_page and self.parent_page.locale_id)
        taken = type(self.instance).objects.filter(locale=locale).exclude(pk=self.instance.pk)
        free = Release.objects.exclude(pk__in=taken.values("release")).order_by("-imported_at")
        offered = [*free.values_list("pk", flat=True)[:RELEASES_OFFERED], self.instance.release_id]
        field.queryset = Release.objects.filter(pk__in=offered).select_related("government").order_by("-imported_at")
