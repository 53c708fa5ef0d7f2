"""Every change that somebody relies on leaves a leaf of a declared kind (that each is documented, see tests/privacy/log/test_kinds.py)."""

import ast
import re
from functools import cache

from privacy.log.kinds import SHAPES, LeafKind
from tests.architecture.tree import APPS, PACKAGES, name_of, parsed, python_files

# Actions that append no leaf, and why.
WITHOUT_LEAF = {
    "cms/pages/actions.py:publish_disclosure": "Wagtail publishes, and the receiver of its signal appends the leaf",
    "cms/performance/actions.py:keep_sheet": "changes nothing that anybody relies on; taking the sheet over has a leaf",
    "participation/stakeholders/actions.py:change_profile": "what people say of themselves is nobody's to prove",
    "participation/whistleblowing/actions.py:open_case": "entered on a later day, so that no leaf tells when it came",
    "participation/whistleblowing/actions.py:add_reporter_message": "entered on a later day, as above",
    "privacy/access/actions.py:open_sealed": "the record of readings appends the leaf for all of a request at once",
}
# What appends a leaf itself, and what opens sealed values, which is on record when it is left.
APPENDING = {"append_leaf", "open_sealed", "reading"}
THE_LEAF_ITSELF = "privacy/log/actions.py:append_leaf"
# Called by every action on a kind of contribution: the kind of leaf is made of the kind of record.
MADE_KINDS = re.compile(r"^(feedback|evaluation)\.(hidden|restored|accepted)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def called_in(function: Function) -> set[str]:
    """Names of the functions that a function calls. Methods are left out: their names belong to many."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}


@cache
def functions() -> dict[str, list[Function]]:
    """Every function of the actions modules and of what they are split into, by name."""
    found: dict[str, list[Function]] = {}
    for path in python_files(*APPS):
        for node in parsed(path).body:
            if isinstance(node, Function):
                found.setdefault(node.name, []).append(node)
    return found


def reaches_a_leaf(function: Function, seen: frozenset[str] = frozenset()) -> bool:
    called = called_in(function)
    if called & APPENDING:
        return True
    return any(
        reaches_a_leaf(inner, seen | {function.name})
        for name in called - seen - {function.name}
        for inner in functions().get(name, [])
    )


def actions() -> dict[str, Function]:
    return {
        f"{name_of(path)}:{node.name}": node
        for path in python_files(*APPS)
        if path.name == "actions.py"
        for node in parsed(path).body
        if isinstance(node, Function) and not node.name.startswith("_")
    }


def test_every_action_leaves_a_leaf_or_says_why_not() -> None:
    without = {name for name, node in actions().items() if not reaches_a_leaf(node)}
    assert without - {THE_LEAF_ITSELF} == set(WITHOUT_LEAF)


def test_every_kind_is_declared() -> None:
    assert set(SHAPES) == set(LeafKind)


def used_kinds() -> set[str]:
    """Kinds named in the code outside of the vocabulary, as ``LeafKind.NAME``."""
    names = {
        node.attr
        for path in python_files(*PACKAGES)
        if name_of(path) != "privacy/log/kinds.py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "LeafKind"
    }
    return {LeafKind[name].value for name in names}


def test_every_kind_is_used_and_every_used_kind_is_there() -> None:
    unused = {kind.value for kind in LeafKind} - used_kinds()
    assert {kind for kind in unused if not MADE_KINDS.match(kind)} == set()
