"""RSS of the last mile: what was opened, and what was verified, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from participation.rectification.forms import FilterForm
from participation.rectification.models import RectificationTask
from participation.rectification.tracker import TaskFilter, departments_with_tasks, matching
from portal.ui.furniture import local

ITEMS = 50


class Tasks(Feed[RectificationTask, TaskFilter]):
    """The same for every reader: drafts are in nobody's feed. Takes the filters of the tracker."""

    title: Any = _("Promises kept")
    description: Any = _("Every promise: who is responsible, by when, what was done, and who verified it.")
    item_guid_is_permalink = False

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().__call__(request, *args, **kwargs)
        # Feed readers are other programs, some of them in browsers.
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> TaskFilter:
        form = FilterForm(request.GET)
        form.fields["department"].queryset = departments_with_tasks(AnonymousUser())  # type: ignore[attr-defined]
        return form.chosen()

    def link(self, chosen: TaskFilter) -> str:
        return reverse("participation:rectification:index")

    def items(self, chosen: TaskFilter) -> list[RectificationTask]:
        public = matching(AnonymousUser(), chosen)
        return list(public.annotate(moved=Coalesce("verified_at", "created")).order_by("-moved", "-pk")[:ITEMS])

    def item_title(self, item: RectificationTask) -> str:
        return f"{item.reference} · {local(item, 'title')}"

    def item_description(self, item: RectificationTask) -> str:
        return f"{item.get_status_display()} · {local(item.department, 'name')} · {item.due_on.isoformat()}"

    def item_link(self, item: RectificationTask) -> str:
        return item.get_absolute_url()

    def item_guid(self, item: RectificationTask) -> str:
        return f"urn:uuid:{item.row_id}:{item.status}"

    def item_pubdate(self, item: RectificationTask) -> datetime:
        return item.verified_at or item.created
