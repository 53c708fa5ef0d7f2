"""Between the forms of the import and the mapping that they stand for."""

from __future__ import annotations

from typing import Any

from cms.budget.drafts.forms import TEXT_KEYS, ColumnsForm
from cms.budget.importing import synonyms
from cms.budget.importing.mapping import ColumnRef, FileSection
from cms.budget.importing.suggesting import Sniffed
from cms.budget.models import Phase


def declared(settings: dict[str, Any]) -> FileSection:
    return FileSection.model_validate(
        {key: value for key, value in settings.items() if key in FileSection.model_fields}
    )


def mapping_of(form: ColumnsForm, settings: dict[str, Any]) -> dict[str, Any]:
    """The mapping that a filled-in form says; columns by name where names tell them apart, so that it fits the next
    file even if its columns stand in another order."""
    sniffed, data = form.sniffed, form.cleaned_data

    def reference(name: str) -> ColumnRef | None:
        if not data.get(name):
            return None
        position = int(data[name])
        return sniffed.columns[position].name if sniffed.has_header and sniffed.names_are_unique else position

    release: dict[str, Any] = {}
    for key in form.FROM_COLUMN:
        column = reference(f"{key}_column")
        if column is not None:
            release[key] = {"column": column}
        elif data.get(key) not in (None, ""):
            release[key] = data[key]
    mapping: dict[str, Any] = {
        "file": settings,
        "release": release,
        "columns": {key: column for key in TEXT_KEYS if (column := reference(key)) is not None},
        "amounts": {phase.value: column for phase in Phase if (column := reference(phase.value)) is not None},
    }
    leaf = reference("leaf_column")
    if leaf is not None and data.get("leaf_equals"):
        values = [value.strip() for value in data["leaf_equals"].replace("，", ",").split(",") if value.strip()]
        equals = [int(value) if value.isdigit() and len(value) < 10 else value for value in values]
        mapping["leaf"] = {"column": leaf, "equals": equals}
    return mapping


def initial_of(sniffed: Sniffed, mapping: dict[str, Any]) -> dict[str, Any]:
    """What the form starts with: what ``mapping`` says as far as the file has its columns, else what is suggested."""
    initial: dict[str, Any] = {"currency": "CNY", "unit": 1}
    for key, suggestion in sniffed.release.items():
        _put(initial, sniffed, key, suggestion.value)
    if not mapping:
        initial |= {key: str(suggestion.value) for key, suggestion in sniffed.meanings.items()}
        if sniffed.leaf:
            initial["leaf_column"] = str(sniffed.leaf.value["column"])
            initial["leaf_equals"] = str(sniffed.leaf.value["equals"])
        return initial
    for key, value in mapping.get("release", {}).items():
        _put(initial, sniffed, key, value)
    for key, column in {**mapping.get("columns", {}), **mapping.get("amounts", {})}.items():
        if (position := position_of(sniffed, column)) is not None:
            initial[key] = str(position)
    if leaf := mapping.get("leaf"):
        equals = leaf["equals"] if isinstance(leaf["equals"], list) else [leaf["equals"]]
        initial["leaf_equals"] = ", ".join(map(str, equals))
        if (position := position_of(sniffed, leaf["column"])) is not None:
            initial["leaf_column"] = str(position)
    return initial


def _put(initial: dict[str, Any], sniffed: Sniffed, key: str, value: Any) -> None:
    if isinstance(value, dict):
        position = position_of(sniffed, value["column"])
        initial[f"{key}_column"] = "" if position is None else str(position)
    else:
        initial[key] = value


def position_of(sniffed: Sniffed, column: ColumnRef) -> int | None:
    if isinstance(column, int):
        return column if column < len(sniffed.columns) else None
    names = [synonyms.plain(found.name) for found in sniffed.columns]
    wanted = synonyms.plain(column)
    return names.index(wanted) if wanted in names else None


def missing_columns(sniffed: Sniffed, mapping: dict[str, Any]) -> list[str]:
    """Columns of a kept mapping that the file does not have: columns come, go and are renamed from year to year."""
    named = [*mapping.get("columns", {}).values(), *mapping.get("amounts", {}).values()]
    return [str(column) for column in dict.fromkeys(named) if position_of(sniffed, column) is None]
