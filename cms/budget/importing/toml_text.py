"""A suggested mapping as TOML, with the reasons as comments: to be read, corrected and used."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from cms.budget.importing.suggesting import Sniffed, Suggestion
from cms.budget.importing.synonyms import AMOUNTS

FILE_KEYS = ("sheet", "encoding", "delimiter", "skip_rows", "header", "header_rows", "decimal")


def suggested_toml(sniffed: Sniffed) -> str:
    lines = ["[file]"]
    lines += [
        _line(key, found) for key in FILE_KEYS if (found := sniffed.settings.get(key)) and found.value is not None
    ]
    lines += ["", "[release]", _line("government", sniffed.release.get("government"))]
    lines += [_line(key, sniffed.release.get(key)) for key in ("fiscal_year", "currency", "unit")]
    columns = {key: found for key, found in sniffed.meanings.items() if key not in AMOUNTS}
    amounts = {key: found for key, found in sniffed.meanings.items() if key in AMOUNTS}
    lines += ["", "[columns]", *(_line(key, _named(sniffed, found)) for key, found in columns.items())]
    lines += ["", "[amounts]", *(_line(key, _named(sniffed, found)) for key, found in amounts.items())]
    if sniffed.leaf:
        column = _named(sniffed, Suggestion(sniffed.leaf.value["column"], sniffed.leaf.reason))
        lines += ["", "[leaf]", _line("column", column), f"equals = {sniffed.leaf.value['equals']}"]
    return "\n".join(lines)


def _named(sniffed: Sniffed, found: Suggestion) -> Suggestion:
    if not (sniffed.has_header and sniffed.names_are_unique):
        return found
    return Suggestion(sniffed.columns[found.value].name, found.reason)


def _line(key: str, found: Suggestion | None) -> str:
    if found is None:
        return f"# {key} = {_('to be filled in')}"
    return f"{key} = {toml_value(found.value)}  # {' '.join(found.reason.split())}"


def toml_value(value: Any) -> str:
    """Numbers, texts, truth values and flat tables; a TOML text is written as a JSON text is."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
