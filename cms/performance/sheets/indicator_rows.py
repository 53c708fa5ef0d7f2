"""One row of the indicators: a third-level indicator with its target, result, weight and points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from cms.performance.sheets import cells
from cms.performance.sheets.cells import known, number, words
from cms.performance.sheets.layout import (
    CATEGORIES,
    DIMENSIONS,
    DIRECTIONS,
    OPERATORS,
    Direction,
    Operator,
    SheetIndicator,
)

HUNDRED = Decimal(100)
MEANS_NOTHING = re.compile(r"[\d\s.,%、/×xX*-]*|(某|待填|指标|×|x|X)+\d*")
LONGEST_NAME, LONGEST_TEXT, LONGEST_UNIT = 200, 300, 20
STEP = Decimal("0.0001")
LARGEST = Decimal(10) ** 14


class TakesNotes(Protocol):
    def error(self, code: str, cell: str, text: str) -> None: ...

    def warn(self, code: str, cell: str, text: str) -> None: ...


def read_indicator(
    given: Mapping[str, Any], places: Mapping[str, str], row: int, notes: TakesNotes
) -> SheetIndicator | None:
    """``given``: column to cell; ``places``: column to the name of the cell. None where there is an error."""
    return _Row(given, places, row, notes).read()


class _Row:
    def __init__(self, given: Mapping[str, Any], places: Mapping[str, str], row: int, notes: TakesNotes) -> None:
        self.given, self.places, self.row, self.notes = given, places, row, notes
        self.is_sound = True

    def error(self, code: str, column: str, text: str) -> None:
        self.is_sound = False
        self.notes.error(code, self.places.get(column, f"{self.row}"), text)

    def warn(self, code: str, column: str, text: str) -> None:
        self.notes.warn(code, self.places.get(column, f"{self.row}"), text)

    def text(self, column: str, most: int | None = None) -> str:
        said = words(self.given.get(column))
        if most is not None and len(said) > most:
            message = _("This has %(count)d characters; there is room for %(most)d. Shorten it.")
            self.error("too_long", column, message % {"count": len(said), "most": most})
        return said

    def spelt(self, column: str, spellings: Mapping[Any, tuple[str, ...]], code: str) -> Any:
        said = self.text(column)
        found = known(said, spellings)
        if said and found is None:
            message = _("“%(said)s” is not known here. Write one of: %(known)s.")
            self.error(
                code, column, message % {"said": said[:60], "known": "、".join(s[0] for s in spellings.values())}
            )
        return found or ""

    def decimal(self, column: str) -> Decimal | None:
        if not self.text(column):
            return None
        found = number(self.given.get(column))
        if found is None:
            message = _("“%(said)s” is no number. Write the number alone, or leave the cell empty.")
            self.error("not_a_number", column, message % {"said": self.text(column)[:60]})
        return self.fitting(found, column)

    def fitting(self, found: Decimal | None, column: str) -> Decimal | None:
        """With at most four digits after the point, and no more before it than there is room for."""
        if found is None:
            return None
        if abs(found) >= LARGEST or found != found.quantize(STEP):
            message = _("%(said)s has too many digits. Four after the point are kept: use a larger or smaller unit.")
            self.error("too_many_digits", column, message % {"said": f"{found:f}"[:40]})
            return None
        return found

    def read(self) -> SheetIndicator | None:
        name = self.text("name", LONGEST_NAME)
        if MEANS_NOTHING.fullmatch(name):
            message = _("“%(said)s” names nothing that can be measured. Write what is counted, such as 受益学生人数.")
            self.error("placeholder", "name", message % {"said": name})
        dimension = self.spelt("dimension", DIMENSIONS, "unknown_dimension")
        if not dimension and not self.text("dimension"):
            self.error(
                "no_dimension", "dimension", _("The first-level indicator is missing. Write 产出指标, 效益指标 …")
            )
        weight = self.decimal("weight")
        if weight is None or not 0 < weight <= HUNDRED or weight != weight.quantize(Decimal("0.01")):
            self.error("no_weight", "weight", _("The weight has to be a number above 0, of 100 for the whole sheet."))
            weight = Decimal(1)
        values = {**self.target_and_actual(), "weight": weight}
        points = self.decimal("stated_points")
        if points is not None and not 0 <= points <= weight:
            message = _("%(points)s points of %(weight)s: an indicator earns from 0 up to its weight.")
            self.error("points_beyond_weight", "stated_points", message % {"points": points, "weight": weight})
        goal = self.decimal("goal")
        indicator = SheetIndicator(
            dimension=dimension,
            category=self.spelt("category", CATEGORIES, "unknown_category"),
            name=name,
            baseline=self.decimal("baseline"),
            stated_points=points,
            evidence=self.text("evidence"),
            deviation_reason=self.text("deviation_reason"),
            corrective_action=self.text("corrective_action"),
            goal=int(goal) if goal is not None and 1 <= goal <= 99 else 1,
            row=self.row,
            **values,
        )
        return indicator if self.is_sound else None

    def target_and_actual(self) -> dict[str, Any]:
        wanted = cells.target(self.given.get("target"))
        operator = self.spelt("operator", OPERATORS, "unknown_operator")
        unit = self.text("unit", LONGEST_UNIT)
        self.find_bare_day(wanted.number, unit)
        if not wanted.text and wanted.number is None:
            self.error("no_target", "target", _("The target is missing. Write what is to be reached, such as 95."))
            return {"operator": operator or Operator.QUALITATIVE}
        if operator == Operator.QUALITATIVE or (wanted.number is None and not operator):
            return self.in_words()
        if wanted.number is None:
            message = _(
                "“%(said)s” is no number, but the operator is %(operator)s. Write a number, or 定性 as the operator."
            )
            told = {"said": wanted.text[:60], "operator": Operator(operator).label}
            self.error("target_not_a_number", "target", message % told)
            return {"operator": operator}
        return self.in_numbers(wanted, operator, unit)

    def in_numbers(self, wanted: cells.Target, operator: str, unit: str) -> dict[str, Any]:
        if wanted.operator and operator and wanted.operator != operator:
            message = _("The target says %(one)s and the operator says %(other)s. Leave one of them.")
            told = {"one": Operator(wanted.operator).label, "other": Operator(operator).label}
            self.error("two_operators", "target", message % told)
        if not operator and not wanted.operator:
            self.error("no_operator", "target", _("Is more better, or less? Write ≥, ≤ or = before the number."))
        operator = operator or wanted.operator or Operator.AT_LEAST
        if wanted.unit and not unit:
            message = _(
                "“%(said)s” holds a number and its unit. We read %(number)s and %(unit)s; give the unit a column."
            )
            told = {"said": self.text("target")[:60], "number": f"{wanted.number:f}", "unit": wanted.unit}
            self.warn("unit_glued", "target", message % told)
        unit = unit or wanted.unit
        return {
            "operator": operator,
            "direction": self.direction(operator),
            "target": self.fitting(wanted.number, "target"),
            "unit": unit,
            "actual": self.actual(unit, wanted),
        }

    def actual(self, unit: str, wanted: cells.Target) -> Decimal | None:
        said = self.text("actual")
        if not said:
            return None
        found = number(self.given.get("actual"))
        if found is None:
            glued = cells.target(said)
            found = glued.number if glued.unit == unit and not glued.operator else None
        if found is None:
            message = _(
                "“%(said)s” is a word, and the target is the number %(target)s. Write the number that was reached."
            )
            told = {"said": said[:60], "target": f"{wanted.number:f} {unit}".strip()}
            self.error("word_for_number", "actual", message % told)
        return self.fitting(found, "actual")

    def in_words(self) -> dict[str, Any]:
        target_text, said = self.text("target", LONGEST_TEXT), self.text("actual", LONGEST_TEXT)
        if MEANS_NOTHING.fullmatch(target_text):
            message = _("“%(said)s” says nothing that can be reached. Write in words what is to be the case.")
            self.error("placeholder", "target", message % {"said": target_text[:60]})
        level = cells.level(said) if said else None
        if said and level is None:
            message = _("“%(said)s” tells no level. Begin with 达成预期指标, 部分达成预期指标 or 未达成预期指标.")
            self.error("no_level", "actual", message % {"said": said[:60]})
        share = self.decimal("share")
        if share is not None and not 0 <= share <= 1:
            self.error("no_share", "share", _("The share that was awarded lies between 0 and 1."))
        return {
            "operator": Operator.QUALITATIVE,
            "direction": self.spelt("direction", DIRECTIONS, "unknown_direction"),
            "target_text": target_text,
            "unit": self.text("unit"),
            "actual_text": said,
            "level": level or "",
            "share": share,
        }

    def direction(self, operator: str) -> str:
        direction = str(self.spelt("direction", DIRECTIONS, "unknown_direction"))
        against = {Operator.AT_LEAST: Direction.REVERSE, Operator.AT_MOST: Direction.POSITIVE}.get(Operator(operator))
        if direction and direction == against:
            message = _("%(direction)s goes against %(operator)s. Change the one that is wrong.")
            told = {"direction": self.text("direction"), "operator": Operator(operator).label}
            self.error("direction_against_operator", "direction", message % told)
        elif direction == Direction.REVERSE and operator == Operator.EQUAL:
            message = _("Less is better, but the operator is =. If staying below is good, too, write ≤.")
            self.warn("reverse_and_equal", "operator", message)
        return direction

    def find_bare_day(self, target: Decimal | None, unit: str) -> None:
        day = cells.serial_day(target)
        is_about_time = cells.serial_day(unit) is not None or any(
            word in self.text("name") for word in ("时间", "日期", "期限")
        )
        if day is not None and is_about_time:
            message = _(
                "%(said)s is the day %(day)s as a spreadsheet stores it. Write the day in words, or days as a number."
            )
            told = {"said": self.text("target"), "day": day.isoformat()}
            self.error("bare_day", "target", message % told)
