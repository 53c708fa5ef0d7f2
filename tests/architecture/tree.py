"""The files of the project, for the tests that read them."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
APPS = ("privacy", "cms", "participation")
PACKAGES = ("portal", *APPS)


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
    )


def templates() -> list[Path]:
    folders = [ROOT / "templates", *(ROOT / package for package in PACKAGES)]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in {".html", ".svg", ".xml"})


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def modules(app: str) -> Iterator[ModuleType]:
    """Every module of an app but its migrations and the program that finds another beside it, imported."""
    package = importlib.import_module(app)
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{app}."):
        if ".migrations" not in found.name and not found.name.endswith(".verify_consent"):
            yield importlib.import_module(found.name)


def documentation() -> str:
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    return "\n".join(page.read_text("utf-8") for page in sorted(pages))
