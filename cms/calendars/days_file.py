"""Official days as a table (CSV): ``date, is_workday, note``. In all its years at once, or in one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from portal.errors import Invalid, TooLarge

MAX_BYTES = 256 * 1024
MAX_ROWS = 4000
NOTE_MAX = 100
COLUMNS = {
    "date": ("date", "day", "日期"),
    "is_workday": ("is_workday", "workday", "是否工作日", "工作日", "是否上班"),
    "note": ("note", "remark", "备注", "说明", "节日", "name"),
}
WORKED = {"1", "true", "yes", "workday", "是", "班", "上班", "工作日"}
FREE = {"0", "false", "no", "holiday", "否", "休", "放假", "休息", "节假日"}
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True)
class Entered:
    """What is said of one day."""

    is_workday: bool
    note: str = ""


Days = Mapping[date, Entered]


def read_days(content: bytes) -> dict[date, Entered]:
    """Raises ``Invalid`` with every row that cannot be read, and ``TooLarge``. A day may stand only once."""
    if len(content) > MAX_BYTES:
        raise TooLarge(_("A calendar has at most %(size)d KB.") % {"size": MAX_BYTES // 1024})
    rows = list(csv.reader(io.StringIO(_text(content), newline="")))
    places = _places(rows[0] if rows else [])
    if len(rows) > MAX_ROWS:
        raise TooLarge(_("A calendar has at most %(count)d rows.") % {"count": MAX_ROWS})
    days: dict[date, Entered] = {}
    problems: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {key: row[place].strip() if place < len(row) else "" for key, place in places.items()}
        day, is_workday = _day(cells["date"]), _worked(cells["is_workday"])
        if day is None:
            problems.append(_("Row %(row)d: “%(text)s” is no day.") % {"row": number, "text": cells["date"][:40]})
        elif is_workday is None:
            words = {"row": number, "text": cells["is_workday"][:40]}
            problems.append(_("Row %(row)d: “%(text)s” does not say whether the day is worked.") % words)
        elif day in days:
            problems.append(_("Row %(row)d: %(day)s stands there twice.") % {"row": number, "day": day})
        else:
            days[day] = Entered(is_workday, cells.get("note", "")[:NOTE_MAX])
    if problems:
        raise Invalid(" ".join(problems[:10]), field="file", problems=problems)
    if not days:
        raise Invalid(_("The file holds no days."), field="file")
    return days


def write_days(days: Days) -> str:
    """The same days in the form that ``read_days`` takes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for day, entered in sorted(days.items()):
        writer.writerow([day.isoformat(), int(entered.is_workday), entered.note])
    return out.getvalue()


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is not text in UTF-8 or GB 18030."), field="file")


def _places(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    places = {key: place for key, known in COLUMNS.items() for place, name in enumerate(names) if name in known}
    if not {"date", "is_workday"} <= set(places):
        raise Invalid(_("The first row has to name the columns date, is_workday and note."), field="file")
    return places


def _day(text: str) -> date | None:
    match = DAY.fullmatch(text) or COMPACT.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _worked(text: str) -> bool | None:
    plain = text.lower()
    return True if plain in WORKED else False if plain in FREE else None
