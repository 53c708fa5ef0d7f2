"""Scripts of others are the ones that were locked."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from portal.management import vendored


def test_every_vendored_file_is_the_locked_one() -> None:
    assert vendored.problems() == []


def test_a_changed_missing_or_added_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = (vendored.VENDOR_DIR / "vendor.toml").read_text("utf-8")
    (tmp_path / "vendor.toml").write_text(lock, "utf-8")
    (tmp_path / "echarts").mkdir()
    (tmp_path / "echarts" / "LICENSE").write_text("free", "utf-8")
    (tmp_path / "extra.js").write_text("", "utf-8")
    monkeypatch.setattr(vendored, "VENDOR_DIR", tmp_path)
    assert sorted(vendored.problems()) == [
        "echarts/LICENSE is not the locked file",
        "echarts/NOTICE is missing",
        "echarts/echarts.common.min.js is missing",
        "extra.js is not in the lock file",
    ]


def test_the_explorer_weighs_at_most_310_kilobytes() -> None:
    scripts = [
        vendored.VENDOR_DIR / "echarts" / "echarts.common.min.js",
        vendored.VENDOR_DIR.parent / "gongzhi" / "js" / "explorer.js",
    ]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts) <= 310 * 1024
