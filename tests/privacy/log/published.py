"""Published test vectors. Where they are absent, the tests that want them are skipped."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.data import SHARED

VECTORS = SHARED / "data" / "vectors"

needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="published test vectors are expected beside the repository, in ../shared/data/vectors"
)


def vector(name: str) -> Any:
    """The content of a JSON file; nothing where there are no vectors, so that tests can still be collected."""
    path = VECTORS / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def vector_files(folder: str) -> list[Any]:
    """One parameter for each JSON file below ``folder``, named by its path."""
    paths = sorted((VECTORS / folder).rglob("*.json"))
    return [pytest.param(path, id=path.relative_to(VECTORS / folder).as_posix()) for path in paths] or [Path()]


def wycheproof(name: str) -> list[Any]:
    """Every test of a Wycheproof file together with its group, named by its number."""
    groups = vector(f"wycheproof/{name}").get("testGroups", [])
    found = [pytest.param(group, test, id=str(test["tcId"])) for group in groups for test in group["tests"]]
    return found or [pytest.param({}, {}, id="absent")]
