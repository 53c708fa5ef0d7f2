"""What people have to be able to look up is written down."""

import ast
import re
import tomllib

from portal.api import api
from privacy.log.kinds import LeafKind
from tests.architecture.tree import PACKAGES, ROOT, documentation, parsed, python_files


def undocumented(names: set[str]) -> set[str]:
    text = documentation()
    return {name for name in names if not re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/])", text)}


def environment_settings() -> set[str]:
    """The first argument of every ``env(...)`` and ``env.kind(...)`` in the settings."""
    return {
        call.args[0].value
        for path in python_files("portal/settings")
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).split(".")[0] == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_setting_from_the_environment_is_documented() -> None:
    settings = environment_settings()
    assert (len(settings) > 10, undocumented(settings)) == (True, set())


def test_every_management_command_is_documented() -> None:
    commands = {
        path.stem
        for path in python_files(*PACKAGES)
        if path.parts[-3:-1] == ("management", "commands") and path.stem != "__init__"
    }
    assert undocumented({f"manage.py {command}" for command in commands}) == set()


def test_every_api_route_is_documented() -> None:
    assert undocumented(set(api.get_openapi_schema()["paths"])) == set()


def test_every_kind_of_leaf_is_documented() -> None:
    assert undocumented(set(LeafKind.values)) == set()


def test_every_runtime_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.match(r"[\w.-]+", line)[0] for line in project["dependencies"]}  # type: ignore[index]
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text("utf-8")
    assert {name for name in names if f"`{name}`" not in reasons} == set()


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} - {"README.md"}
    index = (ROOT / "docs/README.md").read_text("utf-8")
    assert {page for page in pages if f"({page})" not in index} == set()


def test_every_relative_link_of_the_documentation_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = {
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    }
    assert broken == set()
