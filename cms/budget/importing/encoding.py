"""In which encoding a file is written, found out or held to what is declared, without holding the file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.problems import Problem, Severity, refusal
from portal.errors import Invalid

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
# Everything below a space that is neither tab nor line end, DEL, and marks that stand for nothing (BOM inside).
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
# What a wrong encoding leaves behind: replacement characters and C1 controls.
DAMAGE = re.compile("[\ufffd\x80-\x9f]")
# Fewer multi-byte characters than this may be valid UTF-8 by accident.
SURE_OF_UTF8 = 3
BLOCK_BYTES = 1024 * 1024
SAMPLE_BYTES = 32 * 1024


@dataclass(frozen=True)
class Written:
    """How a text file is written. ``controls``: whether it holds characters that are to be left out."""

    encoding: str
    controls: bool
    problems: tuple[Problem, ...]


def examine_text(file: BudgetFile, declared: str | None) -> Written:
    """Raises ``Invalid`` where the encoding cannot be found out, does not fit, or contradicts the one declared."""
    encoding = _encoding(file, declared)
    controls = damaged = nulls = characters = 0
    for text in _decoded(file, encoding):
        characters += len(text)
        nulls += text.count("\x00")
        controls += sum(1 for _match in CONTROL.finditer(text))
        if not text.isascii():
            damaged += sum(1 for _match in DAMAGE.finditer(text))
    if nulls > characters // 10:
        raise refusal("not_text", _("This is not a text file. Please save the table as CSV first."))
    problems = []
    if controls:
        message = _("%(count)d control characters were left out.") % {"count": controls}
        problems.append(Problem(None, Severity.INFO, "control_characters", message))
    if damaged:
        message = _("%(count)d characters look damaged: the encoding may be another one.") % {"count": damaged}
        problems.append(Problem(None, Severity.WARNING, "damaged_characters", message))
    return Written(encoding, bool(controls), tuple(problems))


def _encoding(file: BudgetFile, declared: str | None) -> str:
    with file.open() as opened:
        head = opened.read(4)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if declared is None:
        return marked or _likely_encoding(file)
    try:
        known = codecs.lookup(declared)
        b"".decode(declared)
    except (LookupError, ValueError) as error:
        raise refusal("encoding", _("There is no encoding “%(name)s”.") % {"name": declared}) from error
    name = WIDER_ENCODINGS.get(known.name, known.name)
    if not marked and name == "utf-8-sig":
        return name
    actual = marked or ("utf-8-sig" if _survey(file).is_surely_utf8 else name)
    if actual.partition("-sig")[0] != name.partition("-sig")[0] and not (marked and name.startswith(marked)):
        raise refusal(
            "encoding",
            _("The mapping says %(declared)s, but the file is %(actual)s.")
            % {"declared": declared, "actual": actual.partition("-sig")[0]},
        )
    return marked or name


@dataclass(frozen=True)
class _Survey:
    """What reading the file as UTF-8 shows: how many characters beyond ASCII, and how many that do not fit."""

    beyond_ascii: int
    damaged: int

    @property
    def is_surely_utf8(self) -> bool:
        return not self.damaged and self.beyond_ascii >= SURE_OF_UTF8


def _survey(file: BudgetFile) -> _Survey:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    beyond = damaged = 0
    with file.open() as opened:
        while block := opened.read(BLOCK_BYTES):
            if block.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(block)
            beyond += len(text) - len(text.encode("ascii", "ignore"))
            damaged += text.count("\ufffd")
    damaged += decoder.decode(b"", final=True).count("\ufffd")
    # A replacement character may stand in the file itself, as the mark of older damage.
    if damaged and _fits(file, "utf-8"):
        damaged = 0
    return _Survey(beyond, damaged)


def _likely_encoding(file: BudgetFile) -> str:
    survey = _survey(file)
    # A little damage in much UTF-8 is damage, to be pointed at, and no other encoding.
    if not survey.damaged or survey.beyond_ascii > 10 * survey.damaged:
        return "utf-8"
    with file.open() as opened:
        telling = _telling_lines(opened)
    guesses = [match.encoding for match in from_bytes(telling, cp_isolation=LEGACY_ENCODINGS)]
    for guess in dict.fromkeys([*guesses, *LEGACY_ENCODINGS]):
        if _fits(file, guess):
            return guess
    raise refusal("encoding", _("The encoding of the file cannot be made out. Say in [file] which it is."))


def _fits(file: BudgetFile, encoding: str) -> bool:
    try:
        for _text in _decoded(file, encoding):
            pass
    except Invalid:
        return False
    return True


def _telling_lines(file: BinaryIO) -> bytes:
    """The first lines that are not plain ASCII: the others say nothing about the encoding."""
    lines, size = [], 0
    for line in file:
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > SAMPLE_BYTES:
                break
    return b"".join(lines)


def _decoded(file: BudgetFile, encoding: str) -> Iterator[str]:
    """The text in blocks. Raises ``Invalid`` with the place of the first byte that does not fit."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with file.open() as opened:
        while True:
            block = opened.read(BLOCK_BYTES)
            read += len(block)
            try:
                yield decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                # The decoder may have kept some bytes of the block before.
                position = read - len(error.object) + error.start
                raise _misfit(file, encoding, position) from error
            if not block:
                return


def _misfit(file: BudgetFile, encoding: str, position: int) -> Invalid:
    line, left = 1, position
    with file.open() as opened:
        while left > 0:
            block = opened.read(min(BLOCK_BYTES, left))
            line += block.count(b"\n")
            left -= len(block)
        byte = opened.read(1)
    return refusal(
        "encoding",
        _("The file is not %(encoding)s: byte %(position)d (in line %(line)d) is 0x%(byte)s.")
        % {
            "encoding": encoding.removesuffix("-sig"),
            "position": position,
            "line": line,
            "byte": byte.hex().upper(),
        },
        line=line,
        position=position,
    )
