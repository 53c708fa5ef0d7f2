"""Open API: findings of the cross-checks, disclosure tables, and the classifications that codes belong to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Schema
from pydantic import Field

from cms.budget.checks.models import CheckFinding
from cms.budget.requests import reader_of
from cms.budget.tables import DisclosureTable, TableRow
from cms.classification.models import ClassificationEntry, ClassificationVersion
from cms.open_data.api.budget import Code, PartOut, Words, named_like
from cms.open_data.api.paging import Asked, ListOut, Window
from portal.errors import NotFound

router = Router()


class OfRelease(Window):
    release: UUID | None = None
    department: UUID | None = None


class CheckFilters(OfRelease):
    severity: Literal["error", "warn", "info"] | None = None
    rule: Code = ""


class EntryFilters(Window):
    prefix: Annotated[Code, Field(description=_("Beginning of the code"))] = ""
    q: Words = ""


class FindingOut(Schema):
    """Amounts are in minor units. ``override``: why the release was published all the same, in the words of whoever
    answers for it."""

    row_id: UUID
    release: Annotated[UUID, Field(validation_alias="release.row_id")]
    department: PartOut | None
    rule: Annotated[str, Field(validation_alias="rule_id")]
    severity: str
    table: UUID | None
    table_row: int | None
    line: UUID | None
    left: Annotated[int | None, Field(validation_alias="left_amount")]
    right: Annotated[int | None, Field(validation_alias="right_amount")]
    difference: int | None
    detail: dict[str, Any]
    override: str | None
    found_at: datetime

    @staticmethod
    def resolve_table(finding: CheckFinding) -> UUID | None:
        return finding.table.row_id if finding.table else None

    @staticmethod
    def resolve_table_row(finding: CheckFinding) -> int | None:
        return finding.table_row.source_row if finding.table_row else None

    @staticmethod
    def resolve_line(finding: CheckFinding) -> UUID | None:
        return finding.line.row_id if finding.line else None

    @staticmethod
    def resolve_override(finding: CheckFinding) -> str | None:
        return finding.override.reason if hasattr(finding, "override") else None


class TableOut(Schema):
    """One of the nine tables of a department's document. ``unit``: in how many 元 the source printed it."""

    row_id: UUID
    release: Annotated[UUID, Field(validation_alias="release.row_id")]
    department: PartOut | None
    kind: str
    position: int
    title: str
    unit: int
    columns: list[str]
    note: str


class TableRowOut(Schema):
    position: int
    source_row: int
    side: str
    mark: str
    code: str
    label: str
    amounts: dict[str, int | None]


class EditionOut(Schema):
    """One edition of a classification, valid for the fiscal years between ``valid_from`` and ``valid_until``."""

    row_id: UUID
    scheme: str
    label: str
    jurisdiction: str
    name: str
    name_en: str
    valid_from: int | None
    valid_until: int | None
    source: str


class EntryOut(Schema):
    code: str
    level: int
    name: str
    name_en: str
    meaning: str
    meaning_en: str


class FindingsOut(ListOut):
    items: list[FindingOut]


class TablesOut(ListOut):
    items: list[TableOut]


class TableRowsOut(ListOut):
    items: list[TableRowOut]


class EditionsOut(ListOut):
    items: list[EditionOut]


class EntriesOut(ListOut):
    items: list[EntryOut]


@router.get("/checks", response=FindingsOut, summary=_("What the cross-checks of releases found"), tags=["checks"])
def checks(request: HttpRequest, response: HttpResponse, filters: Query[CheckFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = CheckFinding.objects.visible_to(asked.reader).current().filter(release__in=asked.releases())
    exact = {
        "release__row_id": filters.release,
        "department__row_id": filters.department,
        "severity": filters.severity,
        "rule_id": filters.rule,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    related = found.select_related("release", "department", "table", "table_row", "line", "override")
    return asked.page(related, ("pk",), response)


@router.get("/tables", response=TablesOut, summary=_("Disclosure tables of departments"), tags=["tables"])
def tables(request: HttpRequest, response: HttpResponse, filters: Query[OfRelease]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = DisclosureTable.objects.visible_to(asked.reader).filter(release__in=asked.releases())
    exact = {"release__row_id": filters.release, "department__row_id": filters.department}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    return asked.page(found.select_related("release", "department"), ("pk",), response)


@router.get("/tables/{uuid:row_id}/rows", response=TableRowsOut, summary=_("The rows of a table"), tags=["tables"])
def table_rows(request: HttpRequest, response: HttpResponse, row_id: UUID, window: Query[Window]) -> dict[str, Any]:
    asked = Asked(request, window)
    table = DisclosureTable.objects.visible_to(asked.reader).filter(row_id=row_id).first()
    if table is None:
        raise NotFound
    return asked.page(TableRow.objects.filter(table=table), ("position",), response)


@router.get(
    "/classifications",
    response=EditionsOut,
    summary=_("Editions of classifications"),
    tags=["classifications"],
)
def classifications(request: HttpRequest, response: HttpResponse, window: Query[Window]) -> dict[str, Any]:
    asked = Asked(request, window)
    return asked.page(ClassificationVersion.objects.visible_to(asked.reader), ("pk",), response)


@router.get(
    "/classifications/{uuid:row_id}/codes",
    response=EntriesOut,
    summary=_("Codes of an edition"),
    tags=["classifications"],
)
def codes(request: HttpRequest, response: HttpResponse, row_id: UUID, filters: Query[EntryFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    version = ClassificationVersion.objects.visible_to(reader_of(request)).filter(row_id=row_id).first()
    if version is None:
        raise NotFound
    found = ClassificationEntry.objects.filter(version=version, code__startswith=filters.prefix)
    return asked.page(named_like(found, filters.q), ("code",), response)
