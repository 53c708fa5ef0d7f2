"""Checks of what an editor wrote: amounts, years, placeholders, wording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from cms.budget.checks.documents import Checked, Document, Found, Missing, Verdict
from cms.budget.checks.rules import (
    MixedPhases,
    Placeholders,
    ProseAmounts,
    ProseAtMost,
    ProseSum,
    Wordings,
    Years,
)
from cms.budget.checks.texts import ProseAmount, amount_after, amounts_in, sentences

# 2023年, 2023年度; a year within brackets belongs to the number of a document: 财预〔2018〕143号.
YEAR = re.compile(r"(?<![\d〔\[(（])((?:19|20)\d\d)\s*年")
QUOTED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|〔[^〕]*〕")
EXCERPT_CHARS = 120


def excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT_CHARS else text[: EXCERPT_CHARS - 1] + "…"


def _require_text(checked: Checked, verdict: Verdict) -> bool:
    if not checked.texts:
        verdict.cannot("no_text")
    return bool(checked.texts)


def check_prose_amounts(rule: ProseAmounts, document: Document, checked: Checked) -> Verdict:
    """An amount that the text gives for something is the one that stands in the tables."""
    verdict = Verdict()
    if not _require_text(checked, verdict):
        return verdict
    for phrase in rule.phrases:
        told = list(_told(phrase.words, checked))
        if not told:
            verdict.cannot("no_phrase", words=phrase.words)
            continue
        try:
            table, row, column = document.find(phrase.amount)
        except Missing as missing:
            verdict.cannot(missing.word, reference=missing.reference)
            continue
        for amount in told:
            right = row.amount(column) or 0
            # The text gives fewer digits than the table: rounded to them, the two are the same.
            right = amount.value if rounded_to(right, amount.step) == amount.value else right
            rounding = rule.tolerance * max(amount.step, table.last_digit)
            detail = {"words": phrase.words, "right": [phrase.amount], "excerpt": excerpt(amount.excerpt)}
            verdict.compare(amount.value, right, rounding, rule.severity, table=table, row=row, detail=detail)
    return verdict


def rounded_to(amount: int, step: int) -> int:
    """Half away from zero, as amounts are rounded on paper."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) + step // 2) // step) * step


def _told(words: list[str], checked: Checked, unless: Iterable[str] = ()) -> Iterable[ProseAmount]:
    for _field, sentence in sentences(checked.texts):
        amount = amount_after(words, sentence)
        if amount and not any(word in sentence for word in unless):
            yield amount


def check_prose_at_most(rule: ProseAtMost, document: Document, checked: Checked) -> Verdict:
    verdict = Verdict()
    if not _require_text(checked, verdict):
        return verdict
    for phrase in rule.phrases:
        told = list(_told(phrase.words, checked, rule.unless))
        if not told:
            several = any(_told(phrase.words, checked))
            verdict.cannot("several_years" if several else "no_phrase", words=phrase.words)
            continue
        try:
            table, row, column = document.find(phrase.amount)
        except Missing as missing:
            verdict.cannot(missing.word, reference=missing.reference)
            continue
        for amount in told:
            right = row.amount(column) or 0
            verdict.compared += 1
            if amount.value - right > rule.tolerance * max(amount.step, table.last_digit):
                detail = {"words": phrase.words, "right": [phrase.amount], "excerpt": excerpt(amount.excerpt)}
                verdict.found.append(
                    Found(rule.severity, table=table, row=row, left=amount.value, right=right, detail=detail)
                )
    return verdict


def check_prose_sum(rule: ProseSum, checked: Checked) -> Verdict:
    """Within one sentence, an amount is the sum of the parts that the sentence names. A part not named counts as 0."""
    verdict = Verdict()
    if not _require_text(checked, verdict):
        return verdict
    for wanted in rule.sums_of_words:
        asked = False
        for _field, sentence in sentences(checked.texts):
            whole = amount_after(wanted.whole, sentence)
            parts = [amount for words in wanted.parts if (amount := amount_after(words, sentence))]
            if whole is None or not parts:
                continue
            asked = True
            total = sum(part.value for part in parts)
            rounding = rule.tolerance * max(part.step for part in (whole, *parts))
            detail = {"words": wanted.whole, "parts_said": wanted.parts, "excerpt": excerpt(sentence)}
            verdict.compare(whole.value, total, rounding, rule.severity, detail=detail)
        if not asked:
            verdict.cannot("no_phrase", words=wanted.whole)
    return verdict


def check_years(rule: Years, checked: Checked) -> Verdict:
    verdict = Verdict()
    if not _require_text(checked, verdict):
        return verdict
    year = checked.release.fiscal_year
    allowed = range(year - rule.years_back, year + 1)
    for field, sentence in sentences(checked.texts):
        for match in YEAR.finditer(QUOTED.sub("", sentence)):
            verdict.compared += 1
            if int(match[1]) not in allowed and not any(word in sentence for word in rule.unless):
                detail = {"says": match[1], "year": year, "field": field, "excerpt": excerpt(sentence)}
                verdict.found.append(Found(rule.severity, detail=detail))
    if not verdict.compared:
        verdict.cannot("no_years")
    return verdict


def placeholder_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Words that stand alone: XX局, but not the XX of an English word."""
    return re.compile("|".join(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" for word in words), re.IGNORECASE)


def check_placeholders(rule: Placeholders, checked: Checked) -> Verdict:
    """In the text, and in the titles, labels and notes of the tables."""
    verdict = Verdict()
    pattern = placeholder_pattern(rule.words)
    for field, sentence in sentences(checked.texts):
        verdict.compared += 1
        if match := pattern.search(sentence):
            detail = {"says": match.group(), "field": field, "excerpt": excerpt(sentence)}
            verdict.found.append(Found(rule.severity, detail=detail))
    for document in checked.documents:
        for kind in rule.tables:
            if (table := document.tables.get(kind)) is None:
                continue
            for text, row in [(table.title, None), (table.note, None), *((r.label, r) for r in document.rows[kind])]:
                verdict.compared += 1
                if match := pattern.search(text):
                    detail = {"says": match.group(), "excerpt": excerpt(text)}
                    verdict.found.append(Found(rule.severity, table=table, row=row, detail=detail))
    if not verdict.compared:
        verdict.cannot("no_text")
    return verdict


def check_wording(rule: Wordings, checked: Checked) -> Verdict:
    """What the title calls itself, the text does not call otherwise."""
    verdict = Verdict()
    if not _require_text(checked, verdict):
        return verdict
    asked = [wording for wording in rule.wordings if any(word in checked.title for word in wording.title)]
    if len(asked) != 1:
        verdict.cannot("not_told_by_title")
        return verdict
    for field, sentence in sentences(checked.texts):
        verdict.compared += 1
        if word := next((word for word in asked[0].without if word in QUOTED.sub("", sentence)), None):
            detail = {"says": word, "field": field, "excerpt": excerpt(sentence)}
            verdict.found.append(Found(rule.severity, detail=detail))
    return verdict


def check_mixed_phases(rule: MixedPhases, checked: Checked) -> Verdict:
    """No sentence sets the money of one year against the money of several."""
    verdict = Verdict()
    if not _require_text(checked, verdict):
        return verdict
    for field, sentence in sentences(checked.texts):
        if len(amounts_in(sentence)) < 2:
            continue
        verdict.compared += 1
        words = [next((word for word in group if word in sentence), None) for group in _groups(rule)]
        if all(words):
            detail = {"says": words, "field": field, "excerpt": excerpt(sentence)}
            verdict.found.append(Found(rule.severity, detail=detail))
    if not verdict.compared:
        verdict.cannot("no_two_amounts")
    return verdict


def _groups(rule: MixedPhases) -> tuple[list[str], ...]:
    return rule.annual, rule.cumulative, rule.comparing


# These ask the text against the tables of one department, the others the text by itself.
PROSE_CHECKS: dict[str, Callable[..., Verdict]] = {
    "prose_amounts": check_prose_amounts,
    "prose_at_most": check_prose_at_most,
}
TEXT_CHECKS: dict[str, Callable[..., Verdict]] = {
    "prose_sum": check_prose_sum,
    "years": check_years,
    "placeholders": check_placeholders,
    "wording": check_wording,
    "mixed_phases": check_mixed_phases,
}
