"""The lot: the same for everybody who draws it again, and independent of how the list is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation import drawing

SECRET = bytes(range(32))
NAMES = ["甲", "乙", "丙", "丁", "戊", "己"]


def test_the_order_is_the_one_that_anybody_gets_with_other_programs():
    # printf '%s' NAME | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102..1f
    assert drawing.draw(SECRET, NAMES, 6) == ["甲", "乙", "丁", "戊", "丙", "己"]


@given(st.permutations(NAMES), st.integers(0, 8))
def test_the_order_of_the_list_does_not_matter(names, count):
    assert drawing.draw(SECRET, names, count) == drawing.draw(SECRET, NAMES, 6)[:count]


def test_another_secret_does_not_open_the_commitment():
    assert drawing.is_opened_by(drawing.commit(SECRET), SECRET)
    assert not drawing.is_opened_by(drawing.commit(SECRET), drawing.new_secret())


def test_the_commitment_is_the_sha_256_of_the_secret():
    assert drawing.commit(SECRET) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"


@pytest.mark.parametrize("names", [["a", "a"], ["a", "b", "a"]])
def test_nobody_has_two_chances(names):
    with pytest.raises(ValueError):
        drawing.draw(SECRET, names, 1)


def test_a_count_below_zero_is_refused():
    with pytest.raises(ValueError):
        drawing.draw(SECRET, NAMES, -1)


def test_a_secret_that_could_be_guessed_is_refused():
    with pytest.raises(ValueError):
        drawing.commit(b"short")
