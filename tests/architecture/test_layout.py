"""Where code may stand, and how much of it in one place."""

import ast
import importlib

import pytest
from django.db.models import Model

from tests.architecture.tree import APPS, PACKAGES, ROOT, modules, name_of, parsed, python_files

LONGEST = 400
NAMES_THAT_SAY_NOTHING = {"utils.py", "helpers.py", "common.py", "misc.py"}
# Not done by a person who is signed in: a brick of every action, what the service itself does on its clock, and what
# whoever holds the keys does at the machine.
WITHOUT_ACTOR = {
    "privacy/log/actions.py:append_leaf",
    "privacy/custody/actions.py:begin_key_operation",
    "privacy/custody/actions.py:finish_key_operation",
    "privacy/rights/erasing/actions.py:carry_out_due",
    "privacy/rights/erasing/actions.py:carry_out_erasure",
    "privacy/rights/erasing/actions.py:erase_again",
}
WITHOUT_TRANSACTION = {
    # One transaction for each erasure: one that fails keeps no other from being carried out.
    "privacy/rights/erasing/actions.py:carry_out_due",
    # Reads the file for as long as it takes, so that nobody waits for a lock; import_plan writes in one transaction.
    "cms/budget/actions.py:import_release",
    # Belongs to the transaction of the action that calls it, and refuses to run outside one.
    "privacy/log/actions.py:append_leaf",
    # The record of the reading has to stand before the value is shown, whatever happens afterwards.
    "privacy/access/actions.py:open_sealed",
    "participation/feedback/actions.py:reveal_address",
    "participation/feedback/actions.py:reveal_passage",
    "participation/feedback/actions.py:reveal_phone",
    "participation/stakeholders/actions.py:open_confidential_passage",
    "participation/stakeholders/actions.py:open_organisation_values",
    "participation/stakeholders/actions.py:open_owner_values",
    "participation/stakeholders/levels/actions.py:open_resident_values",
}


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in python_files(*PACKAGES, "tests")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_file_has_a_name_that_says_what_is_in_it() -> None:
    assert [name_of(p) for p in python_files(*PACKAGES, "tests") if p.name in NAMES_THAT_SAY_NOTHING] == []


@pytest.mark.parametrize("app", APPS)
def test_models_module_of_an_app_holds_every_model_of_its_rooms(app: str) -> None:
    registry = importlib.import_module(f"{app}.models")
    missing = {
        f"{found.__module__}.{found.__name__}"
        for module in modules(app)
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, Model)
        and found.__module__ == module.__name__
        and not found._meta.abstract
        and getattr(registry, found.__name__, None) is not found
        # History tables are made beside their model, which is what has to be registered.
        and not hasattr(found, "history_object")
    }
    assert missing == set()


@pytest.mark.parametrize("app", APPS)
def test_models_module_of_an_app_only_re_exports(app: str) -> None:
    allowed = (ast.ImportFrom, ast.Expr, ast.Assign)
    tree = parsed(ROOT / app / "models.py")
    others = [node for node in tree.body if not isinstance(node, allowed)]
    assigned = [ast.unparse(t) for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    assert (others, assigned) == ([], ["__all__"])


def public_actions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [
        (f"{name_of(path)}:{node.name}", node)
        for path in python_files(*APPS)
        if path.name == "actions.py"
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]


def test_every_action_names_the_acting_user_as_a_keyword() -> None:
    without = {
        name
        for name, node in public_actions()
        if "acting_user" not in [argument.arg for argument in node.args.kwonlyargs]
    }
    assert without - WITHOUT_ACTOR == set()


def test_every_action_is_one_transaction() -> None:
    assert {name for name, node in public_actions() if not is_atomic(node)} - WITHOUT_TRANSACTION == set()


def is_atomic(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    contexts = [item.context_expr for node in ast.walk(function) if isinstance(node, ast.With) for item in node.items]
    return any("transaction.atomic" in ast.unparse(node) for node in [*function.decorator_list, *contexts])
