"""Rungs of escalation and rules for the use of results as a file (TOML): tables ``rungs`` and ``results``."""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from participation.rectification.ladder.models import EscalationRung
from participation.rectification.results.models import LinkageRule
from portal.errors import Invalid

OWN = Path(__file__).with_name("data") / "ladder.toml"


def read_rules(content: bytes) -> list[EscalationRung | LinkageRule]:
    """Rows as they would be written. Raises ``Invalid`` that says what is wrong with the file."""
    try:
        given = tomllib.loads(content.decode("utf-8"))
        rows: list[EscalationRung | LinkageRule] = [EscalationRung(**row) for row in given.pop("rungs", [])]
        for row in given.pop("results", []):
            ratio = Decimal(row.pop("ratio")) if "ratio" in row else None
            rows.append(LinkageRule(**row, ratio=ratio))
        if given:
            raise ValueError(", ".join(given))
        for each in rows:
            # Whether it is there already is for the action to find out.
            each.full_clean(validate_unique=False, validate_constraints=False)
    except (ValueError, TypeError, KeyError, InvalidOperation, ValidationError) as error:
        raise Invalid(_("These are no rules for tasks: %(why)s.") % {"why": error}) from error
    return rows


def said(row: models.Model) -> dict[str, Any]:
    """Everything that a row says, as JSON, for the commitment in the log."""
    names = [field.name for field in row._meta.concrete_fields if field.name not in ("id", "row_id", "valid_until")]
    return {name: None if getattr(row, name) is None else str(getattr(row, name)) for name in names}


def identity(row: EscalationRung | LinkageRule) -> dict[str, Any]:
    name = "rule_id" if isinstance(row, EscalationRung) else "grade"
    return {key: getattr(row, key) for key in ("jurisdiction", name, "valid_from")}
