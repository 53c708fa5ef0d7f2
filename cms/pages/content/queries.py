"""Pages of the editors as a reader may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from wagtail.models import Page

from cms.pages.content.models import (
    CalendarPage,
    CaseIndexPage,
    CasePage,
    CoursePage,
    GlossaryPage,
    GuideIndexPage,
    LessonPage,
    NewsIndexPage,
    NewsPage,
    StandardPage,
)
from cms.pages.content.training import Certificate
from portal.errors import NotFound

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

FEED_KINDS = (NewsPage, CasePage, CoursePage, StandardPage)


def glossary_page(language: str | None) -> GlossaryPage | None:
    page: GlossaryPage | None = GlossaryPage.objects.live().filter(locale__language_code=language).first()
    return page


SECTIONS: dict[str, type[Page]] = {
    "guides": GuideIndexPage,
    "calendar": CalendarPage,
    "cases": CaseIndexPage,
    "news": NewsIndexPage,
}


def section_page(name: str, language: str | None) -> Page | None:
    page: Page | None = SECTIONS[name].objects.live().filter(locale__language_code=language).first()
    return page


def course_found(key: UUID, language: str | None) -> CoursePage:
    """A live course by its translation key, in the reader's language or, failing that, in another one.

    Raises ``NotFound``.
    """
    found = list(CoursePage.objects.live().public().filter(translation_key=key).select_related("locale"))
    if not found:
        raise NotFound
    course: CoursePage = next((page for page in found if page.locale.language_code == language), found[0])
    return course


def lesson_found(key: UUID, language: str | None) -> LessonPage:
    """The same for a lesson."""
    found = list(LessonPage.objects.live().public().filter(translation_key=key).select_related("locale"))
    if not found:
        raise NotFound
    lesson: LessonPage = next((page for page in found if page.locale.language_code == language), found[0])
    return lesson


def certificate_found(code: str) -> Certificate:
    """Whoever has the code may read it. Raises ``NotFound``."""
    found = Certificate.objects.with_code(code).select_related("person").first()
    if found is None:
        raise NotFound
    return found


def certificates_of(person: User | AnonymousUser) -> list[Certificate]:
    return list(Certificate.objects.visible_to(person))


def latest_pages(language: str | None, count: int) -> list[Page]:
    """What editors published last in a language, for feeds: news, cases, courses and guides."""
    found: list[Page] = []
    for model in FEED_KINDS:
        pages = model.objects.live().public().filter(locale__language_code=language)
        found.extend(pages.order_by("-first_published_at", "-pk")[:count])
    return sorted(found, key=lambda page: page.first_published_at, reverse=True)[:count]
