"""What Django, Wagtail and the history do with sealed values, tried on the models of the product."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.views.debug import ExceptionReporter

from participation.feedback.models import Feedback
from participation.stakeholders.models import User
from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.handles import Sealed
from privacy.sealing.inventory import ValueColumn, value_columns
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import open_keys
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Notice, Witness

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PHONE = "+86 21 5555 0100"
PRODUCT = [column for column in value_columns() if not column.name.startswith("specimens.")]
EVERY_COLUMN = pytest.mark.parametrize("column", [pytest.param(column, id=column.name) for column in PRODUCT])


def make_person(phone: str | None = PHONE) -> User:
    return User.objects.create_user(
        email=f"{uuid4().hex}@example.org", password="correct horse", display_name="Lin", phone=phone
    )


def reread(person: User) -> User:
    return User.objects.get(pk=person.pk)


# Every sealed column there is ----------------------------------------------------------------------


def test_the_product_has_sealed_columns_with_history() -> None:
    names = {column.name for column in PRODUCT}
    assert {"participation.user.phone", "participation.historicaluser.phone"} <= names


@EVERY_COLUMN
def test_no_query_writes_plaintext(column: ValueColumn) -> None:
    with pytest.raises(TypeError):
        column.model._base_manager.update(**{column.field.attname: "text"})


@EVERY_COLUMN
def test_no_query_compares_plaintext(column: ValueColumn) -> None:
    for lookup in ("exact", "iexact", "contains", "startswith", "in", "gt", "regex"):
        with pytest.raises(TypeError):
            column.model._base_manager.filter(**{f"{column.field.attname}__{lookup}": ["text"]})


@EVERY_COLUMN
def test_the_column_is_binary_in_the_database(column: ValueColumn) -> None:
    assert column.field.db_type(connection) == {"sqlite": "BLOB", "postgresql": "bytea"}[connection.vendor]


@EVERY_COLUMN
def test_values_of_a_history_table_are_bound_to_the_living_model(column: ValueColumn) -> None:
    living: Any = getattr(column.model, "instance_type", column.model)
    assert column.field.label == f"{living._meta.label_lower}.{column.field.name}"


# Moved, altered ----------------------------------------------------------------------------------


def test_a_ciphertext_copied_by_sql_from_another_row_of_the_same_person_is_refused() -> None:
    about = uuid4()
    one = Notice.objects.create(about=about, title="one", contact="one")
    other = Notice.objects.create(about=about, title="other", contact="other")
    store(other, "contact", stored(one, "contact"))
    with pytest.raises(Tampered):
        Notice.objects.get(pk=other.pk).contact  # noqa: B018


def test_a_ciphertext_copied_by_sql_into_another_column_is_refused() -> None:
    person = make_person()
    store(person, "contact_address", stored(person, "phone"))
    with pytest.raises(Tampered):
        reread(person).contact_address  # noqa: B018


def test_a_ciphertext_copied_by_an_expression_is_refused() -> None:
    person = make_person()
    User.objects.filter(pk=person.pk).update(contact_address=F("phone"))
    with pytest.raises(Tampered):
        reread(person).contact_address  # noqa: B018


def test_a_ciphertext_put_back_into_the_history_of_another_row_is_refused() -> None:
    victim, thief = make_person(), make_person()
    row: Any = thief.history.get()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE participation_historicaluser SET phone = %s WHERE history_id = %s",
            [stored(victim, "phone"), row.pk],
        )
    with pytest.raises(Tampered):
        thief.history.get().phone  # type: ignore[attr-defined]  # noqa: B018


# Fixtures ----------------------------------------------------------------------------------------


def dump(*labels: str, folder: Path) -> Path:
    path = folder / f"{labels[0]}.json"
    call_command("dumpdata", *labels, output=str(path), verbosity=0)
    return path


def test_a_dump_holds_ciphertext_and_opens_nothing(tmp_path: Path, told: list[str]) -> None:
    make_person()
    text = dump("participation.user", "participation.historicaluser", folder=tmp_path).read_text("utf-8")
    assert (PHONE in text, text.count('"phone": "enc:v1:'), told) == (False, 2, [])


def test_a_dump_can_be_loaded_again_with_history_and_keys(tmp_path: Path) -> None:
    person = make_person()
    blob = stored(person, "phone")
    path = dump("privacy.datakey", "participation.user", "participation.historicaluser", folder=tmp_path)
    User.history.all().delete()  # type: ignore[attr-defined]
    User.objects.all().delete()
    User.history.all().delete()  # type: ignore[attr-defined]
    DataKey.objects.all().delete()
    call_command("loaddata", str(path), verbosity=0)
    again = reread(person)
    assert (stored(again, "phone"), again.phone) == (blob, PHONE)
    assert User.history.get().phone == PHONE  # type: ignore[attr-defined]


def test_rows_may_come_to_another_database_before_their_keys(tmp_path: Path) -> None:
    person = make_person()
    rows = dump("participation.user", folder=tmp_path)
    keys = dump("privacy.datakey", folder=tmp_path)
    User.objects.all().delete()
    DataKey.objects.all().delete()
    open_keys.clear()
    call_command("loaddata", str(rows), verbosity=0)
    with pytest.raises(UnknownKey):
        reread(person).phone  # noqa: B018
    call_command("loaddata", str(keys), verbosity=0)
    open_keys.clear()
    assert reread(person).phone == PHONE


# Revisions ---------------------------------------------------------------------------------------


def make_notice() -> Notice:
    notice = Notice(title="notice", contact=PHONE)
    notice.witnesses.add(Witness(about=notice.about, phone="555 0101"))  # type: ignore[attr-defined]
    notice.save()
    notice.save_revision()
    return notice


def test_a_revision_holds_ciphertext_and_saving_one_opens_nothing(told: list[str]) -> None:
    notice = make_notice()
    text = json.dumps(notice.latest_revision.content)
    assert (PHONE in text, "555 0101" in text, text.count("enc:v1:"), told) == (False, False, 2, [])


def test_an_earlier_revision_is_restored() -> None:
    notice = make_notice()
    first = notice.latest_revision
    notice.contact = "changed"
    notice.save()
    earlier = first.as_object()
    assert (earlier.contact, [witness.phone for witness in earlier.witnesses.all()]) == (PHONE, ["555 0101"])
    earlier.save()
    assert Notice.objects.get().contact == PHONE


def test_a_value_of_another_revision_is_refused() -> None:
    victim, thief = make_notice(), make_notice()
    revision = thief.latest_revision
    revision.content["contact"] = victim.latest_revision.content["contact"]
    revision.save()
    with pytest.raises(Tampered):
        thief.latest_revision.as_object().contact  # noqa: B018


def test_erasure_reaches_revisions() -> None:
    notice = make_notice()
    ring.shred(notice.sealing_subject())
    assert str(notice.latest_revision.as_object().contact) == "[sealed]"
    with pytest.raises(Shredded):
        Notice.objects.get().contact  # noqa: B018


# History -----------------------------------------------------------------------------------------


def test_history_copies_ciphertext_without_opening(told: list[str]) -> None:
    person = make_person()
    again = reread(person)
    again.display_name = "Wang"
    again.save()
    held = [
        row.held
        for column in PRODUCT
        if column.name == "participation.historicaluser.phone"
        for row in column.read(column.rows())
    ]
    assert (held, told) == ([stored(person, "phone")] * 2, [])


def test_history_is_erased_with_the_key() -> None:
    person = make_person()
    ring.shred(person.sealing_subject())
    with pytest.raises(Shredded):
        person.history.get().phone  # type: ignore[attr-defined]  # noqa: B018


# Where plaintext does not show -------------------------------------------------------------------


def test_values_list_values_and_iterators_show_nothing(told: list[str]) -> None:
    make_person()
    shown = [
        User.objects.values_list("phone", flat=True).get(),
        User.objects.values("phone").get()["phone"],
        User.objects.values_list("phone", "real_name", named=True).get().phone,
        next(iter(User.objects.values_list("phone", flat=True).iterator())),
    ]
    assert ([str(value) for value in shown], told) == (["[sealed]"] * 4, [])


def test_no_query_text_holds_plaintext() -> None:
    with CaptureQueriesContext(connection) as queries:
        person = make_person()
        person.phone = PHONE + "1"
        person.save()
        assert reread(person).phone == PHONE + "1"
    assert [query["sql"] for query in queries if PHONE in query["sql"]] == []


def fail_with(person: User) -> None:
    phone, number = person.phone, 41  # noqa: F841
    raise RuntimeError("something else went wrong")


def test_the_debug_page_shows_other_variables_but_no_sealed_value() -> None:
    person = reread(make_person())
    try:
        fail_with(person)
    except RuntimeError:
        reporter = ExceptionReporter(None, *sys.exc_info())
    pages = reporter.get_traceback_html() + reporter.get_traceback_text()
    assert (PHONE in pages, "[sealed]" in pages, "41" in pages) == (False, True, True)


def test_a_log_record_of_a_row_or_of_a_value_by_its_representation_shows_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    person = reread(make_person())
    with caplog.at_level(logging.INFO):
        logging.getLogger("gongzhi").info("%s %r %r", person, person.phone, vars(person))
    assert (PHONE in caplog.text, "[sealed]" in caplog.text) == (False, True)


def test_a_cached_row_is_ciphertext_and_opens_when_it_comes_back() -> None:
    person = reread(make_person())
    assert person.phone == PHONE
    assert PHONE.encode() not in pickle.dumps(person)
    cache.set("person", person)
    assert cache.get("person").phone == PHONE


def test_a_pickled_query_result_is_ciphertext() -> None:
    make_person()
    found = User.objects.all()
    assert [person.phone for person in found] == [PHONE]
    pickled = pickle.dumps(found)
    assert (PHONE.encode() in pickled, pickle.loads(pickled)[0].phone) == (False, PHONE)  # noqa: S301


def test_a_deep_copy_opens_on_its_own(told: list[str]) -> None:
    person = reread(make_person())
    twin = copy.deepcopy(person)
    assert (isinstance(twin.__dict__["phone"], Sealed), told) == (True, [])
    assert (twin.phone, told) == (PHONE, ["participation.user.phone"])


# Many rows at once -------------------------------------------------------------------------------


def test_bulk_create_seals_and_bulk_update_refuses_what_is_new() -> None:
    people = User.objects.bulk_create(
        [User(email=f"{n}@example.org", display_name="x", phone=f"{PHONE}{n}") for n in range(3)]
    )
    assert [person.phone for person in User.objects.order_by("email")] == [f"{PHONE}{n}" for n in range(3)]
    for person in people:
        person.phone = "new"
    with pytest.raises(TypeError), transaction.atomic():
        User.objects.bulk_update(people, ["phone"])
    assert [person.phone for person in User.objects.order_by("email")] == [f"{PHONE}{n}" for n in range(3)]


def test_rows_that_exchanged_their_values_are_refused() -> None:
    one, other = reread(make_person()), reread(make_person(PHONE + "1"))
    one.__dict__["phone"], other.__dict__["phone"] = other.__dict__["phone"], one.__dict__["phone"]
    with pytest.raises(Tampered), transaction.atomic():
        User.objects.bulk_update([one, other], ["phone"])


def test_every_way_to_load_a_row_opens_on_reading() -> None:
    person = make_person()
    loaded = [
        User.objects.only("phone", "row_id").get(),
        User.objects.defer("phone").get(),
        User.objects.in_bulk([person.pk])[person.pk],
        User.objects.raw("SELECT * FROM participation_user")[0],
        User.objects.filter(phone__isnull=False).union(User.objects.all()).get(),
        next(iter(User.objects.iterator())),
    ]
    assert [found.phone for found in loaded] == [PHONE] * 6


def test_get_or_create_and_update_or_create_take_it_as_a_default_and_not_as_a_key() -> None:
    names = {"display_name": "Lin", "phone": PHONE}
    person, _ = User.objects.get_or_create(email="a@example.org", defaults=names)
    person, _ = User.objects.update_or_create(email="a@example.org", defaults={"phone": PHONE + "1"})
    assert reread(person).phone == PHONE + "1"
    with pytest.raises(TypeError):
        User.objects.get_or_create(phone=PHONE)


def test_a_related_row_opens_through_its_relation() -> None:
    from tests.factories import make_feedback

    feedback = make_feedback(callback_phone=PHONE)
    found = Feedback.objects.select_related("consultation").get(pk=feedback.pk)
    phone = found.callback_phone
    assert (str(phone).replace(" ", ""), str(phone) in str(vars(found))) == (PHONE.replace(" ", ""), False)
