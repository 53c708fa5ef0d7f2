"""A new key-encryption key: every data key is wrapped under it, nothing is lost, and what remains is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from privacy.custody.models import KeyOperation
from privacy.log.models import PendingLeaf
from privacy.sealing import rewrapping, ring
from privacy.sealing.keys import INDEX_ROOT, Subject, key_provider
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import open_keys
from privacy.sealing.rewrapping import keys_to_rewrap, rewrap
from privacy.sealing.wrapping import wrapped_for

pytestmark = [pytest.mark.django_db, pytest.mark.both]

FIRST, SECOND, THIRD = (base64.b64encode(letter * 32).decode() for letter in (b"1", b"2", b"3"))
BOUND = ring.context("app.model.field", UUID(int=7))


@pytest.fixture
def use_kek(settings: Any) -> Callable[..., None]:
    def use(kek: str, *earlier: str) -> None:
        settings.GONGZHI_KEK, settings.GONGZHI_KEK_FILE = kek, ""
        settings.GONGZHI_KEK_PREVIOUS, settings.GONGZHI_KEK_PREVIOUS_FILE = ",".join(earlier), ""
        open_keys.clear()

    use(FIRST)
    return use


def sealed_for(number: int) -> list[bytes]:
    return [ring.seal(b"text %d" % n, Subject("person", uuid4()), BOUND) for n in range(number)]


def texts(blobs: list[bytes]) -> list[bytes]:
    open_keys.clear()
    return [ring.unseal(blob, BOUND) for blob in blobs]


def run(*arguments: str) -> tuple[int, Any]:
    out = StringIO()
    try:
        call_command("privacy_rewrap", "--json", *arguments, stdout=out, stderr=StringIO())
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, json.loads(out.getvalue())


def test_every_key_opens_under_the_new_kek_alone(use_kek: Callable[..., None]) -> None:
    blobs = sealed_for(3)
    use_kek(SECOND, FIRST)
    report = rewrap()
    use_kek(SECOND)
    assert (report.rewrapped, report.failed, report.remaining) == (3, {}, {})
    assert texts(blobs) == [b"text 0", b"text 1", b"text 2"]


def test_no_sealed_value_and_no_data_key_changes(use_kek: Callable[..., None]) -> None:
    ring.active_key(INDEX_ROOT)
    index_key = ring.root_key(INDEX_ROOT, b"test")
    use_kek(SECOND, FIRST)
    rewrap()
    use_kek(SECOND)
    assert ring.root_key(INDEX_ROOT, b"test") == index_key


def test_more_than_one_batch(use_kek: Callable[..., None]) -> None:
    sealed_for(rewrapping.BATCH + 5)
    use_kek(SECOND, FIRST)
    steps: list[int] = []
    assert rewrap(lambda name, count: steps.append(count)).rewrapped == rewrapping.BATCH + 5
    assert steps == [rewrapping.BATCH, 5]


def test_keys_under_several_earlier_keks(use_kek: Callable[..., None]) -> None:
    one = sealed_for(1)
    use_kek(SECOND, FIRST)
    two = sealed_for(1)
    use_kek(THIRD, FIRST, SECOND)
    assert sum(keys_to_rewrap().remaining.values()) == 2
    rewrap()
    use_kek(THIRD)
    assert texts(one + two) == [b"text 0", b"text 0"]


def test_retired_keys_are_wrapped_anew_and_destroyed_ones_are_left(use_kek: Callable[..., None]) -> None:
    retired, destroyed = Subject("person", uuid4()), Subject("person", uuid4())
    blob = ring.seal(b"old", retired, BOUND)
    ring.seal(b"gone", destroyed, BOUND)
    ring.retire(retired)
    ring.shred(destroyed)
    use_kek(SECOND, FIRST)
    assert rewrap().rewrapped == 1
    use_kek(SECOND)
    assert texts([blob]) == [b"old"]
    assert DataKey.objects.get(scope_ref=destroyed.ref).wrapped is None


def test_stopped_half_way_nothing_is_lost_and_the_next_run_goes_on(use_kek: Callable[..., None]) -> None:
    blobs = sealed_for(rewrapping.BATCH + 1)
    use_kek(SECOND, FIRST)

    def stop(name: str, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrap(stop)
    assert sum(keys_to_rewrap().remaining.values()) == 1
    assert len(texts(blobs)) == rewrapping.BATCH + 1
    assert rewrap().rewrapped == 1
    use_kek(SECOND)
    assert len(texts(blobs)) == rewrapping.BATCH + 1


def test_a_key_destroyed_meanwhile_does_not_come_back(
    use_kek: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject("person", uuid4())
    ring.seal(b"text", subject, BOUND)
    use_kek(SECOND, FIRST)

    def destroyed_in_between(key_id: UUID, whose: Subject, material: bytes) -> bytes:
        ring.shred(subject)
        return wrapped_for(key_id, whose, material)

    monkeypatch.setattr(rewrapping, "wrapped_for", destroyed_in_between)
    assert rewrap().rewrapped == 0
    assert DataKey.objects.get(scope_ref=subject.ref).state == DataKey.State.SHREDDED


# Command -----------------------------------------------------------------------------------------


def test_it_reports_what_it_did(use_kek: Callable[..., None]) -> None:
    sealed_for(2)
    use_kek(SECOND, FIRST)
    kek_id = key_provider().kek_id
    assert run() == (0, {"kek_id": kek_id, "rewrapped": 2, "failed": {}, "remaining": {}, "unbound": 0})


def test_a_second_run_has_nothing_to_do_and_leaves_no_record(use_kek: Callable[..., None]) -> None:
    assert (run()[0], KeyOperation.objects.count()) == (0, 0)


def test_every_key_is_wrapped_again_on_request(use_kek: Callable[..., None]) -> None:
    blobs = sealed_for(2)
    before = dict(DataKey.objects.values_list("pk", "wrapped"))
    assert run("--every")[1]["rewrapped"] == 2
    after = dict(DataKey.objects.filter(pk__in=before).values_list("pk", "wrapped"))
    assert [key for key in before if bytes(before[key]) == bytes(after[key])] == []
    assert texts(blobs) == [b"text 0", b"text 1"]


def test_a_missing_earlier_kek_is_named_and_the_rest_is_done(use_kek: Callable[..., None]) -> None:
    sealed_for(1)
    lost = key_provider().kek_id
    use_kek(SECOND)
    sealed_for(1)
    use_kek(THIRD, SECOND)
    status, report = run()
    assert (status, report["rewrapped"], report["remaining"]) == (1, 1, {lost: 1})
    assert list(report["failed"].values()) == [f"key-encryption key {lost} is not here"]


def test_a_key_that_was_altered_is_named(use_kek: Callable[..., None]) -> None:
    sealed_for(2)
    key = DataKey.objects.first()
    assert key is not None
    DataKey.objects.filter(pk=key.pk).update(wrapped=b"\0" * 60)
    use_kek(SECOND, FIRST)
    status, report = run()
    assert (status, report["rewrapped"], list(report["failed"])) == (1, 1, [str(key.pk)])


def test_a_dry_run_only_counts(use_kek: Callable[..., None]) -> None:
    sealed_for(2)
    first = key_provider().kek_id
    use_kek(SECOND, FIRST)
    assert run("--dry-run")[1]["remaining"] == {first: 2}
    assert keys_to_rewrap().remaining == {first: 2}


def test_its_beginning_and_its_end_are_in_the_log(use_kek: Callable[..., None]) -> None:
    sealed_for(2)
    use_kek(SECOND, FIRST)
    run()
    operation = KeyOperation.objects.get()
    assert (operation.kind, operation.keys, operation.finished is None) == ("rewrap", 2, False)
    leaves = PendingLeaf.objects.filter(kind="keys.rewrapped", record_ref=operation.row_id)
    assert [json.loads(leaf.leaf)["public"] for leaf in leaves] == [
        {"keys": 2, "state": "begun", "values": 0},
        {"keys": 2, "state": "finished", "values": 0},
    ]


def test_in_words_it_says_when_the_earlier_kek_may_go(use_kek: Callable[..., None]) -> None:
    sealed_for(1)
    use_kek(SECOND, FIRST)
    out = StringIO()
    call_command("privacy_rewrap", stdout=out, stderr=StringIO())
    assert "may be taken out of the settings now" in out.getvalue()


def test_a_key_service_that_does_not_answer_stops_it_with_a_sentence(
    use_kek: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from privacy.sealing.errors import KeyKeeperFailed

    sealed_for(1)
    use_kek(SECOND, FIRST)

    def away(keys: list[DataKey]) -> Any:
        raise KeyKeeperFailed("the key service does not answer")

    monkeypatch.setattr(rewrapping, "unwrapped_all", away)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("privacy_rewrap", stdout=StringIO(), stderr=StringIO())
