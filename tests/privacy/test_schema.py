"""Models created together: their tables, what binds them, and the way back."""

import pytest
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState

from privacy.schema import CreateModels

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


class _Together(migrations.Migration):
    operations = [
        CreateModels(
            [
                migrations.CreateModel("Street", [("id", models.BigAutoField(primary_key=True))]),
                migrations.CreateModel("House", [("id", models.BigAutoField(primary_key=True))]),
                migrations.AddField("House", "number", models.IntegerField()),
                migrations.AddField("House", "street", models.ForeignKey("schema_test.Street", models.CASCADE)),
                migrations.AddField(
                    "Street", "town_hall", models.ForeignKey("schema_test.House", models.CASCADE, null=True)
                ),
                migrations.AddConstraint(
                    "House", models.UniqueConstraint(fields=["street", "number"], name="house_number_once")
                ),
            ]
        )
    ]


@pytest.fixture
def state():
    migration = _Together("0001_together", "schema_test")
    with connection.schema_editor(atomic=True) as editor:
        created = migration.apply(ProjectState(), editor)
    yield created
    with connection.schema_editor(atomic=True) as editor:
        migration.unapply(ProjectState(), editor)


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("schema_test_")}


def test_every_table_is_there_in_its_last_form(state):
    street = state.apps.get_model("schema_test", "Street").objects.create()
    house = state.apps.get_model("schema_test", "House").objects.create(street=street, number=1)
    street.town_hall = house
    street.save()
    street.refresh_from_db()
    assert street.town_hall == house


def test_their_constraints_hold(state):
    street = state.apps.get_model("schema_test", "Street").objects.create()
    houses = state.apps.get_model("schema_test", "House").objects
    houses.create(street=street, number=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        houses.create(street=street, number=1)


def test_the_way_back_takes_them_all_away(state):
    with connection.schema_editor(atomic=True) as editor:
        _Together("0001_together", "schema_test").unapply(ProjectState(), editor)
    assert tables() == set()
    with connection.schema_editor(atomic=True) as editor:
        _Together("0001_together", "schema_test").apply(ProjectState(), editor)
