"""What is past its time, in words: for the page of those who guard privacy, and for the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from privacy.rights.registry import Delete
from privacy.rights.retention.periods import basis_in_words, length_in_words
from privacy.rights.retention.queries import Due


@dataclass(frozen=True)
class DueInWords:
    """``number`` of rows of one kind from before ``before``. ``period`` is empty where no rule is on record."""

    key: str
    title: str
    period: str
    basis: str
    what: str
    before: datetime | None
    number: int


def rows_in_words(due: Due) -> DueInWords:
    return DueInWords(
        key=due.declared.retention,
        title=str(due.declared.title),
        period=length_in_words(due.rule) if due.rule else "",
        basis=basis_in_words(due.rule) if due.rule else "",
        what=_("deleted") if isinstance(due.way, Delete) else _("emptied"),
        before=due.before,
        number=due.rows.count(),
    )
