"""The second opinion: the middle of the evaluators, outliers, the public, divergence, and what is drawn again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from participation.drawing import draw, is_opened_by
from participation.evaluations.opinions.actions import (
    announce_reevaluation,
    draw_reevaluation,
    give_public_score,
    record_official_score,
)
from participation.evaluations.opinions.queries import Opinion, opinions_on, panel_of, public_opinion
from participation.stakeholders.models import Role
from portal.errors import Conflict, Invalid, NotAllowed
from tests import log_entries
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_evaluation,
    make_line,
    make_moderator,
    make_officeholder,
    make_user,
)

pytestmark = pytest.mark.django_db


def given(*scores: str) -> list:  # type: ignore[type-arg]
    line = make_line()
    consultation = make_consultation(release=line.release)
    return [make_evaluation(consultation, programme=line.programme, score=Decimal(score)) for score in scores]


@pytest.mark.parametrize(
    ("scores", "median", "spread", "outliers"),
    [
        (("66",), "66.00", "0", []),
        (("60", "90"), "75.00", "30", []),
        (("80", "80.01", "91"), "80.01", "11.00", ["91"]),
        (("80", "81", "90.99"), "81.00", "10.99", []),
        (("70", "80", "81", "82"), "80.50", "12.00", ["70"]),
    ],
    ids=["one", "two", "three", "near", "four"],
)
def test_a_panel_shows_its_middle_its_spread_and_who_is_far_off(
    scores: tuple[str, ...], median: str, spread: str, outliers: list[str]
) -> None:
    panel = panel_of(given(*scores))
    assert panel is not None
    assert (str(panel.median), panel.spread) == (median, Decimal(spread))
    assert [score.evaluation.score for score in panel.scores if score.is_outlier] == [Decimal(o) for o in outliers]


@pytest.mark.both
def test_an_official_score_stands_beside_the_others_and_leaves_a_leaf() -> None:
    (evaluation,) = given("66")
    score = record_official_score(
        evaluation.programme,
        fiscal_year=evaluation.consultation.fiscal_year,
        kind="finance",
        score=Decimal("72.50"),
        summary="抽查三个标段。",
        acting_user=make_officeholder(Role.REVIEWER),
    )
    opinion = opinions_on(evaluation.programme, AnonymousUser())[0]
    assert (opinion.finance, opinion.panel.median if opinion.panel else None) == (Decimal("72.50"), Decimal(66))
    assert log_entries.entry(record_ref=score.row_id).kind == "official_score.recorded"


@pytest.mark.both
def test_a_moderator_records_no_official_score() -> None:
    with pytest.raises(NotAllowed):
        record_official_score(
            make_line().programme,
            fiscal_year=2025,
            kind="finance",
            score=Decimal(1),
            summary="x",
            acting_user=make_moderator(),
        )


@pytest.mark.both
def test_the_public_is_heard_from_five_people_of_a_side_on() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    assert line.programme is not None
    for number in range(5):
        assert public_opinion(line.programme, line.release.fiscal_year).score is None
        points = 100 if number else 60
        person = make_user()
        for value in (20, points):
            give_public_score(
                consultation, programme=line.programme, points=value, standing=CITIZEN, acting_user=person
            )
    opinion = public_opinion(line.programme, line.release.fiscal_year)
    assert (opinion.score, opinion.sides) == (Decimal("92.00"), {"citizen": Decimal("92.00")})


def test_a_score_that_is_no_level_is_refused() -> None:
    line = make_line()
    assert line.programme is not None
    with pytest.raises(Invalid):
        give_public_score(
            make_consultation(release=line.release),
            programme=line.programme,
            points=99,
            standing=CITIZEN,
            acting_user=make_user(),
        )


def test_anybody_can_draw_again_what_is_evaluated_again() -> None:
    evaluations = given("66", "70", "80")
    reviewer = make_officeholder(Role.REVIEWER)
    year = evaluations[0].consultation.fiscal_year
    lot = announce_reevaluation(fiscal_year=year, count=2, reason="重点复核", acting_user=reviewer)
    assert (lot.opened_secret, len(lot.commitment)) == ("", 64)
    drawn = draw_reevaluation(lot, acting_user=reviewer)
    lot.refresh_from_db()
    secret = bytes.fromhex(lot.opened_secret)
    assert is_opened_by(lot.commitment, secret)
    assert [str(evaluation.row_id) for evaluation in drawn] == draw(secret, lot.pool, 2)
    with pytest.raises(Conflict):
        draw_reevaluation(lot, acting_user=reviewer)


@pytest.mark.both
def test_scores_are_drawn_out_of_a_hundred_beside_the_own_one() -> None:
    opinion = Opinion(2025, own=Decimal("97.50"))
    assert opinion.picture is None
    opinion.panel = panel_of(given("52.5", "60"))
    picture = opinion.picture
    assert picture is not None
    assert (picture.maximum, [(bar.first, bar.mark) for bar in picture.rows]) == (100, [(97.5, 97.5), (56.25, 97.5)])
