"""Participatory allocation: a part of the budget that residents decide on project by project."""
