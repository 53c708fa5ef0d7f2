"""Small decisions for tests, and how to draw them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from participation.decisions.deciding.decision import BLANK, Decision, Group, Option

SQ = "SQ"
Columns = Mapping[str, Mapping[str, Sequence[int | None]]]

always_the_same = settings(max_examples=30, derandomize=True, deadline=None)


def group(id_: str, columns: Mapping[str, Sequence[int | None]], **about: Any) -> Group:
    lists = [[BLANK if rating is None else rating for rating in column] for column in columns.values()]
    return Group(id_, np.array(lists, dtype=np.int8).T, **about)


def decision(columns: Columns, *, costs: Mapping[str, int] | None = None, **about: Any) -> Decision:
    """Every group rates the same options; equal weights unless others are given."""
    ids = list(next(iter(columns.values())))
    groups = about.pop("groups", None) or [group(id_, rated) for id_, rated in columns.items()]
    about.setdefault("weights", {id_: Fraction(1, len(columns)) for id_ in columns})
    options = [Option(id_, Fraction((costs or {}).get(id_, 0))) for id_ in ids]
    return Decision(options=options, status_quo=SQ, groups=groups, **about)


def same(rating: int, ballots: int = 4) -> list[int]:
    return [rating] * ballots


# Ratings that let some options pass; blanks are rare, as they are.
RATINGS = st.sampled_from([None, 0, 1, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 10])


@st.composite
def columns(draw: st.DrawFn, least_options: int = 2) -> dict[str, dict[str, list[int | None]]]:
    options = [*"ABC"[: draw(st.integers(least_options - 1, 3))], SQ]
    groups = [f"group {number}" for number in range(draw(st.integers(1, 3)))]
    rated = {}
    for name in groups:
        ballots = draw(st.integers(3, 5))
        rated[name] = {option: draw(st.lists(RATINGS, min_size=ballots, max_size=ballots)) for option in options}
    return rated
