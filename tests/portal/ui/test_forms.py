import re

import pytest
from django import forms
from django.utils.translation import override


class Form(forms.Form):
    body = forms.CharField(label="Body", max_length=400, help_text="Be exact.", widget=forms.Textarea)
    email = forms.EmailField(label="E-mail", required=False)
    way = forms.ChoiceField(label="Way", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    quiet = forms.BooleanField(label="Keep quiet", required=False)
    paper = forms.FileField(label="Paper", required=False)
    token = forms.CharField(widget=forms.HiddenInput, initial="t")


@pytest.fixture
def fresh() -> str:
    with override("en"):
        return str(Form())


@pytest.fixture
def refused() -> str:
    with override("en"):
        return str(Form({"email": "x"}))


def test_every_visible_control_has_a_label(fresh: str) -> None:
    ids = set(re.findall(r'<(?:input|textarea|select)[^>]* id="(\w+)"', fresh)) - {"id_token"}
    assert ids == set(re.findall(r'<label for="(\w+)"', fresh))


def test_a_hint_is_linked_to_its_control(fresh: str) -> None:
    assert '<div class="hint" id="id_body_helptext">Be exact.</div>' in fresh
    assert re.search(r'<textarea[^>]* aria-describedby="id_body_helptext"', fresh)


def test_an_error_is_linked_to_its_control(refused: str) -> None:
    assert re.search(
        r'<ul class="errorlist error" id="id_email_error"><li><span class="sr">Error: </span>Enter', refused
    )
    assert re.search(r'<input[^>]* aria-invalid="true" aria-describedby="id_email_error"', refused)


def test_hint_and_error_are_both_linked(refused: str) -> None:
    assert re.search(r'<textarea[^>]* aria-describedby="id_body_helptext id_body_error"', refused)


def test_a_group_of_choices_is_a_fieldset_with_a_legend(fresh: str, refused: str) -> None:
    assert re.search(r"<fieldset><legend>Way</legend>", fresh)
    assert '<fieldset aria-describedby="id_way_error">' in refused


def test_what_may_be_left_out_says_so_and_a_tick_box_needs_no_word(fresh: str) -> None:
    assert fresh.count("(optional)") == 2
    assert '<label for="id_quiet">Keep quiet</label>' in fresh


def test_a_tick_box_stands_before_its_label(fresh: str) -> None:
    assert fresh.index('id="id_quiet"') < fresh.index('for="id_quiet"')


def test_a_limited_text_states_its_limit_and_can_be_counted(fresh: str) -> None:
    assert re.search(r'<textarea[^>]* maxlength="400"[^>]* data-count data-left="Characters left:"', fresh)
    assert '<p class="count">Up to 400 characters.</p>' in fresh


def test_hidden_fields_come_along(fresh: str) -> None:
    assert '<input type="hidden" name="token" value="t" id="id_token">' in fresh


def test_a_refused_form_starts_with_its_summary(refused: str) -> None:
    assert refused.lstrip().startswith('<div class="error-summary" role="alert" tabindex="-1" data-error-summary>')


def test_typed_text_is_given_back_escaped() -> None:
    assert "&lt;script&gt;" in str(Form({"body": "<script>"}))
