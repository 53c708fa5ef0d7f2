"""The locks pin everything, by content, from wherever it is fetched."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.tree import ROOT

LOCK, BENCH_LOCK = [(ROOT / name).read_text("utf-8") for name in ("requirements.lock", "requirements-bench.lock")]
LOCKS = pytest.mark.parametrize("lock", [LOCK, BENCH_LOCK], ids=["requirements", "bench"])
PINNED = re.compile(r"^([\w.-]+)==([\w.!+-]+)((?: ;[^\\\n]*)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.M)


def versions(lock: str) -> set[tuple[str, str]]:
    return {(canonicalize_name(match[1]), match[2]) for match in PINNED.finditer(lock)}


@LOCKS
def test_every_line_pins_one_version_with_its_hashes(lock: str) -> None:
    requirements = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    hashed = [match for match in PINNED.finditer(lock) if match[4]]
    assert (len(requirements) > 50, len(hashed)) == (True, len(requirements))


@LOCKS
def test_names_no_address(lock: str) -> None:
    assert re.findall(r"https?:|://|--(?:extra-)?index-url|--find-links| @ ", lock) == []


def test_what_both_locks_pin_is_the_same_version() -> None:
    both = dict(versions(LOCK)).keys() & dict(versions(BENCH_LOCK)).keys()
    assert {pin for pin in versions(BENCH_LOCK) if pin[0] in both} - versions(LOCK) == set()


def test_are_in_step_with_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = {name: Version(version) for name, version in versions(LOCK) | versions(BENCH_LOCK)}
    optional = project["project"].get("optional-dependencies", {})
    lines = [
        *project["project"]["dependencies"],
        *(line for extra in optional.values() for line in extra),
        *(line for group in project["dependency-groups"].values() for line in group),
    ]
    wanted = [Requirement(line) for line in lines]
    unmet = {
        str(requirement)
        for requirement in wanted
        if (name := canonicalize_name(requirement.name)) not in locked or locked[name] not in requirement.specifier
    }
    assert unmet == set()
