"""What became of a disclosure page, from Wagtail's own log: in the look of every other history."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from wagtail.models import PageLogEntry

from cms.pages.models import DisclosurePage
from portal.errors import NotFound
from privacy.history.directory import directory, standing_in_words
from privacy.history.queries import Change

SHOWN = 30
# What is done to a draft before it is published is the editors' business.
PUBLIC_ACTIONS: dict[str, str | Promise] = {
    "wagtail.publish": _("Published"),
    "wagtail.unpublish": _("Withdrawn"),
    "wagtail.workflow.approve": _("Approved by a reviewer"),
}
COMPARED = ("title", "summary", "body", "release")


@require_safe
def page_history(request: HttpRequest, pk: int) -> HttpResponse:
    page: Any = DisclosurePage.objects.visible_to(request.user).filter(id=pk).first()
    if page is None:
        raise NotFound
    listed = Paginator(changes_of(page), SHOWN).get_page(request.GET.get("page"))
    context = {"name": page.title, "address": page.url, "changes": listed.object_list, "page": listed}
    return render(request, "privacy/history/record.html", context)


def changes_of(page: Any) -> list[Change]:
    """Every publication and withdrawal, newest first, and which fields differ from the edition published before.

    What an earlier edition said is not told: it may have been taken back for good reason.
    """
    logged = (
        PageLogEntry.objects.filter(page=page.pk, action__in=PUBLIC_ACTIONS)
        .select_related("user", "revision")
        .order_by("timestamp", "pk")
    )
    standings = directory().standings_at((entry.user_id, entry.timestamp) for entry in logged if entry.user_id)
    changes: list[Change] = []
    published: dict[str, Any] = {}
    for entry in logged:
        standing = standings.get((entry.user_id, entry.timestamp))
        changed: tuple[str, ...] = ()
        if entry.action == "wagtail.publish" and entry.revision is not None:
            content = {name: entry.revision.content.get(name) for name in COMPARED}
            if published:
                changed = tuple(
                    str(DisclosurePage._meta.get_field(name).verbose_name)
                    for name in COMPARED
                    if content[name] != published[name]
                )
            published = content
        changes.append(
            Change(
                when=entry.timestamp,
                who=entry.user.display_name if entry.user else str(_("system")),
                role=standing_in_words(standing.roles, standing.department) if standing else "",
                reason=entry.comment,
                kind="changed",
                changed=changed,
                title=str(PUBLIC_ACTIONS[entry.action]),
            )
        )
    return changes[::-1]
