"""This room holds nothing about people."""

from __future__ import annotations

from privacy.rights.registry import nothing_personal, register

register(
    nothing_personal("cms.DataFile", "release dataset format name row_count size sha256 made_at"),
    nothing_personal("cms.PublicEdition", "number"),
)
