"""What a reader finds: pages, glossary, departments, programmes, codes and lines, each by any part of a name or code.

Records are looked up by substring in the database. Pages have text of any length: the index proposes them, and what
it proposes is held against the text itself, so that here, too, a term stands in the page as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, When
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from modelsearch.index import SearchField
from wagtail.models import Locale, Page

from cms.budget.line_table import NAMES, LineRow, described, said, search_lines
from cms.budget.models import Department, Line, Phase, Programme, Release
from cms.budget.queries import Reader
from cms.classification.models import ClassificationEntry, DepartmentAlias, ProgrammeAlias
from cms.pages.content.glossary import GlossaryTerm
from cms.search.asked import Asked
from portal.search.folding import contains_all, fold, highlight, snippet
from portal.search.text import HAN, pairs

# Pages that the index may propose; beyond it a query says too little to be worth reading them all.
PAGES_AT_MOST = 300
CODES_AT_MOST = 2000
SUGGESTED = 6
PROPOSED = 8
NEAR_AT_MOST = 200
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Hit:
    """One thing that was found. ``title`` and ``text`` have the terms marked; ``facts`` say where it belongs."""

    title: SafeString
    url: str
    facts: tuple[str, ...] = ()
    text: SafeString | str = ""


def _local(record: Any, name: str, language: str) -> str:
    plain, english = getattr(record, name), getattr(record, f"{name}_en", "")
    return (english or plain) if language == "en" else (plain or english)


def _title(record: Any, asked: Asked, language: str) -> tuple[SafeString, SafeString | str]:
    """The name in the reader's language, and the other one where only that has what was asked for."""
    shown = _local(record, "name", language)
    other = record.name if shown != record.name else record.name_en
    beside = highlight(other, asked.terms) if other and not contains_all(shown, asked.terms) else ""
    return highlight(shown, asked.terms), beside if "<mark>" in beside else ""


# Departments and programmes --------------------------------------------------------------------------


def departments(asked: Asked, reader: Reader) -> QuerySet[Department]:
    found: QuerySet[Department] = Department.objects.visible_to(reader).select_related("government")
    for term in asked.terms:
        also = DepartmentAlias.objects.standing().filter(said(NAMES, term)).values("department")
        found = found.filter(said(NAMES, term) | Q(pk__in=also))
    if asked.department:
        found = found.filter(row_id=asked.department)
    return _in_year(found, "department", asked, reader).order_by("code", "name", "pk")


def programmes(asked: Asked, reader: Reader) -> QuerySet[Programme]:
    found: QuerySet[Programme] = Programme.objects.visible_to(reader).select_related("department__government")
    for term in asked.terms:
        also = ProgrammeAlias.objects.standing().filter(said(NAMES, term)).values("programme")
        found = found.filter(said(NAMES, term) | Q(pk__in=also))
    if asked.department:
        found = found.filter(department__row_id=asked.department)
    return _in_year(found, "programme", asked, reader).order_by("code", "name", "pk")


def _in_year(found: QuerySet[Any], owner: str, asked: Asked, reader: Reader) -> QuerySet[Any]:
    if asked.year is None:
        return found
    releases = Release.objects.visible_to(reader).filter(fiscal_year=asked.year)
    lines = Line.objects.filter(release__in=releases, **{owner: OuterRef("pk")})
    return found.filter(Exists(lines))


def hits_of_departments(found: Iterable[Department], asked: Asked, language: str) -> list[Hit]:
    hits = []
    for department in found:
        title, beside = _title(department, asked, language)
        government = _local(department.government, "name", language)
        facts = tuple(fact for fact in (government, department.code) if fact)
        hits.append(Hit(title, department.get_absolute_url(), facts, beside))
    return hits


def hits_of_programmes(found: Iterable[Programme], asked: Asked, language: str) -> list[Hit]:
    hits = []
    for programme in found:
        title, beside = _title(programme, asked, language)
        department = _local(programme.department, "name", language)
        facts = tuple(fact for fact in (department, programme.code) if fact)
        hits.append(Hit(title, programme.get_absolute_url(), facts, beside))
    return hits


# Codes -------------------------------------------------------------------------------------------------


def codes(asked: Asked) -> list[ClassificationEntry]:
    """Each code once, as its newest edition has it, or the newest that was valid in the year; one query."""
    found = ClassificationEntry.objects.select_related("version")
    for term in asked.terms:
        found = found.filter(said((*NAMES, "meaning", "meaning_en"), term))
    if asked.year is not None:
        found = found.filter(
            Q(version__valid_from__isnull=True) | Q(version__valid_from__lte=asked.year),
            Q(version__valid_until__isnull=True) | Q(version__valid_until__gte=asked.year),
        )
    newest: dict[tuple[str, str], ClassificationEntry] = {}
    for entry in found.order_by("version__valid_from", "version")[:CODES_AT_MOST]:
        newest[entry.version.scheme, entry.code] = entry
    return sorted(newest.values(), key=lambda entry: (entry.version.scheme, len(entry.code), entry.code))


def hits_of_codes(found: Iterable[ClassificationEntry], asked: Asked, language: str) -> list[Hit]:
    hits = []
    for entry in found:
        title, beside = _title(entry, asked, language)
        meaning = _local(entry, "meaning", language)
        facts = (str(entry.version.get_scheme_display()), entry.code)
        hits.append(Hit(title, entry.get_absolute_url(), facts, snippet(meaning, asked.terms) if meaning else beside))
    return hits


# Pages -------------------------------------------------------------------------------------------------


def text_of(page: Page) -> str:
    """Everything that a page declares to be searchable, as plain text."""
    return " ".join(
        SPACES.sub(" ", unescape(strip_tags(piece.replace("<", " <")))).strip()
        for field in page.get_search_fields()
        if isinstance(field, SearchField)
        for piece in _pieces(field.get_value(page))
    )


def _pieces(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [piece for item in value for piece in _pieces(item)]
    if isinstance(value, dict):
        return [piece for item in value.values() for piece in _pieces(item)]
    return []


def pages(asked: Asked, reader: Reader, language: str | None) -> list[Page]:
    """The pages that have every term, each in the reader's language where it has been translated.

    A text in one language finds the page in the other, too: the two are translations of each other. A page of a
    release that is not public is not public, either. The number of queries grows with the kinds of pages only.
    """
    live = Page.objects.live().public()
    titled = live.all()
    for term in asked.terms:
        titled = titled.filter(said(("title",), term))
    proposed = [hit.pk for hit in live.search(" ".join(asked.terms))[:PAGES_AT_MOST]]
    proposed += titled.exclude(pk__in=proposed).values_list("pk", flat=True)[:PAGES_AT_MOST]
    keys = list(
        dict.fromkeys(
            page.translation_key
            for page in sorted(live.filter(pk__in=proposed).specific(), key=lambda page: proposed.index(page.pk))
            if contains_all(text_of(page), asked.terms)
        )
    )
    readable: dict[Any, Page] = {}
    own = Locale.objects.filter(language_code=language).values_list("pk", flat=True).first()
    for page in live.filter(translation_key__in=keys).specific():
        if page.translation_key not in readable or page.locale_id == own:
            readable[page.translation_key] = page
    releases: dict[Any, int] = dict(Release.objects.visible_to(reader).values_list("pk", "fiscal_year"))
    found: list[Page] = []
    for key in keys:
        page = readable[key]
        release_id = getattr(page, "release_id", None)
        if release_id is not None and release_id not in releases:
            continue
        if asked.year is not None and releases.get(release_id) != asked.year:
            continue
        found.append(page)
    return found


def hits_of_pages(found: Iterable[Page], asked: Asked, language: str) -> list[Hit]:
    return [
        Hit(
            highlight(page.title, asked.terms),
            page.url or "",
            (str(page.specific_class._meta.verbose_name),),
            snippet(text_of(page).removeprefix(page.title).strip(), asked.terms),
        )
        for page in found
    ]


# Glossary ----------------------------------------------------------------------------------------------


def glossary_terms(asked: Asked, reader: Reader) -> QuerySet[GlossaryTerm]:
    """Terms by their names, other forms and meanings in either language; those whose name has it first."""
    found: QuerySet[GlossaryTerm] = GlossaryTerm.objects.visible_to(reader)
    named = Q()
    for term in asked.terms:
        found = found.filter(said(("name", "name_en", "aliases", "aliases_en", "definition", "definition_en"), term))
        named &= said(("name", "name_en"), term)
    is_named = Case(When(named, then=0), default=1, output_field=IntegerField())
    return found.order_by(is_named, "name", "pk")


def hits_of_terms(found: Iterable[GlossaryTerm], asked: Asked, language: str) -> list[Hit]:
    hits = []
    for term in found:
        title, beside = _title(term, asked, language)
        meaning = _local(term, "definition", language)
        facts = (str(term.get_topic_display()),)
        hits.append(Hit(title, term.get_absolute_url(), facts, snippet(meaning, asked.terms) or beside))
    return hits


# Lines -------------------------------------------------------------------------------------------------


def lines(asked: Asked, reader: Reader) -> QuerySet[Line]:
    """Facts of the last version of each year, newest year first."""
    releases = Release.objects.visible_to(reader).newest_versions()
    if asked.year is not None:
        releases = releases.filter(fiscal_year=asked.year)
    found = Line.objects.filter(release__in=releases, is_leaf=True)
    if asked.department:
        found = found.filter(department__row_id=asked.department)
    searched = search_lines(found, asked.text).select_related("release__government", "department", "programme")
    return searched.order_by("-release__fiscal_year", "release__government", "row_number")


def rows_of(found: Iterable[Line]) -> list[LineRow]:
    return described(found, Phase)


# What to choose from -----------------------------------------------------------------------------------


def years(reader: Reader) -> list[int]:
    found = Release.objects.visible_to(reader).order_by("-fiscal_year").values_list("fiscal_year", flat=True)
    return list(found.distinct())


def all_departments(reader: Reader) -> list[Department]:
    return list(Department.objects.visible_to(reader).order_by("government", "code", "name"))


def completions(asked: Asked, reader: Reader, language: str) -> list[str]:
    """Names of departments, programmes, codes and terms that have everything typed, those that begin with it first;
    four queries."""
    names = [
        *(_local(found, "name", language) for found in departments(asked, reader)[:PROPOSED]),
        *(_local(found, "name", language) for found in programmes(asked, reader)[:PROPOSED]),
        *(_local(found, "name", language) for found in codes(asked)[:PROPOSED]),
        *(_local(found, "name", language) for found in glossary_terms(asked, reader)[:PROPOSED]),
    ]
    begun = fold(asked.text)
    ordered = sorted(dict.fromkeys(names), key=lambda name: (not fold(name).startswith(begun), len(name), name))
    return ordered[:PROPOSED]


def suggestions(asked: Asked, reader: Reader, language: str) -> list[str]:
    """Names that share the most pairs of characters, or beginnings of words, with what was asked; four queries."""
    parts = _parts(asked.text)
    if not parts:
        return []
    near = Q()
    for part in parts:
        near |= said(("name", "name_en"), part)
    records: list[Any] = [
        *Department.objects.visible_to(reader).filter(near)[:NEAR_AT_MOST],
        *Programme.objects.visible_to(reader).filter(near)[:NEAR_AT_MOST],
        *ClassificationEntry.objects.filter(near)[:NEAR_AT_MOST],
    ]
    scored = [
        (-sum(contains_all(f"{record.name} {record.name_en}", [part]) for part in parts), len(record.name), record)
        for record in records
    ]
    ordered = sorted(scored, key=lambda entry: entry[:2])
    return list(dict.fromkeys(_local(record, "name", language) for _score, _length, record in ordered))[:SUGGESTED]


def _parts(text: str) -> list[str]:
    runs = HAN.findall(text)
    chinese = [pair for run in runs for pair in pairs(run)]
    words = [word[:4] for word in HAN.sub(" ", text).split() if len(word) >= 3]
    return list(dict.fromkeys([*chinese, *words]))[:12]
