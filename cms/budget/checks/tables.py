"""Checks of the tables against themselves and each other."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable

from cms.budget.checks.documents import ECONOMIC_TABLES, Checked, Document, Found, Missing, Verdict
from cms.budget.checks.rules import CodeNames, Comparison, EmptyNote, Equal, RollUp, Sums
from cms.budget.checks.texts import sentences
from cms.budget.models import Release
from cms.budget.tables import DisclosureTable, TableRow
from cms.classification.queries import edition_of, names_of

FUNCTIONAL, ECONOMIC = "functional", "economic"
# Digits of class, section and item (类、款、项); departments' economic types have class and section only.
LENGTHS = {FUNCTIONAL: (3, 5, 7), ECONOMIC: (3, 5)}


def scheme_of(kind: str) -> str:
    return ECONOMIC if kind in ECONOMIC_TABLES else FUNCTIONAL


def check_equal(rule: Equal, document: Document, checked: Checked) -> Verdict:
    """One amount, or the sum of some, is another."""
    verdict = Verdict()
    for comparison in rule.compare:
        try:
            _compare(rule, comparison, document, verdict)
        except Missing as missing:
            verdict.cannot(missing.word, reference=missing.reference)
    return verdict


def _compare(rule: Equal, comparison: Comparison, document: Document, verdict: Verdict) -> None:
    if comparison.only_if:
        condition = comparison.only_if
        left, _table, _row = document.sum(condition.left)
        right, _table, _row = document.sum(condition.right)
        if abs(left - right) > rule.tolerance * document.unit([*condition.left, *condition.right]):
            verdict.cannot(condition.otherwise, left=condition.left, right=condition.right)
            return
    left, table, row = document.sum(comparison.left)
    right, _table, _row = document.sum(comparison.right)
    rounding = rule.tolerance * document.unit([*comparison.left, *comparison.right])
    detail = {"left": list(comparison.left), "right": list(comparison.right)}
    verdict.compare(left, right, rounding, rule.severity, table=table, row=row, detail=detail)


def check_row_sums(rule: Sums, document: Document, checked: Checked) -> Verdict:
    """In every row of a table, one column is the sum of others."""
    verdict = Verdict()
    for wanted in rule.sums:
        for kind in wanted.tables:
            table = document.tables.get(kind)
            if table is None:
                verdict.cannot("no_table", reference=kind)
                continue
            if lacking := [column for column in wanted.needs if column not in table.columns]:
                verdict.cannot("no_column", reference=f"{kind}..{lacking[0]}")
                continue
            parts = [column for column in wanted.parts if column in table.columns]
            for row in document.rows[kind]:
                stated = [row.amount(column) for column in (wanted.whole, *parts)]
                if all(amount is None for amount in stated):
                    continue
                whole, *rest = [amount or 0 for amount in stated]
                detail = {"whole": wanted.whole, "parts": parts}
                rounding = rule.tolerance * table.last_digit
                verdict.compare(whole, sum(rest), rounding, rule.severity, table=table, row=row, detail=detail)
    return verdict


def check_rollup(rule: RollUp, document: Document, checked: Checked) -> Verdict:
    """The amounts of a code are the sum of those of the codes right below it, column by column.

    Two levels are looked at together where the middle one is not in the table.
    """
    verdict = Verdict()
    for kind in rule.tables:
        table = document.tables.get(kind)
        if table is None:
            verdict.cannot("no_table", reference=kind)
            continue
        rows = [row for row in document.rows[kind] if row.code]
        below = children_of(rows, LENGTHS[scheme_of(kind)])
        if not below:
            verdict.cannot("no_levels", reference=kind)
        for row, parts in below:
            for column in table.columns:
                stated = [part.amount(column) for part in parts]
                whole = row.amount(column)
                if whole is None and all(amount is None for amount in stated):
                    continue
                total = sum(amount or 0 for amount in stated)
                detail = {"column": column, "codes": [part.code for part in parts]}
                # Half a digit for each number that was rounded, the whole included.
                rounded = sum(amount is not None for amount in stated) + 1 if kind in rule.rounding_adds_up else 0
                rounding = max(rule.tolerance * table.last_digit, rounded * table.last_digit // 2)
                verdict.compare(whole or 0, total, rounding, rule.severity, table=table, row=row, detail=detail)
    return verdict


def children_of(rows: Iterable[TableRow], lengths: tuple[int, ...]) -> list[tuple[TableRow, list[TableRow]]]:
    """Each row whose code others begin with, and the rows nearest below it."""
    rows = list(rows)
    by_code: dict[str, TableRow] = {}
    for row in rows:
        by_code.setdefault(row.code, row)
    below: dict[str, list[TableRow]] = defaultdict(list)
    for row in rows:
        shorter = [length for length in lengths if length < len(row.code)]
        parent = next((row.code[:length] for length in reversed(shorter) if row.code[:length] in by_code), None)
        if parent:
            below[parent].append(row)
    return [(by_code[code], parts) for code, parts in below.items()]


def check_code_names(rule: CodeNames, document: Document, checked: Checked) -> Verdict:
    """A code has one name in all tables, and where the official list is at hand, the official one."""
    verdict = Verdict()
    coded = [
        (table, row, scheme_of(kind))
        for kind, table in document.tables.items()
        if kind in rule.tables
        for row in document.rows[kind]
        if row.code and row.label
    ]
    if not coded:
        verdict.cannot("no_codes")
        return verdict
    year = checked.release.fiscal_year
    official = {
        scheme: official_names(scheme, (row.code for _table, row, of in coded if of == scheme), checked.release)
        for scheme in LENGTHS
    }
    for scheme, names in official.items():
        if not names and any(of == scheme for _table, _row, of in coded):
            verdict.cannot("no_official_names", scheme=scheme, year=year)
    first: dict[tuple[str, str], tuple[DisclosureTable, TableRow]] = {}
    for table, row, scheme in coded:
        known = official[scheme].get(row.code)
        earlier = first.setdefault((scheme, row.code), (table, row))
        if known is None and earlier[1] is row:
            continue
        expected = known or earlier[1].label
        verdict.compared += 1
        if not same_name(row.label, expected):
            detail = {"says": row.label, "expected": expected, "by": "list" if known else earlier[0].kind}
            verdict.found.append(Found(severity=rule.severity, table=table, row=row, detail=detail))
    return verdict


def official_names(scheme: str, codes: Iterable[str], release: Release) -> dict[str, str]:
    """Code -> name by the official list that was valid in the year; nothing where none is at hand for it."""
    edition = edition_of(scheme, release.fiscal_year, release.jurisdiction)
    if edition is None or not edition.is_exact:
        return {}
    names = names_of(scheme, codes, release.fiscal_year, release.jurisdiction)
    return {code: name.name for code, name in names.items()}


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for spaces and full-width forms, which tables bring along."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def check_empty_note(rule: EmptyNote, document: Document, checked: Checked) -> Verdict:
    """A table without any amount says so, in its note or in the text."""
    verdict = Verdict()
    for kind in rule.tables:
        table = document.tables.get(kind)
        if table is None:
            verdict.cannot("no_table", reference=kind)
            continue
        if any(amount for row in document.rows[kind] for amount in row.amounts.values()):
            verdict.cannot("not_empty", reference=kind)
            continue
        verdict.compared += 1
        said = [table.note, table.title, *(row.label for row in document.rows[kind])]
        said += [sentence for _field, sentence in sentences(checked.texts)]
        if not any(word in text for word in rule.words for text in said):
            verdict.found.append(Found(severity=rule.severity, table=table, detail={"words": list(rule.words[:1])}))
    return verdict


TABLE_CHECKS: dict[str, Callable[..., Verdict]] = {
    "equal": check_equal,
    "row_sum": check_row_sums,
    "rollup": check_rollup,
    "code_names": check_code_names,
    "empty_note": check_empty_note,
}
