"""What a person may be called in public."""

import pytest

from participation.stakeholders.names import public_name
from portal.errors import Invalid
from tests.factories import make_moderator, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "name"),
    [("  河西  居民 ", "河西 居民"), ("Ａｄａ", "Ada"), ("Daniel O'Brien", "Daniel O'Brien"), ("居民3号", "居民3号")],
)
def test_a_name_is_kept_in_its_plain_form(typed: str, name: str) -> None:
    assert public_name(typed, make_user()) == name


@pytest.mark.parametrize("typed", ["", "   ", "\u202e\u200b", "……", "A\u202eB", "A\u200bB", "A\x07B"])
def test_a_name_that_hides_something_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        public_name(typed, make_user())
    assert refused.value.data["field"] == "display_name"


def test_nobody_takes_the_name_of_somebody_in_office() -> None:
    moderator = make_moderator()
    with pytest.raises(Invalid):
        public_name(moderator.display_name.upper(), make_user())


def test_somebody_in_office_keeps_the_own_name() -> None:
    moderator = make_moderator()
    assert public_name(moderator.display_name, moderator) == moderator.display_name
