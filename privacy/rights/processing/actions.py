"""Completing the record of processing, fixing a version of it, and assessing what a use of data does to people."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.rights.deadlines import deadline
from privacy.rights.processing.models import ACTIVITIES, ImpactAssessment, ProcessingDetails, ProcessingRecord
from privacy.rights.processing.queries import ADDED, record_content
from privacy.rights.refusals import NotNow, Refused

TEXT_MAX = 5000
QUESTIONS = ("necessity", "risks", "measures")


def _require_guard(user: Any) -> None:
    if not directory().may_guard_privacy(user):
        raise PermissionDenied


def _activity(key: str) -> str:
    if key not in dict(ACTIVITIES):
        raise Refused(_("There is no such activity."), field="activity")
    return key


def _texts(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    found = {name: values.get(name, "").strip() for name in names}
    if too_long := [name for name, text in found.items() if len(text) > TEXT_MAX]:
        raise Refused(_("Please shorten your text to %(limit)d characters.") % {"limit": TEXT_MAX}, field=too_long[0])
    return found


def _keep_until() -> date | None:
    until = deadline("processing/keeping", timezone.now())
    return timezone.localdate(until) if until else None


@transaction.atomic
def complete_activity(activity: str, *, values: Mapping[str, str], version: int, acting_user: Any) -> ProcessingDetails:
    """Say what only a person can say about one activity: ``ADDED``. ``version``: the one that was changed, 0 for none.

    Raises ``NotNow`` where somebody else was faster.
    """
    _require_guard(acting_user)
    texts = _texts(values, ADDED)
    for name in ("controller", "contact"):
        if len(texts[name]) > 200:
            raise Refused(_("Please shorten your text to %(limit)d characters.") % {"limit": 200}, field=name)
    found = ProcessingDetails.objects.select_for_update().filter(activity=_activity(activity)).first()
    if (found.version if found else 0) != version:
        raise NotNow(_("Somebody else changed this in the meantime. Reload to see what they wrote."))
    details = found or ProcessingDetails(activity=activity, version=0)
    for name, text in texts.items():
        setattr(details, name, text)
    details.version, details.changed_at, details.changed_by = version + 1, timezone.now(), acting_user
    with acting(acting_user):
        details.save()
    append_leaf(
        LeafKind.PROCESSING_COMPLETED,
        details,
        public={"activity": details.activity, "version": details.version},
        committed={"content": canonical(texts)},
    )
    return details


@transaction.atomic
def fix_record(*, acting_user: Any) -> ProcessingRecord:
    """Fix the whole record as it stands, as the next version. The same content again is the same version."""
    _require_guard(acting_user)
    newest = ProcessingRecord.objects.select_for_update().order_by("-number").first()
    content = record_content()
    text = canonical(content)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if newest is not None and newest.sha256 == digest:
        same: ProcessingRecord = newest
        return same
    made: ProcessingRecord = ProcessingRecord.objects.create(
        number=newest.number + 1 if newest else 1,
        content=content,
        sha256=digest,
        fixed_by=acting_user,
        keep_until=_keep_until(),
    )
    append_leaf(
        LeafKind.PROCESSING_PUBLISHED, made, public={"version": made.number, "content_sha256": digest}, committed={}
    )
    return made


@transaction.atomic
def write_assessment(
    activity: str, *, grounds: Sequence[str], risk: str, values: Mapping[str, str], acting_user: Any
) -> ImpactAssessment:
    """Write, or go on writing, the assessment of one activity. Once one is approved, this begins the next version."""
    _require_guard(acting_user)
    if not set(grounds) <= set(ImpactAssessment.Ground.values) or risk not in ImpactAssessment.Risk.values:
        raise Refused(_("Please choose from what is offered."))
    texts = _texts(values, QUESTIONS)
    earlier = ImpactAssessment.objects.select_for_update().filter(activity=_activity(activity)).order_by("-version")
    newest = earlier.first()
    if newest is not None and newest.state == ImpactAssessment.State.DRAFT:
        assessment = newest
    else:
        assessment = ImpactAssessment(activity=activity, version=newest.version + 1 if newest else 1)
    assessment.grounds, assessment.risk = [one for one in ImpactAssessment.Ground.values if one in grounds], risk
    for name, text in texts.items():
        setattr(assessment, name, text)
    assessment.written_by, assessment.written_at = acting_user, timezone.now()
    return _save(assessment, acting_user)


@transaction.atomic
def approve_assessment(assessment: ImpactAssessment, *, acting_user: Any) -> ImpactAssessment:
    """Approve it: from then on it is never changed. Raises ``Refused`` while one of the three questions is open."""
    _require_guard(acting_user)
    locked = ImpactAssessment.objects.select_for_update().get(pk=assessment.pk)
    if locked.state != ImpactAssessment.State.DRAFT:
        raise NotNow(_("This assessment is approved already."))
    if missing := [name for name in QUESTIONS if not getattr(locked, name)]:
        raise Refused(_("Please answer all three questions first."), field=missing[0])
    if not locked.grounds:
        raise Refused(_("Please say why it is assessed."), field="grounds")
    locked.state = ImpactAssessment.State.APPROVED
    locked.approved_by, locked.approved_at, locked.keep_until = acting_user, timezone.now(), _keep_until()
    return _save(locked, acting_user)


def _save(assessment: ImpactAssessment, acting_user: Any) -> ImpactAssessment:
    with acting(acting_user):
        assessment.save()
    append_leaf(
        LeafKind.IMPACT_ASSESSED,
        assessment,
        public={"activity": assessment.activity, "version": assessment.version, "state": assessment.state},
        committed={
            "content": canonical(
                {"grounds": assessment.grounds, "risk": assessment.risk}
                | {name: getattr(assessment, name) for name in QUESTIONS}
            )
        },
    )
    return assessment
