"""The whole log is checked, and what was altered in the database is found and named."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from participation.feedback.models import Feedback
from privacy.log import states
from privacy.log.actions import append_leaf
from privacy.log.audit import Audit, audit_log
from privacy.log.kinds import LeafKind
from privacy.log.merkle import leaf_hash
from privacy.log.models import Checkpoint, LeafSecret, LogEntry, PendingLeaf, RecordedState
from privacy.log.queries import checkpoint_note, latest_checkpoint
from privacy.log.sequencer import publish_checkpoint, sequence_once
from privacy.log.tiles import TileAddress, tiles_of
from privacy.log.tree import tile_data
from privacy.log.triggers import lifted
from privacy.sealing.keys import PORTAL
from privacy.sealing.ring import shred
from tests.factories import make_feedback
from tests.log_entries import entry, fill_outbox
from tests.privacy.log.written import COPIED, tamper, write

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def log(db: Any) -> None:
    """300 entries under a checkpoint, and two more under another one."""
    fill_outbox(300)
    sequence_once()
    fill_outbox(2)
    sequence_once()


def named(*, copy: Path | None = None) -> list[tuple[str, str]]:
    return [(problem.kind, problem.name) for problem in audit_log(copy=copy).problems]


def test_a_sound_log_holds(log: None) -> None:
    audit = audit_log()
    last = LogEntry.objects.last()
    assert audit.problems == []
    assert (audit.size, audit.pending, audit.tiles) == (302, 0, 1)
    assert last is not None
    assert audit.root == Checkpoint.objects.get(size=302).root


def test_an_empty_log_holds() -> None:
    publish_checkpoint()
    audit = audit_log()
    assert (audit.problems, audit.size, audit.checkpoints) == ([], 0, 1)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 200", [("entry", "200")]),
        ("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 290", [("entry", "290"), ("checkpoint", "300")]),
        ('DELETE FROM privacy_logentry WHERE "index" = 200', [("entry", "200")]),
        ('DELETE FROM privacy_logentry WHERE "index" = 0', [("entry", "0")]),
        ('DELETE FROM privacy_logentry WHERE "index" = 301', [("checkpoint", "302")]),
        ("DELETE FROM privacy_tile", [("tile", "tile/0/000")]),
        ("UPDATE privacy_checkpoint SET root = 'ff' WHERE size = 300", [("checkpoint", "300")]),
        ("UPDATE privacy_checkpoint SET note = replace(note, '300', '301') WHERE size = 300", [("checkpoint", "300")]),
        ("UPDATE privacy_checkpoint SET size = 290 WHERE size = 300", [("checkpoint", "290")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_altered_is_named(log: None, sql: str, found: list[tuple[str, str]]) -> None:
    tamper(sql)
    told = named()
    assert [name for name in found if name not in told] == []
    assert told[0] == found[0]


def test_one_flipped_bit_of_a_tile_is_found_and_named(log: None) -> None:
    held = bytearray(tile_data(TileAddress(0, 0)))
    held[100 * 32] ^= 1
    tamper("UPDATE privacy_tile SET hashes = %s WHERE level = 0", connection.Database.Binary(bytes(held)))  # type: ignore[attr-defined]
    (problem,) = audit_log().problems
    assert (problem.kind, problem.name, "entry 100" in problem.sentence) == ("tile", "tile/0/000", True)


def test_an_entry_forged_with_its_hash_and_its_tile_is_given_away_by_the_checkpoints(log: None) -> None:
    hashed = leaf_hash(b"{}")
    tamper("UPDATE privacy_logentry SET leaf = '{}', leaf_hash = %s WHERE \"index\" = 100", hashed.hex())
    held = bytearray(tile_data(TileAddress(0, 0)))
    held[100 * 32 : 101 * 32] = hashed
    tamper("UPDATE privacy_tile SET hashes = %s WHERE level = 0", connection.Database.Binary(bytes(held)))  # type: ignore[attr-defined]
    told = named()
    assert ("checkpoint", "300") in told
    assert ("checkpoint", "302") in told


@pytest.mark.parametrize("column", COPIED)
def test_an_entry_that_was_hung_on_another_record_is_found_and_named(log: None, column: str) -> None:
    tamper(f'UPDATE privacy_logentry SET {column} = %s WHERE "index" = 200', COPIED[column])
    assert [(problem.kind, problem.name, problem.sentence) for problem in audit_log().problems] == [
        ("column", "200", f"entry 200: {column} is not what the leaf says")
    ]


def test_what_waits_for_its_number_is_held_to_its_leaf_too() -> None:
    (ref,) = fill_outbox(1)
    tamper("UPDATE privacy_pendingleaf SET kind = 'task.verified'")
    assert named() == [("column", str(ref))]


def test_an_edited_history_row_is_found_and_named() -> None:
    feedback = make_feedback()
    sequence_once()
    row = feedback.history.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE participation_historicalfeedback SET body = 'x' WHERE history_id = %s", [row.pk])
    found = [problem for problem in audit_log().problems if problem.kind == "row"]
    number = entry(record_ref=feedback.row_id).index
    label = f"participation.historicalfeedback {row.pk}"
    living = f"participation.feedback {feedback.pk}"
    assert [(problem.name, problem.sentence) for problem in found] == [
        (label, f"the row {label} is not what entry {number} was written about"),
        (living, f"the row {living} is not as its history says: body"),
    ]


@pytest.mark.parametrize("column", ["author_id", "status", "history_change_reason", "history_user_id", "history_date"])
def test_every_column_of_a_history_row_is_bound(column: str) -> None:
    feedback = make_feedback()
    row = feedback.history.get()
    values = {"history_date": "2001-01-01 00:00:00+00:00", "status": "hidden", "history_user_id": None}
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE participation_historicalfeedback SET {column} = %s", [values.get(column, "7")])
    assert ("row", f"participation.historicalfeedback {row.pk}") in named()


def test_a_removed_history_row_is_found() -> None:
    feedback = make_feedback()
    row = feedback.history.get().pk
    feedback.history.all().delete()
    assert ("row", f"participation.historicalfeedback {row}") in named()


def test_what_opens_a_commitment_cannot_be_removed_unseen() -> None:
    feedback = make_feedback()
    row = feedback.history.get().pk
    tamper("DELETE FROM privacy_recordedstate WHERE row_label = 'participation.historicalfeedback'")
    found = named()
    assert ("row", f"participation.historicalfeedback {row}") in found
    assert ("unrecorded", f"participation.historicalfeedback {row}") in found


@pytest.mark.parametrize(
    "columns", [5, None, "body", [], [5], [["body"]], {"body": 1}, ["body"], ["nope"], ["body", "nope"]]
)
def test_altered_columns_of_a_state_are_found_and_named(columns: Any) -> None:
    feedback = make_feedback()
    row = feedback.history.get().pk
    tamper(
        "UPDATE privacy_recordedstate SET columns = %s WHERE row_label = 'participation.historicalfeedback'",
        json.dumps(columns),
    )
    assert ("row", f"participation.historicalfeedback {row}") in named()


@pytest.fixture
def covered(db: Any) -> tuple[str, PendingLeaf]:
    """A history row by its name, and a further leaf about two of its columns."""
    feedback = make_feedback()
    row = states.Row("participation.historicalfeedback", feedback.history.get().pk, ("body", "kind"), PORTAL)
    return f"{row.label} {row.pk}", append_leaf(
        LeafKind.FEEDBACK_ACCEPTED, feedback, public={}, committed={}, also=[row]
    )


def name_columns(leaf: PendingLeaf, *columns: str, sealed: tuple[str, ...] | None = None) -> None:
    """Have the leaf be about ``columns``; its secret seals the fingerprint of ``sealed``, or none, as it once was."""
    tamper("UPDATE privacy_recordedstate SET columns = %s WHERE leaf_ref = %s", json.dumps(columns), leaf.ref.hex)
    secret = LeafSecret.objects.get(leaf_ref=leaf.ref)
    salts = {name: value for name, value in json.loads(secret.salts).items() if not name.startswith("columns of ")}
    if sealed is not None:
        name = RecordedState.objects.get(leaf_ref=leaf.ref).salt_name
        salts[states.columns_name(name)] = states.fingerprint(sealed)
    secret.salts = json.dumps(salts)
    secret.save()


def rows_of(audit: Audit) -> list[tuple[str, str]]:
    return [(problem.name, problem.sentence) for problem in audit.problems if problem.kind == "row"]


@pytest.mark.parametrize("sealed", [("body", "sort"), None], ids=["told", "from before it was told"])
def test_a_column_that_was_dropped_since_accuses_nobody(
    covered: tuple[str, PendingLeaf], sealed: tuple[str, ...] | None
) -> None:
    """As after a migration: the entry was written about a column that its table no longer has."""
    name_columns(covered[1], "body", "sort", sealed=sealed)
    audit = audit_log()
    assert (audit.unreadable, rows_of(audit)) == (1, [])


def test_an_altered_row_does_not_pass_for_one_that_lost_a_column(covered: tuple[str, PendingLeaf]) -> None:
    name, leaf = covered
    tamper("UPDATE participation_historicalfeedback SET kind = 'praise'")
    tamper("UPDATE privacy_recordedstate SET columns = %s WHERE leaf_ref = %s", '["body", "sort"]', leaf.ref.hex)
    audit = audit_log()
    sentence = f"the row {name}: which columns pending leaf {leaf.ref} is about was altered"
    assert (audit.unreadable, (name, sentence) in rows_of(audit)) == (0, True)


def test_a_state_of_no_leaf_is_found() -> None:
    feedback = make_feedback()
    Feedback.history.bulk_history_create([feedback])
    planted = feedback.history.order_by("pk").last().pk
    with lifted(connection):
        state = RecordedState.objects.filter(row_label="participation.historicalfeedback").get()
        state.pk, state.row_pk, state.leaf_ref = None, planted, feedback.row_id
        state.save()
    assert ("state", f"participation.historicalfeedback:{planted}") in named()


def test_a_row_that_is_said_to_stand_in_a_leaf_which_does_not_name_it_is_found() -> None:
    """The database does not refuse what is only added: whoever can write there can name any leaf."""
    feedback = make_feedback()
    planted = Feedback.history.bulk_history_create([feedback], update=True)[0].pk
    sequence_once()
    other = LogEntry.objects.exclude(record_ref=feedback.row_id).order_by("index").first()
    assert other is not None
    RecordedState.objects.create(
        row_label="participation.historicalfeedback",
        row_pk=planted,
        leaf_ref=other.ref,
        columns=["body"],
        scope_type="portal",
        scope_ref=feedback.row_id,
    )
    label = f"participation.historicalfeedback {planted}"
    assert [(problem.name, problem.sentence) for problem in audit_log().problems if problem.kind == "row"] == [
        (label, f"the row {label} is said to stand in entry {other.index}, which does not name it")
    ]


def test_rows_whose_key_is_destroyed_are_counted_not_blamed() -> None:
    feedback = make_feedback()
    sequence_once()
    shred(feedback.author.sealing_subject())
    audit = audit_log()
    assert (audit.erased, [problem for problem in audit.problems if problem.kind == "row"]) == (1, [])


def test_a_signature_under_another_key_is_found(log: None) -> None:
    other = "127.0.0.1:8000/log+bad"
    tamper("UPDATE privacy_checkpoint SET verifier_key = %s WHERE size = 300", other)
    assert named() == [("checkpoint", "300")]


def test_missing_triggers_are_found(log: None) -> None:
    with lifted(connection):
        assert {kind for kind, _name in named()} == {"trigger"}


# A copy that somebody kept -----------------------------------------------------------------------


def copied(folder: Path) -> Path:
    for address in [*tiles_of(302), TileAddress(None, 0), TileAddress(None, 1, 46)]:
        path = folder / address.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tile_data(address))
    latest = latest_checkpoint()
    assert latest is not None
    (folder / "checkpoint").write_text(checkpoint_note(latest))
    return folder


def test_an_honest_copy_agrees(log: None, tmp_path: Path) -> None:
    assert named(copy=copied(tmp_path)) == []
    write()
    assert named(copy=tmp_path) == []


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/46", "tile/entries/000"])
def test_a_copy_with_one_other_bit_is_named(log: None, tmp_path: Path, path: str) -> None:
    file = copied(tmp_path) / path
    held = bytearray(file.read_bytes())
    held[-1] ^= 1
    file.write_bytes(held)
    assert named(copy=tmp_path) == [("copy", path)]


def test_a_copy_that_has_seen_more_tells_of_a_shortened_log(log: None, tmp_path: Path) -> None:
    copied(tmp_path)
    tamper("DELETE FROM privacy_checkpoint WHERE size = 302")
    tamper('DELETE FROM privacy_logentry WHERE "index" >= 300')
    assert ("copy", "checkpoint") in named(copy=tmp_path)


# The command -------------------------------------------------------------------------------------


def test_the_command_says_that_it_holds(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("log_verify")
    assert capsys.readouterr().out.startswith("The log holds: 302 entries, 0 pending, 1 full tiles, 2 checkpoints")


def test_the_command_exits_1_and_names_what_does_not(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 200")
    with pytest.raises(SystemExit) as ended:
        call_command("log_verify")
    said = capsys.readouterr().err.splitlines()
    assert (ended.value.code, said) == (1, ["The log does not hold.", "- entry 200: the leaf is not what was hashed"])


def test_the_command_speaks_json(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    tamper("DELETE FROM privacy_tile")
    with pytest.raises(SystemExit):
        call_command("log_verify", json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["holds"], told["size"], told["problems"]) == (
        False,
        302,
        [{"kind": "tile", "name": "tile/0/000", "sentence": "tile/0/000 is missing"}],
    )
