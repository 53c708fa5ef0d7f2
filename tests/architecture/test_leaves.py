"""Every change that somebody relies on leaves a leaf of a declared kind (that each is documented, see tests/privacy/log/test_kinds.py)."""

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache

import pytest

from privacy.log.kinds import SHAPES, LeafKind
from tests.architecture.tree import APPS, PACKAGES, ROOT, name_of, parsed, python_files

# Actions that append no leaf, and why.
WITHOUT_LEAF = {
    "cms/pages/actions.py:publish_disclosure": "Wagtail publishes, and the receiver of its signal appends the leaf",
    "cms/pages/content/actions.py:mark_lesson": "what somebody has read is nobody else's business",
    "cms/pages/content/actions.py:submit_translation": "changes nothing public; Wagtail publishes once it is approved",
    **{
        f"cms/budget/drafts/actions.py:{name}": "prepares an import, which has a leaf; nobody relies on it before"
        for name in (
            *("upload_draft", "set_mapping", "start_work", "cancel_work", "remove_draft"),
            *("save_profile", "remove_profile"),
        )
    },
    "cms/performance/actions.py:keep_sheet": "changes nothing that anybody relies on; taking the sheet over has a leaf",
    "privacy/rights/exporting/actions.py:ask_export": "asked for in the background; having made it has a leaf",
    "privacy/rights/exporting/actions.py:give_link": "using the link has a leaf",
    "participation/feedback/actions.py:react_to_line": "only counted: the log would tell what small numbers hide",
    "participation/feedback/actions.py:save_draft": "what somebody has not said yet is nobody else's business",
    "participation/feedback/actions.py:remove_draft": "what somebody has not said yet is nobody else's business",
    **{
        f"participation/balance/actions.py:{name}": "prepares an answer, which has a leaf; nobody relies on it before"
        for name in (
            *("draft_answer", "draft_correction", "change_draft", "contribute_part", "withdraw_part"),
            *("submit_draft", "review_draft", "drop_draft"),
        )
    },
    **{
        f"participation/stakeholders/levels/actions.py:{name}": "whose telephone is confirmed is nobody's to prove"
        for name in ("send_phone_code", "confirm_phone")
    },
    **{
        f"participation/following/actions.py:{name}": "what somebody follows and is told is nobody else's business"
        for name in ("announce", "choose_cadence", "follow", "follow_own", "mark_read", "unfollow")
    },
    **{
        f"participation/evaluations/reports/actions.py:{name}": "on its way; handing it in has a leaf"
        for name in ("save_page", "take_workbook", "remove_evidence")
    },
    "participation/evaluations/opinions/actions.py:give_public_score": "only counted, as reactions are",
    "participation/discussion/actions.py:give_opinion": "only counted: the log would tell what small numbers hide",
    **{
        f"participation/meetings/session/actions.py:{name}": "who speaks when; what was said stands in the minutes"
        for name in ("ask_to_speak", "leave_queue", "call_next")
    },
    "participation/meetings/session/actions.py:vote_in_poll": "only counted: the log would tell what small numbers hide",
    "participation/deliberation/actions.py:cast_vote": "only counted: the log would tell what somebody thinks",
    "participation/discussion/actions.py:mark_read": "how far somebody has read is nobody else's business",
    "participation/whistleblowing/actions.py:open_case": "entered on a later day, so that no leaf tells when it came",
    "participation/whistleblowing/actions.py:add_reporter_message": "entered on a later day, as above",
    "participation/recognition/actions.py:cast_vote": "only counted: the log would tell what small numbers hide",
    "participation/recognition/cases/actions.py:draft_case_page": "Wagtail publishes, and its receiver appends the leaf",
    "participation/recognition/shown/actions.py:choose_shown": "what somebody shows of themselves is nobody's to prove",
    "privacy/incidents/actions.py:plant_honey": "whoever reads about it knows what to leave alone",
    "privacy/access/actions.py:open_sealed": "the record of readings appends the leaf for all of a request at once",
}
# What appends a leaf itself, and what opens sealed values, which is on record when it is left.
APPENDING = {
    ("privacy/log/actions.py", "append_leaf"),
    ("privacy/log/outbox.py", "append_leaves"),
    ("privacy/access/actions.py", "open_sealed"),
    ("privacy/access/recording.py", "reading"),
}
THE_LEAF_ITSELF = "privacy/log/actions.py:append_leaf"
# Called by every action on a kind of contribution: the kind of leaf is made of the kind of record.
MADE_KINDS = re.compile(r"^(feedback|evaluation|statement)\.(hidden|restored|accepted|extended|dated)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


# A function: the file that defines it, and its name there.
Place = tuple[str, str]


@dataclass(frozen=True)
class Module:
    """The functions of one file, and where what it imports comes from: a function, or a module (without a name)."""

    functions: dict[str, Function]
    imports: dict[str, tuple[str, str | None]]


def file_of(dotted: str) -> str | None:
    for path in (
        ROOT.joinpath(*dotted.split(".")).with_suffix(".py"),
        ROOT.joinpath(*dotted.split("."), "__init__.py"),
    ):
        if path.is_file():
            return name_of(path)
    return None


@cache
def module(file: str) -> Module:
    """Imports inside of functions count as well: rooms that need each other import late."""
    tree = parsed(ROOT / file)
    imports: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known_as = alias.asname or alias.name
                if (inner := file_of(f"{node.module}.{alias.name}")) is not None:
                    imports[known_as] = inner, None
                elif (outer := file_of(node.module)) is not None:
                    imports[known_as] = outer, alias.name
    return Module({node.name: node for node in tree.body if isinstance(node, Function)}, imports)


def place_of(file: str, name: str) -> Place | None:
    """Where the function that ``file`` calls ``name`` is defined, through whatever passes it on."""
    for _step in range(10):
        found = module(file)
        if name in found.functions:
            return file, name
        origin = found.imports.get(name)
        if origin is None or origin[1] is None:
            return None
        file, name = origin[0], origin[1]
    return None


def called_from(place: Place) -> set[Place]:
    """The functions that a function calls by name, or by name in a module. Methods are left out."""
    file, name = place
    here, found = module(file), set()
    for call in (node.func for node in ast.walk(here.functions[name]) if isinstance(node, ast.Call)):
        if isinstance(call, ast.Name):
            found.add(place_of(file, call.id))
        elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
            origin = here.imports.get(call.value.id)
            if origin is not None and origin[1] is None:
                found.add(place_of(origin[0], call.attr))
    return found - {None}  # type: ignore[return-value]


def reaches_a_leaf(place: Place, seen: frozenset[Place] = frozenset()) -> bool:
    called = called_from(place)
    if called & APPENDING:
        return True
    return any(reaches_a_leaf(inner, seen | {place}) for inner in called - seen - {place})


def actions() -> set[Place]:
    return {
        (name_of(path), name)
        for path in python_files(*APPS)
        if path.name == "actions.py"
        for name in module(name_of(path)).functions
        if not name.startswith("_")
    }


def test_every_action_leaves_a_leaf_or_says_why_not() -> None:
    without = {":".join(place) for place in actions() if not reaches_a_leaf(place)}
    assert without - {THE_LEAF_ITSELF} == set(WITHOUT_LEAF)


@pytest.mark.parametrize(
    ("code", "reaches"),
    [
        ("from privacy.log.actions import append_leaf\ndef act(): append_leaf()", True),
        ("from privacy.log import actions\ndef act(): actions.append_leaf()", True),
        ("def append_leaf(): pass\ndef act(): append_leaf()", False),
        ("from privacy.log.actions import append_leaf\ndef act(): _inner()\ndef _inner(): append_leaf()", True),
        ("from elsewhere import _inner\ndef act(): _inner()", False),
        ("def act(): return act()", False),
    ],
    ids=["by name", "in its module", "a namesake", "by way of another", "a namesake from elsewhere", "itself"],
)
def test_the_call_is_followed_and_not_the_name(code: str, reaches: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    here, known = sys.modules[__name__], module("privacy/log/actions.py")
    monkeypatch.setattr(here, "parsed", lambda path: ast.parse(code))
    tried = module.__wrapped__("tried.py")
    monkeypatch.setattr(here, "module", {"tried.py": tried, "privacy/log/actions.py": known}.__getitem__)
    assert reaches_a_leaf(("tried.py", "act")) is reaches


def test_every_kind_is_declared() -> None:
    assert set(SHAPES) == set(LeafKind)


def used_kinds() -> set[str]:
    """Kinds named in the code outside of the vocabulary, as ``LeafKind.NAME``."""
    names = {
        node.attr
        for path in python_files(*PACKAGES)
        if name_of(path) not in ("privacy/log/kinds.py", "privacy/log/recognition_kinds.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "LeafKind"
    }
    return {LeafKind[name].value for name in names}


def test_every_kind_is_used_and_every_used_kind_is_there() -> None:
    unused = {kind.value for kind in LeafKind} - used_kinds()
    assert {kind for kind in unused if not MADE_KINDS.match(kind)} == set()
