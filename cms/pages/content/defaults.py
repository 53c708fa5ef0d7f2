"""The pages that a new installation starts with: sections, three courses, and the glossary.

Everything is created only where it is missing; what editors have changed, moved or withdrawn is left alone.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Locale, Page
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms.pages.content.agenda import CalendarEntry
from cms.pages.content.glossary import GlossaryTerm, load_terms
from cms.pages.content.models import (
    CalendarPage,
    CaseIndexPage,
    ContentPage,
    CoursePage,
    GlossaryPage,
    GuideIndexPage,
    LessonPage,
    NewsIndexPage,
)
from cms.pages.models import HomePage
from cms.pages.site import PAGE_PERMISSIONS, give_to_editors

DATA = Path(__file__).parent / "data"
LANGUAGES = {"zh-hans": "zh", "en": "en"}
SECTIONS: tuple[tuple[type[ContentPage], str, dict[str, tuple[str, str]]], ...] = (
    (
        GuideIndexPage,
        "guides",
        {
            "zh": (
                "指南与培训",
                "几堂短课，学会读预算、提意见、做评价。不用注册也能学；登录后可以留下进度，拿到证书。",
            ),
            "en": (
                "Guides and training",
                "Short courses on reading a budget, giving feedback and evaluating. Open to everybody; whoever signs "
                "in keeps the progress and gets a certificate.",
            ),
        },
    ),
    (
        GlossaryPage,
        "glossary",
        {
            "zh": ("名词解释", "预算和绩效里的词，用平常话说一遍，并注明依据。"),
            "en": ("Glossary", "The words of budgets and performance in plain language, with the rule behind each."),
        },
    ),
    (
        CalendarPage,
        "calendar",
        {
            "zh": ("日历", "什么时候公开、什么时候征求意见、什么时候开会。可以订阅到自己的日历里。"),
            "en": ("Calendar", "When budgets are published, when you can have your say, when meetings take place."),
        },
    ),
    (
        CaseIndexPage,
        "cases",
        {
            "zh": ("案例库", "大家说过的话后来怎么样了：办成的，也包括没办成的。"),
            "en": ("Cases", "What became of what people said: promises that were kept, and those that were not."),
        },
    ),
    (
        NewsIndexPage,
        "news",
        {
            "zh": ("动态", "新公开的预算、新开始的征求意见，以及网站的变化。"),
            "en": ("News", "New budgets, new consultations, and changes of this site."),
        },
    ),
)


@transaction.atomic
def build_content() -> None:
    """Sections and courses in both languages, beneath the home page that ``build_site`` has made."""
    load_terms()
    default = Locale.objects.get(language_code=settings.LANGUAGE_CODE)
    home = HomePage.objects.get(locale=default)
    for model, slug, words in SECTIONS:
        if not model.objects.exists():
            _create(home, model, slug, {code: _told(*words[short]) for code, short in LANGUAGES.items()})
    sections = [page for model, _slug, _words in SECTIONS for page in model.objects.all()]
    give_to_editors(sections)
    _give_snippets_to_editors()
    guides = GuideIndexPage.objects.filter(locale=default).first()
    if guides is not None and not CoursePage.objects.exists():
        # The courses use no picture and no document that somebody could ask the use of.
        with disable_reference_index_auto_update():
            for path in sorted((DATA / "courses").glob("*.toml")):
                _course(guides, tomllib.loads(path.read_text("utf-8")))


def _told(title: str, summary: str) -> dict[str, Any]:
    return {"title": title, "summary": summary}


def _course(guides: Page, given: dict[str, Any]) -> None:
    def words(short: str) -> dict[str, Any]:
        told = given[short]
        return {
            **_told(told["title"], told["summary"]),
            "audience": told["audience"],
            "body": [_piece(piece) for piece in told["intro"]],
            "quiz": [_question(entry[short], entry["right"]) for entry in given["question"]],
        }

    texts = {code: words(short) for code, short in LANGUAGES.items()}
    course = _create(guides, CoursePage, given["slug"], texts, minutes=given["minutes"])
    for lesson in given["lesson"]:
        told = {
            code: {
                **_told(lesson[short]["title"], lesson[short]["summary"]),
                "body": [_piece(piece) for piece in lesson[short]["body"]],
            }
            for code, short in LANGUAGES.items()
        }
        _create(course, LessonPage, lesson["slug"], told, minutes=lesson["minutes"])


def _piece(piece: dict[str, Any]) -> tuple[str, Any]:
    """A block as the data file writes it, as a StreamField takes it."""
    (kind, value), *others = piece.items()
    match kind:
        case "callout":
            return kind, {"tone": "note", "text": value}
        case "steps":
            return kind, {"steps": [{"title": title, "text": text} for title, text in value]}
        case "faq":
            return kind, {"questions": [{"question": question, "answer": answer} for question, answer in value]}
        case "data_table":
            return kind, {"caption": dict(others)["caption"], "dimension": value, "release": "newest", "rows": 8}
    return kind, value


def _question(words: dict[str, Any], right: list[int]) -> tuple[str, Any]:
    options = [{"text": text, "is_right": place in right} for place, text in enumerate(words["options"])]
    return "question", {"question": words["question"], "options": options, "explanation": words["explanation"]}


def _create(
    parent: Page, model: type[ContentPage], slug: str, words: dict[str, dict[str, Any]], **values: Any
) -> ContentPage:
    """A page in the default language with its translations, all of them published."""
    default = settings.LANGUAGE_CODE
    parent.refresh_from_db()
    locale = Locale.objects.get(language_code=default)
    page: ContentPage = parent.add_child(instance=model(slug=slug, locale=locale, **values, **words[default]))
    page.save_revision().publish()
    for code, told in words.items():
        if code == default:
            continue
        translation = page.copy_for_translation(Locale.objects.get(language_code=code))
        for name, value in told.items():
            setattr(translation, name, value)
        translation.draft_title = translation.title
        translation.save_revision().publish()
    return page


def _give_snippets_to_editors() -> None:
    """Editors and reviewers write terms and dates."""
    types = ContentType.objects.get_for_models(GlossaryTerm, CalendarEntry).values()
    names = [f"{action}_{kind.model}" for kind in types for action in ("add", "change", "delete", "view")]
    wanted = Permission.objects.filter(content_type__in=types, codename__in=names)
    for group in Group.objects.filter(name__in=PAGE_PERMISSIONS):
        group.permissions.add(*wanted)
