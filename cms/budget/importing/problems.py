"""What an import has to say about its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from cms.budget.models import ImportProblem
from portal.errors import Invalid

Severity = ImportProblem.Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark. ``row`` counts data rows from 1; None speaks of the whole file. An error rejects its row.

    ``column`` and ``value``: the cell that is meant, as the file names and writes it; empty for a whole row.
    """

    row: int | None
    severity: Severity
    code: str
    message: str
    column: str = ""
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "severity": self.severity.value, "code": self.code, "message": self.message}


def refusal(code: str, message: str | Promise, *, row: int | None = None, **data: Any) -> Invalid:
    """The error to raise when the whole file or mapping has to be refused. ``data["problem"]`` is ``code``."""
    return Invalid(message, problem=code, row=row, **data)


def shown(text: str, limit: int = 40) -> str:
    """A cell as it may be quoted in a message: on one line and not too long."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
