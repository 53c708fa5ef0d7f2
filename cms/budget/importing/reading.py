"""From bytes to rows of text: encoding, delimiter, header, quoting. What the mapping leaves out is found out here."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes
from django.conf import settings
from django.utils.translation import gettext as _

from cms.budget.importing.mapping import ColumnRef, FileSection
from cms.budget.importing.problems import Problem, Severity, refusal, shown
from portal.errors import TooLarge

# Tried when a file is not UTF-8: Chinese (simplified, traditional), then Western European.
LEGACY_ENCODINGS = ["gb18030", "big5", "cp1252"]
# GB 18030 contains the older two; files that call themselves gb2312 often hold characters beyond it.
WIDER_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "utf-8": "utf-8-sig"}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The first bytes of what people send when asked for a CSV file.
NOT_TEXT = ((b"PK\x03\x04", "xlsx"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "PDF"), (b"\x1f\x8b", "gzip"))
DELIMITERS = ",;\t|"
SAMPLE_BYTES = 32 * 1024
SAMPLE_ROWS = 200
# Everything below a space that is neither tab nor line end, DEL, and marks that stand for nothing (BOM inside).
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
# What a wrong encoding leaves behind: replacement characters and C1 controls.
DAMAGE = re.compile("[\ufffd\x80-\x9f]")
# Fewer multi-byte characters than this may be valid UTF-8 by accident.
SURE_OF_UTF8 = 3
NON_ASCII = re.compile("[^\x00-\x7f]")
MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Source:
    """A file that can be read row by row. ``header`` is None for a file without one."""

    name: str
    sha256: str
    size: int
    encoding: str
    delimiter: str
    text: str
    header: list[str] | None
    width: int
    problems: tuple[Problem, ...]

    def rows(self) -> Iterator[Row]:
        """Data rows with their number, from 1. Blank rows are passed over but keep their number."""
        records = _records(self.text, self.delimiter)
        if self.header is not None:
            next(records)
        for number, cells in enumerate(records, start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for index, name in enumerate(self.header or []):
            positions.setdefault(name, []).append(index)
        return positions

    def position(self, column: ColumnRef) -> int | None:
        """Where a column is, from 0, or None. Raises ``Invalid`` when the header has the name twice."""
        if isinstance(column, str):
            found = self._positions.get(" ".join(column.split()), [])
            if len(found) > 1:
                raise refusal(
                    "ambiguous_column",
                    _("The header has the column “%(name)s” %(times)d times. Give its position, counted from 0.")
                    % {"name": column, "times": len(found)},
                )
            if found:
                return found[0]
            if not (column.isascii() and column.isdigit()):
                return None
        index = int(column)
        return index if index < self.width else None

    def describe_columns(self) -> str:
        if self.header is None:
            return _("no header, %(width)d columns counted from 0") % {"width": self.width}
        return ", ".join(shown(name) for name in self.header)


def read_budget_file(path: Path) -> bytes:
    """The bytes of a file. Its size is looked at before anything is read."""
    try:
        if not path.is_file():
            raise refusal("no_file", _("There is no file “%(path)s”.") % {"path": path})
        require_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise refusal(
            "no_file", _("“%(path)s” cannot be read: %(reason)s") % {"path": path, "reason": error.strerror}
        ) from error


def require_size(size: int) -> None:
    """Raises ``TooLarge`` above ``settings.BUDGET_FILE_MAX_BYTES`` and ``Invalid`` for an empty file."""
    if size > settings.BUDGET_FILE_MAX_BYTES:
        raise TooLarge(
            _("The file has %(size)s MB; the limit is %(limit)s MB.")
            % {"size": _megabytes(size), "limit": _megabytes(settings.BUDGET_FILE_MAX_BYTES)},
            problem="too_large",
            limit=settings.BUDGET_FILE_MAX_BYTES,
        )
    if size == 0:
        raise refusal("empty_file", _("The file is empty."))


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0")


def read_source(content: bytes, *, name: str, declared: FileSection, names_columns: bool) -> Source:
    """Open a file as declared, or as it looks. ``names_columns``: the mapping speaks of columns by name."""
    require_size(len(content))
    encoding = _encoding(content, declared.encoding)
    text, problems = _cleaned(_decoded(content, encoding))
    delimiter = declared.delimiter or _delimiter(text)
    first_rows = list(islice(_records(text, delimiter), SAMPLE_ROWS))
    if not first_rows:
        raise refusal("empty_file", _("The file holds no data."))
    has_header = declared.header
    if has_header is None:
        has_header = names_columns or _looks_like_header(first_rows)
    if names_columns and not has_header:
        raise refusal("no_header", _("Without a header, columns have to be given by position, counted from 0."))
    header = [" ".join(cell.split()) for cell in first_rows[0]] if has_header else None
    while header and not header[-1]:
        header.pop()
    return Source(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        encoding=encoding.removesuffix("-sig"),
        delimiter=delimiter,
        text=text,
        header=header,
        width=len(header) if header else Counter(map(len, first_rows)).most_common(1)[0][0],
        problems=tuple(problems),
    )


# Encoding ---------------------------------------------------------------------------------------


def _encoding(content: bytes, declared: str | None) -> str:
    for magic, kind in NOT_TEXT:
        if content.startswith(magic):
            raise refusal(
                "not_text",
                _("This is a file of the kind %(kind)s. Please save the table as CSV first.") % {"kind": kind},
            )
    marked = next((name for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if declared is None:
        return marked or _likely_encoding(content)
    try:
        known = codecs.lookup(declared)
        b"".decode(declared)
    except (LookupError, ValueError) as error:
        raise refusal("encoding", _("There is no encoding “%(name)s”.") % {"name": declared}) from error
    name = WIDER_ENCODINGS.get(known.name, known.name)
    actual = marked or ("utf-8-sig" if _is_surely_utf8(content) else name)
    if actual.partition("-sig")[0] != name.partition("-sig")[0] and not (marked and name.startswith(marked)):
        raise refusal(
            "encoding",
            _("The mapping says %(declared)s, but the file is %(actual)s.")
            % {"declared": declared, "actual": actual.partition("-sig")[0]},
        )
    return marked or name


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_surely_utf8(content: bytes) -> bool:
    found = islice(MULTIBYTE.finditer(content), SURE_OF_UTF8)
    return sum(1 for _match in found) == SURE_OF_UTF8 and _is_utf8(content)


def _likely_encoding(content: bytes) -> str:
    if _is_utf8(content):
        return "utf-8"
    as_utf8 = content.decode("utf-8", "replace")
    damaged = as_utf8.count("\ufffd")
    # A little damage in much UTF-8 is damage, to be pointed at, and no other encoding.
    if sum(1 for _match in NON_ASCII.finditer(as_utf8)) > 10 * damaged:
        return "utf-8"
    guesses = [match.encoding for match in from_bytes(_telling_lines(content), cp_isolation=LEGACY_ENCODINGS)]
    for guess in dict.fromkeys([*guesses, *LEGACY_ENCODINGS]):
        try:
            content.decode(guess)
        except UnicodeDecodeError:
            continue
        return guess
    raise refusal("encoding", _("The encoding of the file cannot be made out. Say in [file] which it is."))


def _telling_lines(content: bytes) -> bytes:
    """The first lines that are not plain ASCII: the others say nothing about the encoding."""
    lines, size = [], 0
    for line in io.BytesIO(content):
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > SAMPLE_BYTES:
                break
    return b"".join(lines)


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refusal(
            "encoding",
            _("The file is not %(encoding)s: byte %(position)d (in line %(line)d) is 0x%(byte)s.")
            % {
                "encoding": encoding.removesuffix("-sig"),
                "position": error.start,
                "line": line,
                "byte": f"{content[error.start]:02X}",
            },
            line=line,
            position=error.start,
        ) from error


def _cleaned(text: str) -> tuple[str, list[Problem]]:
    problems = []
    if text.count("\x00") > len(text) // 10:
        raise refusal("not_text", _("This is not a text file. Please save the table as CSV first."))
    text, removed = CONTROL.subn("", text)
    if removed:
        message = _("%(count)d control characters were left out.") % {"count": removed}
        problems.append(Problem(None, Severity.INFO, "control_characters", message))
    damaged = sum(1 for _match in DAMAGE.finditer(text))
    if damaged:
        message = _("%(count)d characters look damaged: the encoding may be another one.") % {"count": damaged}
        problems.append(Problem(None, Severity.WARNING, "damaged_characters", message))
    return text, problems


# Rows -------------------------------------------------------------------------------------------


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """All records from the first that is not blank. Raises ``Invalid`` where the quoting is broken."""
    # Strict: a quotation mark that is never closed must not swallow the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    started = False
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refusal(
                "quoting",
                _("The quotation marks do not match at or before line %(line)d, or a cell there is too long.")
                % {"line": reader.line_num},
                line=reader.line_num,
            ) from error
        started = started or any(cell.strip() for cell in cells)
        if started:
            yield cells


def _delimiter(text: str) -> str:
    """The mark that splits the first rows most evenly, and into most columns."""

    def evenness(delimiter: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(text[: SAMPLE_BYTES * 4], newline=""), delimiter=delimiter)
        try:
            widths = [len(cells) for cells in islice(reader, SAMPLE_ROWS) if cells]
        except csv.Error:
            return 0.0, 0
        # The sample may end in the middle of a row.
        widths = widths[:-1] or widths
        width, times = Counter(widths).most_common(1)[0] if widths else (0, 0)
        return (times / len(widths), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=evenness)


def _looks_like_header(first_rows: list[list[str]]) -> bool:
    """Whether the first row lacks numbers where the following rows have them."""
    head, *body = first_rows
    numeric = re.compile(r"[-+(]?[0-9][0-9.,\s]*\)?")
    columns = [
        index
        for index in range(len(head))
        if body
        and all(numeric.fullmatch(row[index].strip()) for row in body if len(row) > index and row[index].strip())
    ]
    return bool(columns) and not any(numeric.fullmatch(head[index].strip()) for index in columns)
