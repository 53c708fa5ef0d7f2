"""What changes a row behind the back of its history is found, and named."""

import pytest

from participation.stakeholders.models import Organisation
from privacy.log.living import altered_rows
from tests.factories import make_organisation

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def organisation() -> Organisation:
    return make_organisation()


def test_a_row_as_its_history_says_is_sound(organisation: Organisation) -> None:
    organisation.name = "新名称"
    organisation.save()
    assert list(altered_rows()) == []


def test_an_update_that_wrote_no_history_is_found(organisation: Organisation) -> None:
    Organisation.objects.update(name="别的名称", status=Organisation.Status.REJECTED)
    name = f"participation.organisation {organisation.pk}"
    assert list(altered_rows()) == [(name, f"the row {name} is not as its history says: name, status")]


def test_a_row_that_was_slipped_in_is_found(organisation: Organisation) -> None:
    Organisation.history.all().delete()
    name = f"participation.organisation {organisation.pk}"
    assert list(altered_rows()) == [(name, f"the row {name} has no history")]


def test_a_row_that_was_taken_out_is_found(organisation: Organisation) -> None:
    pk = organisation.pk
    Organisation.objects.filter(pk=pk)._raw_delete(using="default")
    name = f"participation.organisation {pk}"
    assert list(altered_rows()) == [(name, f"the row {name} is gone, and its history does not say so")]


def test_a_row_that_was_deleted_in_order_is_not_missed(organisation: Organisation) -> None:
    organisation.delete()
    assert list(altered_rows()) == []
