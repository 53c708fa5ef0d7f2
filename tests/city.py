"""The made-up city as its command loads it: once in a run, by the first who needs it, and copied by everybody."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import migrated

ROOT = Path(__file__).resolve().parents[1]


def loaded(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder with ``db.sqlite3`` and all files of the city. Not to be changed: take a copy."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    with locked(shared / "city.lock"):
        city, done = shared / "city", shared / "city.loaded"
        if not done.exists():
            shutil.rmtree(city, ignore_errors=True)
            city.mkdir(parents=True)
            if migrated.kept_file().exists():
                shutil.copyfile(migrated.kept_file(), city / "db.sqlite3")
            # The command migrates first.
            run_manage(environment(city), "demo", "--no-serve")
            done.touch()
    return city


def environment(data: Path) -> dict[str, str]:
    """For processes that work on the data in this folder."""
    (data / "mail").mkdir(exist_ok=True)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "DATABASE_URL": f"sqlite:///{data / 'db.sqlite3'}",
        "REDIS_URL": "",
        "DEBUG": "0",
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(data / "mail"),
        "MEDIA_DIR": str(data / "media"),
        "ATTACHMENTS_DIR": str(data / "attachments"),
    }


def run_manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
