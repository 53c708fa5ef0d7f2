"""Making files of public data, once and for good. They hold what releases say, so nobody acts and no leaf tells."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django_tasks import task

from cms.budget.models import Release
from cms.open_data.datasets import Dataset
from cms.open_data.formats.offered import FORMATS, FileFormat, require_fits
from cms.open_data.models import DataFile
from portal.errors import NotFound

logger = logging.getLogger(__name__)


def folder() -> Path:
    """Where the files are. Not in the media folder, which is served without asking."""
    path = Path(settings.OPEN_DATA_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(file: DataFile) -> Path:
    return folder() / file.name


def build_file(dataset: Dataset, file_format: FileFormat) -> DataFile:
    """The stored file of a public dataset, made now where there is none yet; whoever asks second waits for the first.

    Anybody may cause it, because it shows nothing that is not public. Raises ``NotFound`` for drafts and ``TooLarge``
    where the format cannot hold all rows.
    """
    if not dataset.is_public:
        raise NotFound
    if found := stored(dataset, file_format):
        return found
    require_fits(file_format, dataset)
    with _alone(f"{dataset.key}.{file_format.key}"):
        if found := stored(dataset, file_format):
            return found
        name = f"{dataset.key}.{file_format.file}"
        size, sha256 = _write(dataset, file_format, folder() / name)
        values = {
            "release": dataset.releases[0] if len(dataset.releases) == 1 else None,
            "name": name,
            "row_count": dataset.row_count,
            "size": size,
            "sha256": sha256,
        }
        with transaction.atomic():
            file, is_new = DataFile.objects.get_or_create(dataset=dataset.key, format=file_format.key, defaults=values)
            if not is_new and file.sha256 != sha256:
                # The file was lost, and names or the program have changed since it was first made.
                logger.error("The file %s was made anew and has another digest than before.", name)
                DataFile.objects.filter(pk=file.pk).update(**values)
                file.refresh_from_db()
    return file


def stored(dataset: Dataset, file_format: FileFormat) -> DataFile | None:
    """The file of a dataset if it has been made and is still there."""
    found = DataFile.objects.filter(dataset=dataset.key, format=file_format.key).first()
    return found if found and path_of(found).exists() else None


@task()
def build_release_files(release_pk: int) -> None:
    """Make every file of a release that has just been published, so that no reader waits and each digest is known."""
    release = Release.objects.select_related("government").get(pk=release_pk)
    if not release.published_at:
        return
    dataset = Dataset.of_release(release)
    for file_format in FORMATS.values():
        if file_format.takes(dataset.row_count):
            build_file(dataset, file_format)


def build_after_commit(release: Release) -> None:
    """For whoever publishes. Without a worker a long release waits for its first reader, not the reviewer for it."""
    if settings.TASKS_IN_WORKER or release.line_count <= settings.OPEN_DATA_LINES_AT_ONCE:
        transaction.on_commit(lambda: build_release_files.enqueue(release.pk))


def write_temporary(dataset: Dataset, file_format: FileFormat) -> Path:
    """A file of a draft, for those who prepare it. Whoever asked removes it."""
    require_fits(file_format, dataset)
    handle, name = tempfile.mkstemp(dir=folder(), prefix="draft-")
    os.close(handle)
    try:
        _write(dataset, file_format, Path(name))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _write(dataset: Dataset, file_format: FileFormat, path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file that appears at ``path`` whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="making-")
    try:
        with os.fdopen(handle, "w+b") as target:
            file_format.write(dataset, target)
            target.flush()
            size = target.seek(0, os.SEEK_END)
            target.seek(0)
            sha256 = hashlib.file_digest(target, "sha256").hexdigest()
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return size, sha256


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One maker of a file at a time on this machine; on two machines they make the same bytes twice."""
    locks = folder() / ".locks"
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
