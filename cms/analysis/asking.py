"""What somebody asks to have compared, read from an address. An address says everything, so it can be kept and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from cms.analysis.terms import Terms
from portal.errors import Invalid

FEWEST, MOST = 2, 5
FUNCTION_MAX_CHARS = 300


class By(StrEnum):
    """What is put side by side."""

    DEPARTMENT = "department"
    GOVERNMENT = "government"
    YEAR = "year"


@dataclass(frozen=True)
class Question:
    """``picks``: row ids of departments, keys of governments, or years. ``of``: whose years, one of the first two.

    ``year``: which one the bars show, None for the newest that all have; ``base``: in whose prices, None likewise.
    """

    by: By = By.DEPARTMENT
    picks: tuple[str, ...] = ()
    of: str = ""
    year: int | None = None
    terms: Terms = Terms.NOMINAL
    base: int | None = None
    function: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether enough was chosen to compare anything."""
        return len(self.picks) >= FEWEST and (self.by is not By.YEAR or bool(self.of))

    @property
    def years(self) -> list[int]:
        """The years that were picked, where years are compared."""
        return sorted(int(pick) for pick in self.picks) if self.by is By.YEAR else []

    def address(self, **changes: Any) -> str:
        """The query string that asks this, with some parts changed; what is as usual is left out."""
        changed = replace(self, **changes)
        pairs: list[tuple[str, Any]] = [("by", changed.by), *(("pick", pick) for pick in changed.picks)]
        usual = Question()
        for name in ("of", "year", "terms", "base", "function"):
            value = getattr(changed, name)
            if value != getattr(usual, name):
                pairs.append((name, value))
        return "?" + urlencode(pairs)

    @property
    def parameters(self) -> dict[str, str]:
        """The same with one value for each name."""
        usual = Question()
        told = {
            name: str(getattr(self, name))
            for name in ("of", "year", "terms", "base", "function")
            if getattr(self, name) != getattr(usual, name)
        }
        return {"by": str(self.by), "pick": ",".join(self.picks), **told}


def read_question(parameters: Mapping[str, str]) -> Question:
    """Raises ``Invalid`` that names the ``field`` and what is the matter; what is missing is no fault."""
    by = one_of(By, parameters.get("by") or By.DEPARTMENT, "by")
    picks = tuple(values_of(parameters, "pick"))
    if len(picks) > MOST:
        raise Invalid(_("Choose at most five: more side by side cannot be read."), field="pick")
    of = (parameters.get("of") or "") if by is By.YEAR else ""
    function = parameters.get("function") or ""
    if len(function) > FUNCTION_MAX_CHARS or not function.isprintable():
        raise Invalid(_("There is no such function."), field="function")
    return Question(
        by=by,
        picks=tuple(_pick(by, pick) for pick in picks),
        of=_subject(of) if of else "",
        year=year_of(parameters.get("year") or "", "year"),
        terms=one_of(Terms, parameters.get("terms") or Terms.NOMINAL, "terms"),
        base=year_of(parameters.get("base") or "", "base"),
        function=function,
    )


def values_of(parameters: Mapping[str, str], name: str) -> list[str]:
    """Each value of a parameter once, in the order given: repeated, or in one with commas between them."""
    told = parameters.getlist(name) if isinstance(parameters, QueryDict) else [parameters.get(name) or ""]
    return list(dict.fromkeys(value.strip() for text in told for value in text.split(",") if value.strip()))


def one_of(choices: Any, text: str, field: str) -> Any:
    try:
        return choices(text)
    except ValueError:
        raise Invalid(_("“%(text)s” cannot be chosen here.") % {"text": text[:40]}, field=field) from None


def _pick(by: By, text: str) -> str:
    match by:
        case By.DEPARTMENT:
            return row_id_of(text, "pick")
        case By.GOVERNMENT:
            return whole_of(text, "pick")
    return str(year_of(text, "pick"))


def _subject(text: str) -> str:
    return whole_of(text, "of") if text.isdigit() else row_id_of(text, "of")


def row_id_of(text: str, field: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid(_("“%(text)s” is no department.") % {"text": text[:40]}, field=field) from None


def whole_of(text: str, field: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid(_("“%(text)s” is no government.") % {"text": text[:40]}, field=field)
    return text


def year_of(text: str, field: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Invalid(_("“%(text)s” is no year.") % {"text": text[:40]}, field=field)
    return int(text)
