"""Which folder may import which."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT


def test_every_import_contract_is_kept() -> None:
    # In a process of its own: the graph is built by importing, which other tests must not notice.
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout if done.returncode else "") == (0, "")
