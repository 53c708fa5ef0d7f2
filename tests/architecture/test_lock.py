"""requirements.lock pins everything, by content, from wherever it is fetched."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PINNED = re.compile(r"^([\w.-]+)==([\w.!+-]+)((?: ;[^\\\n]*)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.M)


def test_every_line_pins_one_version_with_its_hashes() -> None:
    requirements = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    hashed = [match for match in PINNED.finditer(LOCK) if match[4]]
    assert (len(requirements) > 50, len(hashed)) == (True, len(requirements))


def test_names_no_address() -> None:
    assert re.findall(r"https?:|://|--(?:extra-)?index-url|--find-links| @ ", LOCK) == []


def test_is_in_step_with_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = {canonicalize_name(match[1]): Version(match[2]) for match in PINNED.finditer(LOCK)}
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
