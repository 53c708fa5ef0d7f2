"""How well the operator knows a citizen; a consultation may ask for a level (see ``level_of``, ``require_level``)."""

from participation.stakeholders.levels.queries import Level, level_of, require_level

__all__ = ["Level", "level_of", "require_level"]
