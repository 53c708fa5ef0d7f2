from pathlib import Path

import pytest

from tests.privacy.log.receipt import ENTRY, RECEIPT, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("receipt", RECEIPT)
    desk.write("entry", ENTRY)
    return desk
