"""The table of the life of a task, as a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.rectification.models import RectificationTask
from participation.rectification.progress import weighted
from participation.rectification.transitions import TABLE, Side, leads_to, steps_open_to

Status = RectificationTask.Status
STEPS = sorted(TABLE)


def test_the_table_reads_as_it_is_documented() -> None:
    told = {step: (sorted(each.before), each.after, each.side, each.needs_reason) for step, each in TABLE.items()}
    work = ["accepted", "assigned", "returned"]
    given_away = ["accepted", "assigned", "disputed", "in_progress", "returned"]
    assert told == {
        "assign": (["drafted"], "assigned", Side.DESK, False),
        "accept": (["assigned"], "accepted", Side.RESPONSIBLE, False),
        "dispute": (["accepted", "assigned"], "disputed", Side.RESPONSIBLE, True),
        "uphold": (["disputed"], "assigned", Side.DESK, True),
        "withdraw": (["disputed"], "withdrawn", Side.DESK, True),
        "reassign": (given_away, "assigned", Side.DESK, True),
        "begin": (work, "in_progress", Side.RESPONSIBLE, False),
        "submit": (["in_progress"], "submitted", Side.RESPONSIBLE, False),
        "verify": (["submitted"], "verified", Side.CHECKER, True),
        "return": (["submitted"], "returned", Side.CHECKER, True),
        "close": (["verified"], "closed", Side.DESK, True),
        "reopen": (["closed", "verified"], "returned", Side.DESK, True),
    }


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_no_path_leads_to_closed_without_a_check_of_the_last_submission(steps: list[str]) -> None:
    status, taken = Status.DRAFTED.value, []
    for step in steps:
        after = leads_to(status, step)
        if after is not None:
            status = after
            taken.append(step)
    if status == Status.CLOSED:
        since = taken[len(taken) - taken[::-1].index("submit") :]
        assert "verify" in since
        assert TABLE["verify"].side == Side.CHECKER


@pytest.mark.parametrize("status", list(Status))
def test_whoever_is_responsible_never_takes_the_step_of_a_checker(status: str) -> None:
    assert {"verify", "return", "close"}.isdisjoint(steps_open_to(status, {Side.RESPONSIBLE}))


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(-50, 500)), max_size=30))
def test_progress_is_between_nothing_and_all_and_all_only_when_every_part_is(parts: list[tuple[int, int]]) -> None:
    percent = weighted(parts)
    assert 0 <= percent <= 100
    assert (percent == 100) == (bool(parts) and all(part >= 100 for _weight, part in parts))
