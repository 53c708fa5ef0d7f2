"""How far a long command has got: one line that is written over, on a terminal only."""

from __future__ import annotations

from typing import TextIO


class ProgressLine:
    """Call it with the name of what is worked on and how many more are done; use it in a ``with`` block."""

    def __init__(self, out: TextIO, total: int | None = None, *, is_shown: bool | None = None) -> None:
        self._out = out
        self._total = total
        self._is_shown = out.isatty() if is_shown is None else is_shown
        self._done = 0
        self._width = 0

    def expect(self, total: int) -> None:
        """Say how many there are, once that is known: from then on the line is a bar."""
        self._total = total

    def __enter__(self) -> ProgressLine:
        return self

    def __call__(self, name: str, count: int) -> None:
        self._done += count
        if self._is_shown:
            self._write(f"{self._bar()} {name}")

    def _bar(self) -> str:
        if not self._total:
            return f"{self._done:,}"
        share = min(1.0, self._done / self._total)
        return f"[{'#' * int(share * 20):<20}] {share:4.0%} {self._done:,} of {self._total:,}"

    def _write(self, text: str) -> None:
        self._out.write("\r" + text.ljust(self._width))
        self._out.flush()
        self._width = len(text)

    def __exit__(self, *error: object) -> None:
        if self._width:
            self._out.write("\r" + " " * self._width + "\r")
            self._out.flush()
