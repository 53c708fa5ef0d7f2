"""How long the export of somebody with five thousand contributions takes, and that memory does not grow with them."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from participation.feedback.models import Feedback
from participation.stakeholders.models import StakeholderGroup, User
from privacy.rights.exporting.actions import ask_export
from privacy.rights.exporting.making import make_export
from privacy.rights.exporting.models import ExportJob
from tests.factories import make_consultation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]
FEW, MORE, MANY = 400, 1600, 5000
SECONDS_AT_MOST = 60
MEGABYTE = 1024 * 1024
MORE_AT_MOST = 2 * MEGABYTE


def person_with(contributions: int) -> User:
    """Each with its history row, and a sealed telephone."""
    person, consultation = make_user(), make_consultation()
    said = Feedback.objects.bulk_create(
        Feedback(
            consultation=consultation,
            author=person,
            stakeholder_group=StakeholderGroup.CITIZEN,
            kind=Feedback.Kind.PROBLEM,
            body=f"第{number}号反映：路灯不亮，请说明钱花在哪里。" * 3,
            callback_phone=f"138{number:08d}",
        )
        for number in range(contributions)
    )
    Feedback.history.bulk_history_create(said, batch_size=500)  # type: ignore[attr-defined]
    return person


def exported(person: User) -> ExportJob:
    job = ask_export(person.sealing_subject(), language="zh-hans", acting_user=person)
    return make_export(job)


def peak(person: User) -> int:
    tracemalloc.start()
    try:
        exported(person)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_five_thousand_contributions_are_exported_within_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    exported(make_user())
    many = person_with(MANY)
    started = time.perf_counter()
    job = exported(many)
    seconds = time.perf_counter() - started
    assert job.state == ExportJob.State.READY
    peaks = [peak(person_with(number)) for number in (FEW, MORE)]
    with capsys.disabled():
        figures = {
            "contributions": MANY,
            "rows": job.total // 2,
            "seconds": round(seconds, 2),
            "file_megabytes": round(job.file.size / MEGABYTE, 2),
            "peak_megabytes": {FEW: round(peaks[0] / MEGABYTE, 2), MORE: round(peaks[1] / MEGABYTE, 2)},
        }
        print("\n" + json.dumps({"export": figures}))
    assert seconds < SECONDS_AT_MOST
    assert peaks[1] - peaks[0] < MORE_AT_MOST
