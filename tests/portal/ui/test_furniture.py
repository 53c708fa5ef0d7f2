from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from participation.stakeholders.models import StakeholderGroup
from portal.ui.furniture import (
    GROUPS,
    Step,
    days_left,
    field_error_summary,
    group_class,
    group_name,
    icon,
    local,
    moment,
    stakeholder,
    status_tag,
)

FIVE = [
    Step("received", "已收到", "ok", "9 月 1 日", "/r/"),
    Step("accepted", "受理", "ok"),
    Step("answered", "答复", "now", "<住建局>"),
    Step("put_right", "整改", "todo"),
    Step("verified", "核验", "todo"),
]


def draw(source: str, **context: object) -> str:
    return Template("{% load furniture %}" + source).render(Context(context))


def test_local_reads_the_field_of_the_active_language() -> None:
    record = SimpleNamespace(title="教育局", title_en="Education")
    with override("en"):
        assert local(record, "title") == "Education"
    with override("zh-hans"):
        assert local(record, "title") == "教育局"


def test_local_falls_back_to_the_other_language() -> None:
    with override("en"):
        assert local({"title": "教育局", "title_en": ""}, "title") == "教育局"
    with override("zh-hans"):
        assert local({"title": "", "title_en": "Education"}, "title") == "Education"
        assert local(None, "title") == ""


def test_every_stakeholder_group_has_a_name_and_a_colour_of_its_own() -> None:
    assert list(GROUPS) == list(StakeholderGroup.values)
    assert len({css for css, _name in GROUPS.values()}) == len(GROUPS)


def test_the_names_of_the_groups_are_those_of_the_model() -> None:
    assert [str(name) for _css, name in GROUPS.values()] == [str(label) for label in StakeholderGroup.labels]


def test_a_stakeholder_is_named_in_words_as_well_as_colour() -> None:
    with override("en"):
        assert stakeholder("government") == '<b class="group g-gov">Government department</b>'
        assert (group_name("enterprise"), group_class("enterprise")) == ("Enterprise", "g-enterprise")


def test_an_unknown_group_is_escaped_and_has_no_colour() -> None:
    assert stakeholder("<x>") == '<b class="group ">&lt;x&gt;</b>'
    assert group_class("<x>") == ""


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("adopted", "done"),
        ("in_progress", "now"),
        ("partly", "due"),
        ("overdue", "late"),
        ("hidden", "hidden"),
        ("?", "plain"),
    ],
)
def test_a_status_has_a_tone(status: str, tone: str) -> None:
    assert status_tag(status, "W") == f'<span class="tag {tone}">W</span>'


def test_a_status_of_an_enumeration_brings_its_own_label() -> None:
    with override("en"):
        assert status_tag(StakeholderGroup.CITIZEN) == '<span class="tag plain">Citizen</span>'


@pytest.mark.parametrize(
    ("days", "css", "text"),
    [
        (-2, "late", "overdue by 2 days"),
        (-1, "late", "overdue by 1 day"),
        (0, "due", "due today"),
        (1, "due", "1 day left"),
        (7, "due", "7 days left"),
        (8, "in-time", "8 days left"),
    ],
)
def test_days_left_says_how_many_in_words(days: int, css: str, text: str) -> None:
    day = timezone.localdate() + timedelta(days)
    with override("en"):
        assert days_left(day) == f'<time class="{css}" datetime="{day.isoformat()}">{text}</time>'


def test_a_deadline_in_hours_counts_by_its_local_day() -> None:
    # 17:00 UTC is the next day in Shanghai.
    assert 'datetime="2020-01-02"' in days_left(datetime(2020, 1, 1, 17, tzinfo=UTC))
    assert days_left(None) == ""


def test_the_chain_marks_what_is_done_what_is_now_and_what_is_to_come() -> None:
    with override("en"):
        html = draw("{% chain steps %}", steps=FIVE)
    assert [html.count(f'<li class="{state}"') for state in ("ok", "now", "todo")] == [2, 1, 2]
    assert html.count('aria-current="step"') == 1
    assert '<a href="/r/"><b>已收到</b></a><span class="sr"> done</span>' in html
    assert "&lt;住建局&gt;" in html


def test_the_tracker_is_a_chain_in_one_line_unless_it_has_the_page_for_itself() -> None:
    assert 'class="chain tracker"' in draw("{% tracker steps %}", steps=FIVE)
    assert 'class="chain"' in draw("{% tracker steps full=True %}", steps=FIVE)


def test_the_seal_leads_to_the_check_of_its_record() -> None:
    record = SimpleNamespace(row_id=UUID(int=7))
    with override("en"):
        html = draw("{% seal record day %}", record=record, day=date(2025, 11, 3))
    assert f'<a href="/en/log/verify/{record.row_id}/">Check it yourself</a>' in html
    assert "Recorded on Nov. 3, 2025." in html


def test_a_page_is_verified_by_what_its_languages_share() -> None:
    page = SimpleNamespace(translation_key=UUID(int=8))
    with override("en"):
        html = draw('{% verify_link page "Verify the text" %}', page=page)
    assert html == f'<a class="nowrap" href="/en/log/verify/{UUID(int=8)}/">Verify the text</a>'


def test_pagination_keeps_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/", {"q": "电梯", "page": "2"})
    html = draw("{% pagination page %}", page=Paginator(range(100), 10).page(2), request=request)
    assert '<a href="?q=%E7%94%B5%E6%A2%AF&amp;page=2" aria-current="page">2</a>' in html
    assert 'rel="prev" href="?q=%E7%94%B5%E6%A2%AF&amp;page=1"' in html
    assert 'rel="next" href="?q=%E7%94%B5%E6%A2%AF&amp;page=3"' in html


def test_one_page_needs_no_pagination() -> None:
    assert draw("{% pagination page %}", page=Paginator(range(3), 10).page(1)).strip() == ""


def test_query_string_changes_and_drops_keys() -> None:
    request = RequestFactory().get("/", {"q": "a", "sort": "x", "page": "3"})
    assert draw('{% query_string sort="y" page=None %}', request=request) == "?q=a&amp;sort=y"


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert icon("lock") == (
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/gongzhi/icons.svg#lock"/></svg>'
    )
    assert 'role="img" aria-label="sealed"' in icon("lock", "sealed")


class Form(forms.Form):
    name = forms.CharField(label="Name")
    way = forms.ChoiceField(label="Way", choices=[("a", "A")], widget=forms.RadioSelect)
    secret = forms.IntegerField(label="Secret", widget=forms.HiddenInput)


def test_the_error_summary_links_each_error_to_its_field() -> None:
    form = Form({})
    form.add_error(None, "Closed.")
    with override("en"):
        html = draw("{% field_error_summary form %}", form=form)
    assert "<li>Closed.</li>" in html
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert '<a href="#id_way">Way: This field is required.</a>' in html
    assert "<li>Secret: This field is required.</li>" in html
    assert html.count("data-error-summary") == 1


def test_the_error_summary_appears_once_for_a_form() -> None:
    html = draw("{% field_error_summary form %}{{ form }}", form=Form({}))
    assert html.count("data-error-summary") == 1


@pytest.mark.parametrize("form", [None, Form(), Form({"name": "n", "way": "a", "secret": "1"})])
def test_nothing_is_summarised_where_nothing_is_wrong(form: forms.Form | None) -> None:
    assert field_error_summary(form) == {}


def test_the_live_client_is_told_its_words_and_the_names_of_the_groups() -> None:
    with override("en"):
        html = render_to_string("ui/live_words.html")
    assert 'data-t-hidden="Hidden by a moderator."' in html
    assert 'data-g-social_organisation="Social organisation"' in html


def test_a_message_looks_the_same_from_the_server_and_as_a_template() -> None:
    item = {"seq": 3, "author": "<b>", "group": "citizen", "body": "a\nb", "created": timezone.now()}
    drawn, empty = render_to_string("ui/message.html", {"item": item}), render_to_string("ui/message.html")
    for hook in ("data-group", "data-author", "data-created", "data-body"):
        assert (drawn.count(hook), empty.count(hook)) == (1, 1)
    assert 'id="m3" data-seq="3"' in drawn
    assert "&lt;b&gt;" in drawn


def test_a_hidden_message_says_why_and_shows_what_the_reader_may_still_see() -> None:
    item = {"seq": 3, "author": "A", "group": "citizen", "body": "", "hidden": True, "hidden_reason": "Insult"}
    with override("en"):
        html = render_to_string("ui/message.html", {"item": item})
    assert "Hidden by a moderator. Insult" in html
    assert 'class="g-citizen is-hidden"' in html


def test_a_moment_is_local_and_names_the_year_only_where_it_is_another() -> None:
    this_year = timezone.localdate().year
    assert moment(f"{this_year}-06-01T08:00:00+00:00").endswith(">06-01 16:00</time>")
    assert moment(datetime(2020, 6, 1, 8, tzinfo=UTC)).endswith(">2020-06-01 16:00</time>")
    assert moment("") == moment(None) == ""


def rendered(source: str, **values: object) -> str:
    return Template("{% load furniture %}" + source).render(Context(values))


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "甲。乙。"), ("en", "甲。 乙。")])
def test_sentences_are_joined_as_the_language_joins_them(language: str, text: str) -> None:
    with override(language):
        assert rendered("{{ sentences|as_text }}", sentences=["甲。", "乙。"]) == text
        assert rendered("甲。{% gap %}乙。") == text


def test_cells_stand_beside_the_heads_of_their_columns() -> None:
    source = "{% for head, cell in heads|paired:cells %}{{ head }}={{ cell }};{% endfor %}"
    assert rendered(source, heads=["a", "b"], cells=[1, 2]) == "a=1;b=2;"


@pytest.mark.parametrize(("language", "text"), [("en", "Nov. 22, 2026, 18:00"), ("zh-hans", "2026年11月22日 18:00")])
def test_a_moment_is_written_so_that_a_sentence_may_end_with_it(language: str, text: str) -> None:
    with override(language):
        assert date_format(datetime(2026, 11, 22, 18), "DATETIME_FORMAT") == text
