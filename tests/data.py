"""Real data for tests. It is not part of the repository: where it is absent, the tests that want it are skipped."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
BUDGETS = SHARED / "data" / "budgets"

needs_shared_data = pytest.mark.skipif(
    not BUDGETS.is_dir(), reason="real budget files are expected beside the repository, in ../shared/data"
)
