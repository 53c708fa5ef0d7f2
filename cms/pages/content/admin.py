"""What the editors' administration offers for content: terms, dates, a chooser of programmes, translations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from cms.budget.models import Programme
from cms.pages.content.actions import submit_translation
from cms.pages.content.agenda import CalendarEntry
from cms.pages.content.consent_notices import ConsentNotice
from cms.pages.content.glossary import GlossaryTerm
from cms.pages.content.translation import UpdateTranslations, translation_into
from portal.errors import NotFound

if TYPE_CHECKING:
    from participation.stakeholders.models import User


class GlossaryTermViewSet(SnippetViewSet):  # type: ignore[misc]
    model = GlossaryTerm
    icon = "openquote"
    menu_label = gettext_lazy("Glossary")
    list_display = ("name", "name_en", "topic")
    list_filter = ("topic",)
    search_fields = ("name", "name_en", "definition", "definition_en")
    search_backend_name = None
    ordering = ("topic", "pk")


class CalendarEntryViewSet(SnippetViewSet):  # type: ignore[misc]
    model = CalendarEntry
    icon = "date"
    menu_label = gettext_lazy("Dates")
    list_display = ("starts_on", "title", "kind")
    list_filter = ("kind",)
    search_fields = ("title", "title_en")
    search_backend_name = None


class ContentViewSetGroup(SnippetViewSetGroup):  # type: ignore[misc]
    items = (GlossaryTermViewSet, CalendarEntryViewSet)
    menu_label = gettext_lazy("Glossary and dates")
    menu_icon = "calendar"
    menu_name = "content"
    menu_order = 160
    add_to_admin_menu = True


class ConsentNoticeViewSet(SnippetViewSet):  # type: ignore[misc]
    """For administrators, as every model that no group was given rights to."""

    model = ConsentNotice
    icon = "clipboard-list"
    menu_label = gettext_lazy("Notices for consent")
    menu_name = "consent-notices"
    menu_order = 905
    add_to_settings_menu = True
    list_display = ("purpose", "title", "title_en")
    search_backend_name = None
    copy_view_enabled = False


class ProgrammeChooserViewSet(ChooserViewSet):  # type: ignore[misc]
    model = Programme
    icon = "folder-open-inverse"
    choose_one_text = gettext_lazy("Choose a programme")
    choose_another_text = gettext_lazy("Choose another programme")
    per_page = 20

    def get_object_list(self) -> QuerySet[Programme]:
        return Programme.objects.filter(lines__release__published_at__isnull=False).distinct()


programme_chooser = ProgrammeChooserViewSet("programme_chooser")


def register_programme_chooser() -> ProgrammeChooserViewSet:
    return programme_chooser


def review_translation(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: then takes over what was translated so far, and hands it to the reviewers."""
    page = get_object_or_404(Page, pk=pk).specific
    if not page.permissions_for_user(request.user).can_edit():
        raise NotFound
    if request.method != "POST":
        return render(request, "cms/content/admin/review_translation.html", {"page": page})
    submit_translation(page, acting_user=cast("User", request.user))
    messages.success(request, _("“%(title)s” waits for a reviewer.") % {"title": page.get_admin_display_title()})
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def translation_buttons(page: Page, user: Any, view_name: str = "", next_url: str | None = None) -> Iterator[Button]:
    """Where a translation is handed to review: in the menu of its page, and in the list of pages."""
    if translation_into(page) is not None and page.permissions_for_user(user).can_edit():
        url = reverse("review_translation", args=[page.pk])
        yield Button(_("Submit the translation for review"), url=url, icon_name="check", priority=65)


def listing_buttons(page: Page, user: Any, next_url: str | None = None) -> Iterator[Button]:
    return translation_buttons(page, user)


def urls() -> list[Any]:
    return [
        path("translations/<int:pk>/review/", review_translation, name="review_translation"),
        # Found before the library's own, which stands further down in INSTALLED_APPS.
        path("localize/update/<int:translation_source_id>/", UpdateTranslations.as_view()),
    ]


def register() -> None:
    """Called once, where Wagtail looks for what an app adds."""
    register_snippet(ContentViewSetGroup)
    register_snippet(ConsentNoticeViewSet)
    hooks.register("register_admin_viewset", register_programme_chooser)
    hooks.register("register_admin_urls", urls)
    hooks.register("register_page_header_buttons", translation_buttons)
    hooks.register("register_page_listing_more_buttons", listing_buttons)
