"""The vocabulary is closed, and documented word for word."""

import re
from pathlib import Path

from django.utils.translation import override

from privacy.log.kinds import LeafKind

DOCUMENT = Path(__file__).parents[3] / "docs" / "privacy.md"


def test_the_documentation_lists_every_kind_with_its_label() -> None:
    documented = dict(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| ([^|]+?) \|", DOCUMENT.read_text(), re.MULTILINE))
    with override("en"):
        assert documented == {kind.value: str(kind.label) for kind in LeafKind}


def test_a_kind_fits_its_column() -> None:
    assert max(len(kind) for kind in LeafKind.values) <= 32
