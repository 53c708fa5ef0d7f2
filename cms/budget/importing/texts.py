"""The texts of lines: names and codes that come back row after row, and are cleaned and looked at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cms.budget.importing.cells import NumberCell
from cms.budget.importing.problems import shown
from cms.budget.importing.remarks import holds_personal_number, holds_placeholder, looks_like_total
from cms.budget.models import Department, Line, Programme

# The longest text that the database keeps, by key of [columns]; a cut name would be another name.
LONGEST = {
    "department_code": Department._meta.get_field("code").max_length,
    "department": Department._meta.get_field("name").max_length,
    "programme_code": Programme._meta.get_field("code").max_length,
    "programme": Programme._meta.get_field("name").max_length,
    "functional_code": Line._meta.get_field("functional_code").max_length,
    "functional": Line._meta.get_field("functional_name").max_length,
    "economic_code": Line._meta.get_field("economic_code").max_length,
    "economic": Line._meta.get_field("economic_name").max_length,
    "fund": Line._meta.get_field("fund").max_length,
    "note": None,
}
NAMES = ("department", "programme", "functional", "economic", "fund")
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Text:
    """A cleaned text, with what it gives away."""

    text: str
    is_too_long: bool
    is_total: bool
    is_placeholder: bool
    is_personal: bool

    @property
    def is_remarkable(self) -> bool:
        return self.is_total or self.is_placeholder or self.is_personal


class TextColumn:
    def __init__(self, key: str, position: int, label: str) -> None:
        self.key, self.position, self.label = key, position, label
        self._known: dict[str, Text | None] = {}
        self._is_note = key == "note"
        self._holds_numbers = self._holds_leading_zeros = False

    def read(self, cells: list[str]) -> Text | None:
        """The text of the row, None where it has none."""
        if self.position >= len(cells):
            return None
        cell = cells[self.position]
        try:
            return self._known[cell]
        except KeyError:
            text = self._text(cell)
            if not self._is_note and len(self._known) < MOST_REMEMBERED:
                self._known[cell] = text
            return text

    def _text(self, raw: str) -> Text | None:
        cell = str(raw.strip())
        if not cell:
            return None
        self._holds_numbers = self._holds_numbers or isinstance(raw, NumberCell)
        self._holds_leading_zeros = self._holds_leading_zeros or (cell.startswith("0") and len(cell) > 1)
        if self._is_note:
            cell = cell.replace("\r\n", "\n").replace("\r", "\n")
        else:
            cell = " ".join(part.strip() for part in cell.splitlines())
        longest = LONGEST[self.key]
        return Text(
            cell,
            is_too_long=longest is not None and len(cell) > longest,
            is_total=self.key in NAMES and looks_like_total(cell),
            is_placeholder=self.key in NAMES and holds_placeholder(cell),
            is_personal=holds_personal_number(cell),
        )

    @property
    def lost_zeros(self) -> bool:
        """Whether some codes are texts with leading zeros and others numbers, which cannot have any."""
        return self.key.endswith("_code") and self._holds_numbers and self._holds_leading_zeros

    def too_long(self, text: str) -> str:
        return _("“%(cell)s” has %(count)d characters; %(column)s takes %(longest)d.") % {
            "cell": shown(text),
            "count": len(text),
            "column": self.key,
            "longest": LONGEST[self.key] or 0,
        }
