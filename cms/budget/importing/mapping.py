"""The mapping file (TOML): which column of a budget file means what. Format: docs/budget-import.md."""

from __future__ import annotations

import hashlib
import json
import tomllib
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from cms.budget.importing.problems import refusal
from cms.budget.models import Phase

Name = Annotated[StrictStr, Field(min_length=1)]
Index = Annotated[StrictInt, Field(ge=0)]
# A header name, or the position of the column counted from 0.
ColumnRef = Index | Name


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FromColumn(Section):
    column: ColumnRef


class FileSection(Section):
    """How the file is written. What is left out is found out from the file."""

    encoding: Name | None = None
    delimiter: Annotated[StrictStr, Field(pattern=r'^[^"\w\r\n.]$')] | None = None
    header: StrictBool | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal["", ".", ",", " ", "'", "’"] | None = None
    member: Name | None = None
    sheet: Index | Name | None = None
    skip_rows: Index | None = None
    header_rows: Annotated[StrictInt, Field(ge=1, le=3)] | None = None

    @model_validator(mode="after")
    def marks_differ(self) -> FileSection:
        if self.decimal and self.decimal == self.thousands:
            raise PydanticCustomError("marks", "decimal and thousands")
        return self


class ReleaseSection(Section):
    """What the release is. ``unit`` multiplies every amount."""

    government: Annotated[StrictStr, Field(min_length=1, max_length=200)] | FromColumn
    fiscal_year: Annotated[StrictInt, Field(ge=1900, le=2199)] | FromColumn
    currency: Annotated[StrictStr, Field(pattern="^[A-Z]{3}$")] | FromColumn
    unit: Annotated[StrictInt, Field(gt=0)] | Annotated[Decimal, Field(gt=0, strict=True)] | FromColumn = 1


class ColumnsSection(Section):
    department_code: ColumnRef | None = None
    department: ColumnRef | None = None
    programme_code: ColumnRef | None = None
    programme: ColumnRef | None = None
    functional_code: ColumnRef | None = None
    functional: ColumnRef | None = None
    economic_code: ColumnRef | None = None
    economic: ColumnRef | None = None
    fund: ColumnRef | None = None
    note: ColumnRef | None = None

    @model_validator(mode="after")
    def something_is_named(self) -> ColumnsSection:
        named = self.model_dump(exclude_none=True)
        if not any(key.startswith(("department", "programme", "functional")) for key in named):
            raise PydanticCustomError("nothing_named", "one of department, programme, functional")
        return self


class AmountsSection(Section):
    """Phase -> column, in the order in which money passes through the phases."""

    proposed: ColumnRef | None = None
    adopted: ColumnRef | None = None
    adjusted: ColumnRef | None = None
    committed: ColumnRef | None = None
    executed: ColumnRef | None = None

    @model_validator(mode="after")
    def amounts_are_told_apart(self) -> AmountsSection:
        columns = list(self.model_dump(exclude_none=True).values())
        if not columns:
            raise PydanticCustomError("no_amounts", "no amounts")
        if len(set(columns)) < len(columns):
            raise PydanticCustomError("same_column", "two phases, one column")
        return self

    def columns(self) -> dict[Phase, ColumnRef]:
        return {phase: column for phase in Phase if (column := getattr(self, phase.value)) is not None}


class LeafSection(Section):
    """Which rows are facts: those whose cell equals one of the values. The others are kept as check values."""

    column: ColumnRef
    equals: StrictInt | StrictStr | Annotated[list[StrictInt | StrictStr], Field(min_length=1)]


class TableSection(Section):
    """One of several tables of an archive or workbook. What it leaves out is as in the rest of the mapping."""

    member: Name | None = None
    sheet: Index | Name | None = None
    unit: Annotated[StrictInt, Field(gt=0)] | Annotated[Decimal, Field(gt=0, strict=True)] | FromColumn | None = None
    file: FileSection | None = None
    columns: ColumnsSection | None = None
    amounts: AmountsSection | None = None
    leaf: LeafSection | None = None


class Mapping(Section):
    """A valid mapping. ``sha256`` identifies what it says, whatever its comments and spacing."""

    file: FileSection = FileSection()
    release: ReleaseSection
    columns: ColumnsSection
    amounts: AmountsSection
    leaf: LeafSection | None = None
    tables: tuple[TableSection, ...] | None = None

    def of_each_table(self) -> list[Mapping]:
        """The mapping of every table that [[tables]] names; this one where it names none."""
        return [self._of(table) for table in self.tables] if self.tables else [self]

    def _of(self, table: TableSection) -> Mapping:
        file = {**self.file.model_dump(), **(table.file or FileSection()).model_dump(exclude_none=True)}
        file |= {key: getattr(table, key) for key in ("member", "sheet") if getattr(table, key) is not None}
        release = self.release if table.unit is None else self.release.model_copy(update={"unit": table.unit})
        return Mapping(
            file=FileSection.model_validate(file),
            release=release,
            columns=table.columns or self.columns,
            amounts=table.amounts or self.amounts,
            leaf=table.leaf or self.leaf,
        )

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def sha256(self) -> str:
        canonical = json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


_SECTIONS: dict[str, type[Section]] = {
    "file": FileSection,
    "release": ReleaseSection,
    "columns": ColumnsSection,
    "amounts": AmountsSection,
    "leaf": LeafSection,
    "tables": TableSection,
}
# What a key takes, for the message when it got something else.
_COLUMN: Promise = gettext_lazy("a column: its name in the header, or its position counted from 0")
_TAKES: dict[str, Promise] = {
    "file.encoding": gettext_lazy("the name of an encoding, such as “utf-8” or “cp1252”"),
    "file.delimiter": gettext_lazy("one character, such as “;”, and no letter or quotation mark"),
    "file.header": gettext_lazy("true or false"),
    "file.decimal": gettext_lazy("“.” or “,”"),
    "file.thousands": gettext_lazy("“.”, “,”, a space, an apostrophe, or nothing"),
    "file.member": gettext_lazy("the name of a file in the archive, or a pattern such as “2024/*.csv”"),
    "file.sheet": gettext_lazy("the name of a sheet, or its position counted from 0"),
    "file.skip_rows": gettext_lazy("the number of rows above the header"),
    "file.header_rows": gettext_lazy("1, 2 or 3"),
    "release.government": gettext_lazy("a name, or { column = … }"),
    "release.fiscal_year": gettext_lazy("a year such as 2024, or { column = … }"),
    "release.currency": gettext_lazy("three capital letters such as “CNY”, or { column = … }"),
    "release.unit": gettext_lazy("a number above 0 such as 10000, or { column = … }"),
    "leaf.equals": gettext_lazy("a whole number, a text, or a list of them"),
    "tables.member": gettext_lazy("the name of a file in the archive, or a pattern such as “2024/*.csv”"),
    "tables.sheet": gettext_lazy("the name of a sheet, or its position counted from 0"),
    "tables.unit": gettext_lazy("a number above 0 such as 10000, or { column = … }"),
}
_RULES: dict[str, Promise] = {
    "marks": gettext_lazy("[file] decimal and thousands have to be two different marks."),
    "nothing_named": gettext_lazy("[columns] needs at least one of department, programme and functional."),
    "no_amounts": gettext_lazy("[amounts] needs at least one of proposed, adopted, adjusted, committed and executed."),
    "same_column": gettext_lazy("[amounts] reads two phases from the same column."),
}


def parse_mapping(text: str | bytes) -> Mapping:
    """Read a mapping. Raises ``Invalid`` that names every unknown, missing or unusable key."""
    try:
        raw = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return mapping_from(tomllib.loads(raw, parse_float=Decimal))
    except UnicodeDecodeError as error:
        raise refusal("mapping", _("The mapping is not UTF-8 text.")) from error
    except tomllib.TOMLDecodeError as error:
        raise refusal("mapping", _("The mapping is not valid TOML: %(reason)s") % {"reason": error}) from error


def mapping_from(values: dict[str, Any]) -> Mapping:
    """A mapping from plain values, such as ``as_json`` gives. Raises ``Invalid`` like ``parse_mapping``."""
    try:
        return Mapping.model_validate(values)
    except ValidationError as error:
        raise refusal("mapping", " ".join(_faults(error))) from error


def _faults(error: ValidationError) -> list[str]:
    """One plain sentence for each fault; the branches of a union collapse into one."""
    sentences = [_fault(str(fault["type"]), tuple(map(str, fault["loc"]))) for fault in error.errors()]
    return list(dict.fromkeys(sentences))


def _fault(kind: str, where: tuple[str, ...]) -> str:
    if kind in _RULES:
        return str(_RULES[kind])
    section = where[0]
    if section == "tables" and len(where) > 3 and where[2] in _SECTIONS:
        # A section inside of one of the tables says what it would say outside.
        return _fault(kind, where[2:])
    if section == "tables" and len(where) > 2:
        where = ("tables", *where[2:])
    if len(where) == 1:
        if kind == "extra_forbidden":
            return _("There is no section [%(section)s]. The sections are %(known)s.") % {
                "section": section,
                "known": ", ".join(f"[{name}]" for name in Mapping.model_fields),
            }
        return _("The section [%(section)s] is missing or is not a section.") % {"section": section}
    key = where[1]
    if kind == "extra_forbidden" and len(where) == 2:
        return _("[%(section)s] has no key “%(key)s”. Its keys are %(known)s.") % {
            "section": section,
            "key": key,
            "known": ", ".join(_SECTIONS[section].model_fields),
        }
    if kind == "missing" and len(where) == 2:
        return _("[%(section)s] needs the key “%(key)s”.") % {"section": section, "key": key}
    return _("[%(section)s] %(key)s has to be %(what)s.") % {
        "section": section,
        "key": key,
        "what": _TAKES.get(f"{section}.{key}", _COLUMN),
    }
