"""The cross-checks as data: rule files (TOML), one table for each rule, read into a small closed vocabulary.

TOML refuses a key that stands twice, so no rule can silently take the place of another. Format: docs/checks.md.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from django.utils.translation import get_language
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from cms.budget.checks.models import Severity
from cms.budget.models import Release
from cms.budget.tables import Column, Mark, TableKind
from cms.calendars.working_days import lineage

FOLDER = Path(__file__).with_name("rules")

Word = Annotated[StrictStr, Field(min_length=1)]
Words = Annotated[list[Word], Field(min_length=1)]
Reference = Annotated[
    StrictStr,
    Field(
        pattern=rf"^({'|'.join(TableKind.values)})\.({'|'.join(Mark.values)}|#[0-9]{{3,7}})\.({'|'.join(Column.values)})$"
    ),
]
References = Annotated[list[Reference], Field(min_length=1)]


class RuleError(ValueError):
    """A rule file that cannot be used; the message names the file, the rule and the fault."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Both(Part):
    """A text in both languages."""

    zh: Word
    en: Word

    def __str__(self) -> str:
        return self.zh if (get_language() or "zh").startswith("zh") else self.en


class Condition(Part):
    """The comparison counts only where these two are the same; ``otherwise`` is the word for why it does not."""

    left: References
    right: References
    otherwise: Literal["other_income", "other_money_spent"]


class Comparison(Part):
    left: References
    right: References
    only_if: Condition | None = None


class RowSum(Part):
    tables: list[TableKind]
    whole: Column
    parts: list[Column]
    # Columns without which a table does not tell the parts apart.
    needs: list[Column]


class Phrase(Part):
    """``words`` in this order in one clause, and then an amount."""

    words: Words
    amount: Reference


class WordSum(Part):
    whole: Words
    parts: list[Words]


class Wording(Part):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    title: Words
    without: Words = Field(alias="not")


class Rule(Part):
    """What every rule says of itself. ``tolerance`` in last printed digits of the coarser table compared."""

    id: Word
    title: Both
    source: Both
    severity: Severity
    valid_from: date
    valid_until: date | None = None
    tolerance: Annotated[StrictInt, Field(ge=0)] = 0

    def counts_for(self, fiscal_year: int) -> bool:
        until = self.valid_until or date.max
        return self.valid_from <= date(fiscal_year, 12, 31) and date(fiscal_year, 1, 1) <= until


class Equal(Rule):
    kind: Literal["equal"]
    compare: Annotated[list[Comparison], Field(min_length=1)]


class Sums(Rule):
    kind: Literal["row_sum"]
    sums: Annotated[list[RowSum], Field(min_length=1)]


class RollUp(Rule):
    kind: Literal["rollup"]
    tables: list[TableKind]
    rounding_adds_up: list[TableKind] = []
    lines: bool


class CodeNames(Rule):
    kind: Literal["code_names"]
    tables: list[TableKind]
    lines: bool


class EmptyNote(Rule):
    kind: Literal["empty_note"]
    tables: list[TableKind]
    words: Words


class ProseAmounts(Rule):
    kind: Literal["prose_amounts"]
    phrases: Annotated[list[Phrase], Field(min_length=1)]


class ProseAtMost(Rule):
    kind: Literal["prose_at_most"]
    phrases: Annotated[list[Phrase], Field(min_length=1)]
    unless: Words


class ProseSum(Rule):
    kind: Literal["prose_sum"]
    sums_of_words: Annotated[list[WordSum], Field(min_length=1)]


class Years(Rule):
    kind: Literal["years"]
    years_back: Annotated[StrictInt, Field(ge=0)]
    unless: Words


class Placeholders(Rule):
    kind: Literal["placeholders"]
    words: Words
    tables: list[TableKind]


class Wordings(Rule):
    kind: Literal["wording"]
    wordings: Annotated[list[Wording], Field(min_length=1)]


class MixedPhases(Rule):
    kind: Literal["mixed_phases"]
    annual: Words
    cumulative: Words
    comparing: Words


class Deadline(Rule):
    kind: Literal["deadline"]
    clock: Word
    # The period of a release that holds no department's tables.
    without_tables: Word | None = None


AnyRule = Annotated[
    Equal
    | Sums
    | RollUp
    | CodeNames
    | EmptyNote
    | ProseAmounts
    | ProseAtMost
    | ProseSum
    | Years
    | Placeholders
    | Wordings
    | MixedPhases
    | Deadline,
    Field(discriminator="kind"),
]


class FileSection(Part):
    jurisdiction: Word


class RuleFile(Part):
    file: FileSection
    rules: dict[str, AnyRule]


@dataclass(frozen=True)
class RuleSet:
    """The rules of one jurisdiction in the order of their file. ``sha256`` identifies the file."""

    jurisdiction: str
    rules: tuple[Any, ...]
    sha256: str

    def valid_for(self, fiscal_year: int) -> list[Any]:
        return [rule for rule in self.rules if rule.counts_for(fiscal_year)]

    def __getitem__(self, rule_id: str) -> Any:
        return next(rule for rule in self.rules if rule.id == rule_id)

    def get(self, rule_id: str) -> Any | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def parse_rules(text: str, *, name: str) -> RuleSet:
    """Read a rule file. Raises ``RuleError`` for a rule that stands twice, an unknown word, or a missing key."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{name}: {error}") from error
    for rule_id, rule in content.get("rules", {}).items():
        if isinstance(rule, dict):
            rule["id"] = rule_id
    try:
        parsed = RuleFile.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RuleError(f"{name}: {faults}") from error
    digest = hashlib.sha256(text.encode()).hexdigest()
    return RuleSet(parsed.file.jurisdiction, tuple(parsed.rules.values()), digest)


@cache
def all_rules() -> tuple[RuleSet, ...]:
    """Every rule file that comes with the portal."""
    return tuple(parse_rules(path.read_text("utf-8"), name=path.name) for path in sorted(FOLDER.glob("*.toml")))


def rules_for(release: Release) -> RuleSet | None:
    """The rules of the release's jurisdiction, the narrowest first; None where there are none at hand."""
    order = {code: place for place, code in enumerate(lineage(release.jurisdiction))}
    fitting = [rules for rules in all_rules() if rules.jurisdiction in order]
    return max(fitting, key=lambda rules: order[rules.jurisdiction], default=None)
