"""What editors of the city have written: cases, news, and the dates that they announce."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Locale

from cms.pages.content.agenda import CalendarEntry
from cms.pages.content.models import CaseIndexPage, CasePage, ContentPage, NewsIndexPage, NewsPage
from participation.models import RectificationTask, User
from portal.demo.city import City
from portal.demo.content import read
from privacy.history.actor import acting

LANGUAGES = {"zh-hans": "zh", "en": "en"}
DEFAULT = "zh-hans"


@transaction.atomic
def load_pages(city: City) -> None:
    told, reviewer = read("pages"), city.people["reviewer"]
    cases = CaseIndexPage.objects.get(locale__language_code=DEFAULT)
    news = NewsIndexPage.objects.get(locale__language_code=DEFAULT)
    with acting(reviewer):
        for entry in told["case"]:
            if not cases.get_children().filter(slug=entry["slug"]).exists():
                _publish(cases, _case(entry, city), entry, _case_body, reviewer)
        for entry in told["news"]:
            if not news.get_children().filter(slug=entry["slug"]).exists():
                day = timezone.localdate() + timedelta(days=entry["day"])
                _publish(news, NewsPage(date=day), entry, _news_body, reviewer)
    if not CalendarEntry.objects.exists():
        for entry in told["date"]:
            _announce(entry)


def _case(entry: dict[str, Any], city: City) -> CasePage:
    task = RectificationTask.objects.filter(title=entry["task"]).first()
    return CasePage(
        outcome=entry["outcome"],
        year=city.calendar.year,
        programme=city.programmes[entry["programme"]],
        task=task.row_id if task else None,
    )


def _case_body(entry: dict[str, Any], short: str) -> list[tuple[str, Any]]:
    words, who = entry[f"quote_{short}"]
    steps = [{"title": title, "text": text} for title, text in entry[f"steps_{short}"]]
    return [("steps", {"steps": steps}), ("quote", {"text": words, "who": who})]


def _news_body(entry: dict[str, Any], short: str) -> list[tuple[str, Any]]:
    body: list[tuple[str, Any]] = [("text", entry[f"text_{short}"])]
    if entry.get("table"):
        caption = {"zh": "钱花到了哪里", "en": "Where the money goes"}[short]
        body.append(("data_table", {"caption": caption, "release": "newest", "dimension": "function", "rows": 8}))
    return body


def _publish(parent: Any, page: ContentPage, entry: dict[str, Any], body: Any, reviewer: User) -> None:
    """In both languages."""
    parent.refresh_from_db()
    page.slug, page.locale = entry["slug"], Locale.objects.get(language_code=DEFAULT)
    for code, short in LANGUAGES.items():
        if code != DEFAULT:
            page = page.copy_for_translation(Locale.objects.get(language_code=code))
        page.title = page.draft_title = entry[short]["title"]
        page.summary = entry[short]["summary"]
        page.body = body(entry, short)
        if code == DEFAULT:
            parent.add_child(instance=page)
        page.save_revision(user=reviewer).publish(user=reviewer, skip_permission_checks=True)


def _announce(entry: dict[str, Any]) -> None:
    starts = timezone.localdate() + timedelta(days=entry["day"])
    days = entry.get("days", 1)
    CalendarEntry.objects.create(
        kind=entry["kind"],
        title=entry["title"],
        title_en=entry["title_en"],
        place=entry.get("place", ""),
        place_en=entry.get("place_en", ""),
        starts_on=starts,
        starts_at=time.fromisoformat(entry["hour"]) if "hour" in entry else None,
        ends_on=starts + timedelta(days=days - 1) if days > 1 else None,
    )
