"""The calendar for calendar programs (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from cms.pages.content.agenda import Entry

CONTENT_TYPE = "text/calendar; charset=utf-8"
# Section 3.1: lines are folded so that none has more than 75 octets.
LINE_OCTETS = 75


def write_calendar(entries: Iterable[Entry], *, name: str, base: str, now: datetime) -> str:
    """A calendar with one event for each entry. ``base``: scheme and host of this site, which make ids unique."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Gongzhi//Calendar//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(name)}"]
    for entry in entries:
        lines += _event(entry, base, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(entry: Entry, base: str, now: datetime) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{escaped(entry.uid)}@{urlsplit(base).netloc}", f"DTSTAMP:{_utc(now)}"]
    lines += [_when("DTSTART", entry.starts), *_end(entry)]
    lines += [f"SUMMARY:{escaped(entry.title)}", f"CATEGORIES:{escaped(entry.kind_name)}"]
    for field, value in (("LOCATION", entry.place), ("DESCRIPTION", entry.detail)):
        if value:
            lines.append(f"{field}:{escaped(value)}")
    if entry.url:
        lines.append(f"URL:{urljoin(base, entry.url)}")
    return [*lines, "TRANSP:TRANSPARENT", "END:VEVENT"]


def _end(entry: Entry) -> list[str]:
    if entry.is_all_day:
        # The end of a whole day is the first day that it does not belong to any more.
        return [_when("DTEND", entry.last_day + timedelta(days=1))]
    return [_when("DTEND", entry.ends)] if isinstance(entry.ends, datetime) else []


def _when(field: str, moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return f"{field}:{_utc(moment)}"
    return f"{field};VALUE=DATE:{moment:%Y%m%d}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Section 3.3.11. Control characters have no place in a text."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(each for each in lines if each.isprintable() or each == "\t")


def folded(line: str) -> Iterator[str]:
    """The line in pieces that fit, never cutting a character; each piece but the first begins with a blank."""
    piece, size = "", 0
    for each in line:
        octets = len(each.encode())
        if size + octets > LINE_OCTETS:
            yield piece
            piece, size = " ", 1
        piece += each
        size += octets
    yield piece
