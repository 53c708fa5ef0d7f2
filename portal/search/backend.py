"""Wagtail search on SQLite or PostgreSQL, for languages that separate words and for Chinese, which does not."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db import connection
from modelsearch.backends.base import BaseSearchBackend, EmptySearchResults
from modelsearch.index import AutocompleteField, RelatedFields, SearchField
from modelsearch.query import And, Or, Phrase, PlainText

from portal.search.text import index_text, query_words


class Cut:
    """An object as the indexer sees it: the same fields, their text cut into words."""

    def __init__(self, subject: Any) -> None:
        self.subject = subject
        self.pk = subject.pk

    def get_search_fields(self) -> list[Any]:
        return [cut_field(field) for field in self.subject.get_search_fields()]


def cut_field(field: Any) -> Any:
    """A twin of an index field that reads from an object, or from one in a ``Cut``, and cuts what it reads."""
    if not isinstance(field, SearchField | AutocompleteField | RelatedFields):
        return field
    twin = copy(field)
    if isinstance(field, RelatedFields):
        twin.fields = [cut_field(inner) for inner in field.fields]
    twin.get_value = lambda subject: _cut(field.get_value(subject.subject if isinstance(subject, Cut) else subject))
    return twin


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return index_text(value)
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return value


def _cut_query(query: Any) -> Any:
    """A query as texts are cut, whether it is typed or, as in the administration, taken apart before: a phrase of
    Chinese becomes words that all have to be there. None where nothing in it can be found."""
    match query:
        case str():
            return " ".join(query_words(query)) or None
        case PlainText():
            words = " ".join(query_words(query.query_string))
            return PlainText(words, operator=query.operator, boost=query.boost) if words else None
        case Phrase():
            words = " ".join(query_words(query.query_string))
            return PlainText(words, operator="and") if words else None
        case And() | Or():
            parts = [cut for part in query.subqueries if (cut := _cut_query(part)) is not None]
            return type(query)(parts) if parts else None
    return query


class CuttingIndex:
    """Mixin for an index: what is added is cut first."""

    def add_items(self, model: Any, subjects: Iterable[Any]) -> None:
        super().add_items(model, [Cut(subject) for subject in subjects])  # type: ignore[misc]


class CuttingBackend:
    """Mixin for a backend: queries are cut as the indexed text is, and are only words, never query syntax."""

    def _search(self, compiler: Any, query: Any, model_or_queryset: Any, **options: Any) -> Any:
        query = _cut_query(query)
        if query is None:
            return EmptySearchResults()
        return super()._search(compiler, query, model_or_queryset, **options)  # type: ignore[misc]


def SearchBackend(params: dict[str, Any]) -> BaseSearchBackend:  # noqa: N802 - Wagtail looks for this name
    """The backend for the database in use. ``simple`` on PostgreSQL: no stemming, as SQLite does none either."""
    if connection.vendor == "postgresql":
        from modelsearch.backends.database.postgres import postgres

        class PostgresCuttingIndex(CuttingIndex, postgres.PostgresIndex):
            pass

        class PostgresCuttingBackend(CuttingBackend, postgres.PostgresSearchBackend):
            index_class = PostgresCuttingIndex

        return PostgresCuttingBackend({"SEARCH_CONFIG": "simple", **params})

    from modelsearch.backends.database.sqlite import sqlite

    class SQLiteCuttingIndex(CuttingIndex, sqlite.SQLiteIndex):
        pass

    class SQLiteCuttingBackend(CuttingBackend, sqlite.SQLiteSearchBackend):
        index_class = SQLiteCuttingIndex

    return SQLiteCuttingBackend(params)
