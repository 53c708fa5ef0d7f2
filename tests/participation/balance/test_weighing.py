"""What the balance counts, and what it does not."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from cms.performance.models import ProgrammeYear
from participation.balance.suggesting import suggested_themes, words_in
from participation.balance.theme_actions import make_theme, tag_inputs
from participation.balance.weighing import balance_of
from participation.consultations.actions import hide_contribution
from participation.discussion.actions import post_message
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from portal.errors import Conflict, Invalid, NotAllowed
from tests.factories import (
    CITIZEN,
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_organisation,
    make_task,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_sides_are_told_with_speakers_tone_and_those_who_were_not_heard() -> None:
    consultation, citizen, member = make_consultation(), make_user(), make_user()
    organisation = make_organisation(member=member)
    standing = Standing(StakeholderGroup(organisation.group), organisation)
    make_feedback(consultation, kind="problem", acting_user=citizen)
    make_feedback(consultation, kind="praise", acting_user=citizen)
    make_feedback(consultation, kind="praise", standing=standing, acting_user=member)
    post_message(consultation, body="同意", client_id=uuid.uuid4(), standing=CITIZEN, acting_user=citizen)
    hide_contribution(make_feedback(consultation), rule=1, reason="住址", acting_user=make_moderator())
    found = balance_of(make_moderator(), consultation)
    sides = {side.group: (side.feedback, side.messages, side.speakers, dict(side.tone)) for side in found.sides}
    assert sides["citizen"] == (2, 1, 1, {"problem": 1, "praise": 1})
    assert sides["social_organisation"] == (1, 0, 1, {"praise": 1})
    assert [side.group for side in found.unheard] == ["enterprise", "government", "research"]
    assert {side.group: side.known for side in found.sides if side.is_heard} == {
        "citizen": None,
        "social_organisation": 1,
    }


def test_the_two_views_of_the_tone_differ_where_one_side_is_louder() -> None:
    consultation, member = make_consultation(), make_user()
    organisation = make_organisation(member=member)
    for _number in range(3):
        make_feedback(consultation, kind="problem")
    make_feedback(
        consultation,
        kind="praise",
        standing=Standing(StakeholderGroup(organisation.group), organisation),
        acting_user=member,
    )
    tones = {
        tone.kind: (tone.heads_percent, tone.groups_percent)
        for tone in balance_of(make_moderator(), consultation).tones
    }
    assert (tones["problem"], tones["praise"]) == ((75, 50), (25, 50))


def test_an_objection_is_resolved_by_an_answer_that_adopts_or_a_task() -> None:
    consultation = make_consultation()
    waiting, refused, adopted = (make_feedback(consultation, kind="problem") for _number in range(3))
    make_feedback(consultation, kind="suggestion")
    make_answer(feedback=[refused], outcome="not_adopted")
    task_follows = make_answer(feedback=[adopted], outcome="adopted")
    make_task(task_follows)
    found = balance_of(make_moderator(), consultation)
    assert found.objections == 2
    assert waiting.pk != refused.pk


def test_a_programme_is_seen_in_three_ways() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    ProgrammeYear.objects.create(
        programme=line.programme, fiscal_year=consultation.release.fiscal_year, self_score=Decimal(98)
    )
    make_evaluation(consultation, programme=line.programme, score=60)
    make_evaluation(consultation, programme=line.programme, score=70)
    for kind in ("praise", "problem", "problem", "problem"):
        make_feedback(consultation, line=line, kind=kind)
    moderator = make_moderator()
    one = balance_of(moderator, consultation).programmes[0]
    assert (one.by_itself, one.by_others, one.public, one.voices, one.gap) == (98, 65, None, 4, 33)
    make_feedback(consultation, line=line, kind="praise")
    assert balance_of(moderator, consultation).programmes[0].public == 40


def test_themes_are_counted_by_side() -> None:
    consultation, moderator = make_consultation(), make_moderator()
    feedback, evaluation = make_feedback(consultation), make_evaluation(consultation)
    theme = make_theme(consultation, name=" 电梯 加装 ", acting_user=moderator)
    assert tag_inputs(theme, feedback=[feedback], evaluations=[evaluation], acting_user=moderator) == 2
    assert tag_inputs(theme, feedback=[feedback], acting_user=moderator) == 0
    found = balance_of(moderator, consultation)
    assert [(one.theme.name, one.total, dict(one.by_group)) for one in found.themes] == [
        ("电梯 加装", 2, {"citizen": 1, "social_organisation": 1})
    ]
    assert found.untagged == 0
    with pytest.raises(Conflict):
        make_theme(consultation, name="电梯 加装", acting_user=moderator)
    with pytest.raises(Invalid):
        tag_inputs(theme, feedback=[make_feedback()], acting_user=moderator)
    with pytest.raises(NotAllowed):
        make_theme(consultation, name="别的", acting_user=make_user())


def test_suggestions_name_the_words_that_led_to_them_and_leave_out_what_has_a_theme() -> None:
    consultation, moderator = make_consultation(), make_moderator()
    lifts = [make_feedback(consultation, body=text) for text in ("电梯坏了", "盼电梯", "哪天有电梯")]
    for text in ("公园的灯坏了", "路面积水", "学校门口太挤", "医院停车难", "垃圾没人收", "噪声太大"):
        make_feedback(consultation, body=text)
    found = suggested_themes(moderator, consultation)
    assert found[0].word == "电梯"
    assert (found[0].count, {shown.contribution for shown in found[0].inputs}) == (3, set(lifts))
    theme = make_theme(consultation, name="电梯", acting_user=moderator)
    tag_inputs(theme, feedback=lifts, acting_user=moderator)
    assert suggested_themes(moderator, consultation) == []


def test_words_are_those_of_the_search() -> None:
    assert words_in("电梯加装 The LIFTS 我们") == {"电梯", "梯加", "加装", "lifts"}
