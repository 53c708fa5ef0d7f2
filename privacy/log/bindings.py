"""Holds rows to the leaves that are committed to them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldError
from django.db.models import Exists, Model, OuterRef

from privacy.log import states
from privacy.log.kinds import LeafKind
from privacy.log.models import Leaf, LeafSecret, LogEntry, PendingLeaf, RecordedState
from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.opening import unrecorded


def place_of(leaf: Leaf) -> str:
    """What a sentence calls it."""
    return f"entry {leaf.index}" if isinstance(leaf, LogEntry) else f"pending leaf {leaf.ref}"


@dataclass(frozen=True)
class Binding:
    """A leaf and the rows that it says it is committed to: "label:pk" -> commitment."""

    ref: UUID
    place: str
    rows: Mapping[str, str]

    @classmethod
    def of(cls, entry: Leaf) -> Binding:
        try:
            rows = {f"{row['model']}:{row['id']}": row["commit"] for row in json.loads(entry.leaf).get("history", [])}
        except (ValueError, TypeError, KeyError, AttributeError):
            # The leaf itself is not what it was, which is said elsewhere.
            rows = {}
        return cls(entry.ref, place_of(entry), rows)


@dataclass
class Result:
    checked: int = 0
    erased: int = 0
    unreadable: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def check_bindings(bound: list[Binding]) -> Result:
    """Compare every row that these leaves are committed to. A few queries, however many leaves."""
    result = Result()
    known = _states_named_by(bound, result)
    bound = [binding for binding in bound if binding.rows]
    salts = salts_by_leaf([binding.ref for binding in bound])
    held = _held([state for state in known.values() if _names_columns(state)])
    differing: list[tuple[Binding, RecordedState]] = []
    for binding in bound:
        for name, expected in binding.rows.items():
            state = known.get((binding.ref, name))
            if not _check(binding, name, expected, state, salts, held, result) and state is not None:
                differing.append((binding, state))
    emptied = _emptied_by([state for _binding, state in differing]) if differing else {}
    for binding, state in differing:
        if emptied.get(state.salt_name, binding.ref) != binding.ref:
            result.erased += 1
            continue
        shown = state.salt_name.replace(":", " ")
        result.problems.append((shown, f"the row {shown} is not what {binding.place} was written about"))
    return result


def _emptied_by(differing: list[RecordedState]) -> dict[str, UUID]:
    """By name of row, the last leaf that says that personal values were taken out of it by right. What is left of the
    row is held to that leaf."""
    pks: dict[str, set[int]] = defaultdict(set)
    for state in differing:
        pks[state.row_label].add(state.row_pk)
    leaves = Exists(_leaf_of_emptying(LogEntry)) | Exists(_leaf_of_emptying(PendingLeaf))
    said = [
        state
        for label, numbers in pks.items()
        for state in RecordedState.objects.filter(leaves, row_label=label, row_pk__in=numbers).order_by("pk")
    ]
    refs = {state.leaf_ref for state in said}
    named = {
        (leaf.ref, name)
        for model in (PendingLeaf, LogEntry)
        for leaf in (model._default_manager.filter(ref__in=refs) if refs else ())
        for name in Binding.of(leaf).rows
    }
    # A state that was planted is not in the leaf that it names.
    return {state.salt_name: state.leaf_ref for state in said if (state.leaf_ref, state.salt_name) in named}


def _leaf_of_emptying(model: type[Leaf]) -> Any:
    return model._default_manager.filter(ref=OuterRef("leaf_ref"), kind=LeafKind.ROWS_EMPTIED)


def _states_named_by(bound: list[Binding], result: Result) -> dict[tuple[UUID, str], RecordedState]:
    """By leaf and name. Others were planted, so that their rows are not missed: adding one is refused by nothing."""
    by_ref = {binding.ref: binding for binding in bound}
    found: dict[tuple[UUID, str], RecordedState] = {}
    for state in RecordedState.objects.filter(leaf_ref__in=by_ref).order_by("pk"):
        binding = by_ref[state.leaf_ref]
        if state.salt_name in binding.rows:
            found[state.leaf_ref, state.salt_name] = state
        else:
            shown = state.salt_name.replace(":", " ")
            problem = f"the row {shown} is said to stand in {binding.place}, which does not name it"
            result.problems.append((shown, problem))
    return found


def _names_columns(state: RecordedState) -> bool:
    return isinstance(state.columns, list) and all(isinstance(name, str) for name in state.columns)


@dataclass(frozen=True)
class _Held:
    """What the database holds now of some rows of a table, by primary key. ``is_other``: their own columns are not all
    there, so ``columns`` are those that the table has today."""

    columns: tuple[str, ...]
    values: Mapping[int, dict[str, Any]]
    is_other: bool = False


def _check(
    binding: Binding,
    name: str,
    expected: str,
    state: RecordedState | None,
    salts: Mapping[UUID, Mapping[str, str | None]],
    held: Mapping[str, _Held | None],
    result: Result,
) -> bool:
    """False where the row is there and holds something else than what was written."""
    result.checked += 1
    shown = name.replace(":", " ")
    if state is None:
        result.problems.append((shown, f"the row {shown}: what opens its commitment in {binding.place} is gone"))
        return True
    columns_altered = f"the row {shown}: which columns {binding.place} is about was altered"
    if not _names_columns(state):
        result.problems.append((shown, columns_altered))
        return True
    salt = salts.get(binding.ref, {}).get(name, "")
    if salt is None:
        if Subject(state.scope_type, state.scope_ref) == PORTAL:
            # Nobody's data is under this key, so there is nobody for whom it could rightly have been destroyed.
            result.problems.append((shown, f"the row {shown}: the portal's own key to its commitment was destroyed"))
        else:
            result.erased += 1
        return True
    if not salt:
        result.problems.append((shown, f"the row {shown}: the salt of its commitment in {binding.place} is gone"))
        return True
    sealed = salts[binding.ref].get(states.columns_name(name))
    if sealed is not None and sealed != states.fingerprint(tuple(state.columns)):
        result.problems.append((shown, columns_altered))
        return True
    found = held.get(_group(state))
    if found is None:
        result.unreadable += 1
        return True
    if state.row_pk not in found.values:
        result.problems.append((shown, f"the row {shown} is gone; {binding.place} is about it"))
        return True
    row = states.Row(state.row_label, state.row_pk, found.columns, Subject(state.scope_type, state.scope_ref))
    is_it = states.digest(row, found.values[state.row_pk], bytes.fromhex(salt)) == expected
    if found.is_other and not is_it:
        result.unreadable += 1
    elif found.is_other:
        result.problems.append((shown, columns_altered))
    else:
        return is_it
    return True


def _group(state: RecordedState) -> str:
    return json.dumps([state.row_label, state.columns])


def _held(known: list[RecordedState]) -> dict[str, _Held | None]:
    """What the database holds now, by group of equal columns; None for a table that is no more."""
    wanted: dict[str, list[RecordedState]] = defaultdict(list)
    for state in known:
        wanted[_group(state)].append(state)
    return {group: _rows_of(members) for group, members in wanted.items()}


def _rows_of(members: list[RecordedState]) -> _Held | None:
    label, columns = members[0].row_label, tuple(members[0].columns)
    pks = [state.row_pk for state in members]
    try:
        return _Held(columns, states.values_of(label, pks, columns))
    except (LookupError, ValueError):
        return None
    except FieldError:
        model: type[Model] = apps.get_model(label)
        columns = states.columns_of(model)
        return _Held(columns, states.values_of(label, pks, columns), is_other=True)


def salts_by_leaf(refs: list[UUID]) -> dict[UUID, dict[str, str | None]]:
    """Salts by leaf and name; None for each row whose key is destroyed."""
    secrets = list(LeafSecret.objects.filter(leaf_ref__in=refs))
    ring.prefetch(secrets)
    found: dict[UUID, dict[str, str | None]] = defaultdict(dict)
    erased: list[LeafSecret] = []
    with unrecorded():
        for secret in secrets:
            try:
                found[secret.leaf_ref].update(json.loads(secret.salts))
            except Shredded:
                erased.append(secret)
            except (Tampered, UnknownKey, ValueError):
                # Altered in the database: then its salts are missed below, by name.
                continue
    for secret in erased:
        about = RecordedState.objects.filter(
            leaf_ref=secret.leaf_ref, scope_type=secret.scope_type, scope_ref=secret.scope_ref
        )
        found[secret.leaf_ref].update({state.salt_name: None for state in about})
    return found


def states_of_no_leaf() -> Iterator[RecordedState]:
    """States whose leaf is neither in the log nor on its way there: planted, so that their rows are not missed."""
    ref = OuterRef("leaf_ref")
    orphans = RecordedState.objects.filter(
        ~Exists(LogEntry.objects.filter(ref=ref)), ~Exists(PendingLeaf.objects.filter(ref=ref))
    )
    yield from orphans.order_by("pk")[:1000]
