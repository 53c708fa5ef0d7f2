"""What leaves about erasures and legal holds look like; part of the vocabulary in ``kinds.py``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import NUMBER, WORD

ERASURE_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.ERASURE_MOVED: _shape(_("An erasure was asked for, held, refused or taken back."), "reason", state=WORD),
    LeafKind.ERASURE_DONE: _shape(
        _("Somebody's data was erased: keys were destroyed, rows deleted or emptied."),
        state=WORD,
        keys=NUMBER,
        deleted=NUMBER,
        emptied=NUMBER,
    ),
    LeafKind.ROWS_EMPTIED: _shape(
        _("Personal values were taken out of rows that earlier entries are about."), rows=NUMBER
    ),
    LeafKind.HOLD_PLACED: _shape(_("Data was put under a legal hold: it must not be erased for now."), "reason"),
    LeafKind.HOLD_LIFTED: _shape(_("A legal hold was lifted, with a reason."), "reason"),
}
