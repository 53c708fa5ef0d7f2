"""Versions of a published evaluation: none is ever taken back, and each correction shows what it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from participation.evaluations.models import Evaluation, EvaluationVersion
from participation.stakeholders.models import User
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind


def digest_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def add_version(
    evaluation: Evaluation,
    content: dict[str, Any],
    *,
    reason: str,
    by: User | None,
    created: datetime | None = None,
    also: Iterable[models.Model] = (),
) -> EvaluationVersion:
    version = EvaluationVersion(
        evaluation=evaluation,
        number=evaluation.versions.count() + 1,
        score=Decimal(content["score"]),
        content=content,
        content_sha256=digest_of(content),
        reason=reason,
        published_by=by,
        created=created or timezone.now(),
    )
    with acting(by, reason=reason):
        version.save()
    findings = content.get("findings", [])
    append_leaf(
        LeafKind.EVALUATION_PUBLISHED,
        version,
        public={
            "evaluation": str(evaluation.row_id),
            "number": version.number,
            "score": content["score"],
            "content_sha256": version.content_sha256,
            "findings": len(findings),
            "replies": sum(1 for finding in findings if finding.get("reply")),
        },
        committed={"reason": reason},
        also=also,
    )
    return version


def keep_first_version(evaluation: Evaluation) -> EvaluationVersion:
    """What an evaluation without a call said from the beginning, before its first correction."""
    content = {"score": str(evaluation.score), "summary": evaluation.reasoning}
    return add_version(evaluation, content, reason="", by=evaluation.author, created=evaluation.created)


@dataclass(frozen=True)
class Difference:
    """One thing that a correction changed; empty where it was not there."""

    what: str
    before: str
    after: str


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What two versions say differently, in the order of the page."""
    found = [
        Difference(label, str(before.get(name, "")), str(after.get(name, "")))
        for name, label in (
            ("score", _("Score")),
            ("method", _("Method")),
            ("sample", _("Sample")),
            ("summary", _("Summary")),
        )
    ]
    for name, key, text in (
        ("scores", "code", lambda row: _joined(row.get("points"), row.get("reason"), row.get("evidence"))),
        (
            "findings",
            "id",
            lambda row: _joined(
                row.get("title"), row.get("severity"), row.get("explanation"), row.get("recommendation")
            ),
        ),
    ):
        first, second = ({row[key]: row for row in content.get(name, [])} for content in (before, after))
        for number in dict.fromkeys([*first, *second]):
            old, new = first.get(number), second.get(number)
            label = (new or old or {}).get("title") or number
            found.append(Difference(str(label), text(old) if old else "", text(new) if new else ""))
    return [each for each in found if each.before != each.after]


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
