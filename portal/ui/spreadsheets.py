"""What spreadsheet programs need and must not be given: shared by everything that is downloaded as a table."""

from __future__ import annotations

# Spreadsheet programs read the mark as "this is UTF-8"; without it Chinese names arrive as rubbish.
BYTE_ORDER_MARK = "\ufeff".encode()
# What makes a spreadsheet program take a text for a formula, full-width forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def guarded(text: str) -> str:
    """A text that no spreadsheet program runs: a leading apostrophe shows it as it is. Numbers do not come here."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
