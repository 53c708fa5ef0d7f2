"""Wagtail pages beside the budgets: glossary, calendar, guides and courses, case library, news, and plain pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext_lazy as _
from modelsearch import index
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.budget.models import Programme
from cms.budget.requests import reader_of
from cms.pages.blocks import BodyBlock, QuizBlock
from cms.pages.content import agenda_page, case_filter, glossary, training
from cms.pages.content.forms import ContentPageForm
from cms.pages.content.quiz import Question, questions_of
from cms.pages.models import InLog
from portal.ui.navigation import LanguageLink, language_tag

PER_PAGE = 12


class ContentPage(InLog, Page):
    """What every page of the editors has: a summary, and perhaps a picture that says in words what it shows."""

    summary = models.CharField(_("summary"), max_length=300, blank=True, help_text=_("One or two plain sentences."))
    teaser = models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
    )
    teaser_alt = models.CharField(_("what the picture shows"), max_length=250, blank=True)

    content_panels = (
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel([FieldPanel("teaser"), FieldPanel("teaser_alt")], heading=_("Picture for lists")),
    )
    search_fields = (*Page.search_fields, index.SearchField("summary"))
    base_form_class = ContentPageForm

    class Meta:
        abstract = True

    def language_links(self) -> list[LanguageLink]:
        """This page in each language. Where it is not translated, the link leads to this page with a word about it."""
        live = {page.locale.language_code: page for page in self.get_translations().live().select_related("locale")}
        here = self.locale.language_code
        links = []
        for code, _name in settings.LANGUAGES:
            with override(code):
                if code == here:
                    url = self.url
                elif code in live:
                    url = live[code].url
                else:
                    url = f"{self.url}?{UNTRANSLATED}={code}"
            links.append(LanguageLink(language_tag(code), get_language_info(code)["name_local"], url, code == here))
        return links

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        links = self.language_links()
        wanted = request.GET.get(UNTRANSLATED, "")
        missing = wanted in dict(settings.LANGUAGES) and not any(
            link.code == language_tag(wanted) and UNTRANSLATED not in link.url for link in links
        )
        there = [link for link in links if UNTRANSLATED not in link.url]
        addresses = {link.code: request.build_absolute_uri(link.url) for link in there}
        default = addresses.get(language_tag(settings.LANGUAGE_CODE))
        return {
            **super().get_context(request, *args, **kwargs),
            "reader": reader_of(request),
            "language_links": links,
            "alternates": [*addresses.items(), *([("x-default", default)] if default else [])],
            "untranslated": wanted if missing else "",
            "untranslated_tag": language_tag(wanted) if missing else "",
            "above": [page for page in self.get_ancestors().live() if page.depth > HOME_DEPTH],
        }


UNTRANSLATED = "untranslated"
# Root, then home: neither is shown on the way to a page.
HOME_DEPTH = 2


class StandardPage(ContentPage):
    """A guide, an explanation, or whatever else needs a page."""

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = (*ContentPage.content_panels, FieldPanel("body"))
    search_fields = (*ContentPage.search_fields, index.SearchField("body"))
    parent_page_types = ("cms.HomePage", "cms.GuideIndexPage", "cms.StandardPage")
    subpage_types = ("cms.StandardPage",)
    template = "cms/content/standard.html"

    class Meta:
        verbose_name = _("page")


class ListPage(ContentPage):
    """A page that lists what stands below it, newest first."""

    class Meta:
        abstract = True

    def listed(self) -> Any:
        return self.get_children().live().public().specific().order_by("-first_published_at", "-pk")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.listed(), PER_PAGE).get_page(request.GET.get("page"))
        return {**super().get_context(request, *args, **kwargs), "page_obj": page}


class NewsIndexPage(ListPage):
    parent_page_types = ("cms.HomePage",)
    subpage_types = ("cms.NewsPage",)
    max_count_per_parent = 1
    template = "cms/content/news_index.html"

    class Meta:
        verbose_name = _("list of news")

    def listed(self) -> Any:
        return NewsPage.objects.child_of(self).live().public().select_related("teaser").order_by("-date", "-pk")


class NewsPage(ContentPage):
    date = models.DateField(_("date"), default=timezone.localdate)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = (*ContentPage.content_panels, FieldPanel("date"), FieldPanel("body"))
    search_fields = (*ContentPage.search_fields, index.SearchField("body"), index.FilterField("date"))
    parent_page_types = ("cms.NewsIndexPage",)
    subpage_types = ()
    template = "cms/content/news.html"

    class Meta:
        verbose_name = _("news item")


class CaseIndexPage(ListPage):
    """The library of cases: what came of what people said."""

    parent_page_types = ("cms.HomePage",)
    subpage_types = ("cms.CasePage",)
    max_count_per_parent = 1
    template = "cms/content/case_index.html"

    class Meta:
        verbose_name = _("case library")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        cases = CasePage.objects.child_of(self).live().public()
        chosen = case_filter.chosen_from(request.GET, cases)
        page = Paginator(case_filter.filtered(cases, chosen), PER_PAGE).get_page(request.GET.get("page"))
        return {**super().get_context(request, *args, **kwargs), **chosen.as_context(), "page_obj": page}


class CasePage(ContentPage):
    """A promise that was kept, or was not, told from beginning to end. ``task`` is the number of a rectification task
    (its ``row_id``), as it stands in the address of its page."""

    class Outcome(models.TextChoices):
        KEPT = "kept", _("promise kept")
        PARTLY = "partly", _("partly kept")
        NOT_KEPT = "not_kept", _("not kept")

    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, default=Outcome.KEPT)
    year = models.PositiveSmallIntegerField(
        _("year"), default=2025, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    task = models.UUIDField(
        _("task"), null=True, blank=True, help_text=_("The number of the task, from the address of its page.")
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = (
        *ContentPage.content_panels,
        MultiFieldPanel(
            [FieldPanel("outcome"), FieldPanel("year"), FieldPanel("programme"), FieldPanel("task")],
            heading=_("What it is about"),
        ),
        FieldPanel("body"),
    )
    search_fields = (*ContentPage.search_fields, index.SearchField("body"))
    parent_page_types = ("cms.CaseIndexPage",)
    subpage_types = ()
    template = "cms/content/case.html"

    class Meta:
        verbose_name = _("case")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        reader = reader_of(request)
        programme = None
        if self.programme_id:
            visible = Programme.objects.visible_to(reader).select_related("department")
            programme = visible.filter(pk=self.programme_id).first()
        return {**super().get_context(request, *args, **kwargs), "programme": programme}


class GlossaryPage(ContentPage):
    """The terms, by topic. What they mean is kept once for both languages, see ``GlossaryTerm``."""

    parent_page_types = ("cms.HomePage",)
    subpage_types = ()
    max_count_per_parent = 1
    template = "cms/content/glossary.html"

    class Meta:
        verbose_name = _("glossary")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), **glossary.page_context(request.GET)}


class CalendarPage(ContentPage):
    parent_page_types = ("cms.HomePage",)
    subpage_types = ()
    max_count_per_parent = 1
    template = "cms/content/calendar.html"

    class Meta:
        verbose_name = _("calendar")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        shown = agenda_page.page_context(request.GET, reader_of(request))
        return {**super().get_context(request, *args, **kwargs), **shown}


class GuideIndexPage(ListPage):
    parent_page_types = ("cms.HomePage",)
    subpage_types = ("cms.CoursePage", "cms.StandardPage")
    max_count_per_parent = 1
    template = "cms/content/guide_index.html"

    class Meta:
        verbose_name = _("guides and training")

    def listed(self) -> Any:
        """In the order in which editors have put them."""
        return self.get_children().live().public().specific()

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        courses = [page for page in context["page_obj"] if isinstance(page, CoursePage)]
        guides = [page for page in context["page_obj"] if not isinstance(page, CoursePage)]
        return {**context, "courses": training.with_progress(courses, reader_of(request)), "guides": guides}


class CoursePage(ContentPage):
    """A short course: lessons in their order, and a quiz that decides over the certificate."""

    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=20)
    audience = models.CharField(_("who it is for"), max_length=160, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("introduction"), blank=True)
    quiz = StreamField(QuizBlock(), verbose_name=_("quiz"), blank=True)
    pass_mark = models.PositiveSmallIntegerField(
        _("share of right answers that passes, in per cent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )

    content_panels = (
        *ContentPage.content_panels,
        MultiFieldPanel([FieldPanel("minutes"), FieldPanel("audience")], heading=_("For whom")),
        FieldPanel("body"),
        FieldPanel("quiz"),
        FieldPanel("pass_mark"),
    )
    search_fields = (*ContentPage.search_fields, index.SearchField("body"))
    parent_page_types = ("cms.GuideIndexPage",)
    subpage_types = ("cms.LessonPage",)
    template = "cms/content/course.html"

    class Meta:
        verbose_name = _("course")

    def questions(self) -> list[Question]:
        return questions_of(self.quiz)

    def lessons(self) -> list[LessonPage]:
        return list(LessonPage.objects.child_of(self).live().public().order_by("path"))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return {**context, "progress": training.progress_in(self, reader_of(request))}


class LessonPage(ContentPage):
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=5)
    body = StreamField(BodyBlock(), verbose_name=_("body"))

    content_panels = (*ContentPage.content_panels, FieldPanel("minutes"), FieldPanel("body"))
    search_fields = (*ContentPage.search_fields, index.SearchField("body"))
    parent_page_types = ("cms.CoursePage",)
    subpage_types = ()
    template = "cms/content/lesson.html"

    class Meta:
        verbose_name = _("lesson")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        course = self.get_parent().specific
        context = super().get_context(request, *args, **kwargs)
        return {**context, "course": course, **training.place_in(course, self, reader_of(request))}
