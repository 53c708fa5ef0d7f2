"""Leaves of what is held about people, handed to them and taken away in time: a part of the vocabulary in ``kinds``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import NUMBER, MapOf

HOLDING_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.EXPORT_MADE: _shape(_("Somebody's data was put together for them.")),
    LeafKind.EXPORT_FETCHED: _shape(_("Somebody fetched the data that was put together for them.")),
    LeafKind.RETENTION_RUN: _shape(
        _("Data that had been kept for as long as it may was taken away."), rows=MapOf(NUMBER)
    ),
}
