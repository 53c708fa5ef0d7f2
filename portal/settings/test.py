"""Tests: the development settings, with fast password hashing and mail kept in memory."""

import tempfile
from pathlib import Path

from portal.settings.development import *
from portal.settings.development import DATABASES, INSTALLED_APPS, STORAGES

# Models that only tests need.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.specimens"]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

_scratch = Path(tempfile.mkdtemp(prefix="gongzhi-test-"))
MEDIA_ROOT = str(_scratch / "media")
STORAGES = {
    **STORAGES,
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(_scratch / "attachments"), "base_url": None},
    },
}
OPEN_DATA_DIR = str(_scratch / "open-data")
ANALYSIS_DIR = str(_scratch / "analysis")
ERASURE_LEDGER = str(_scratch / "erasures.jsonl")
# Tests change the database behind the back of the site; those of the cache turn it on.
PAGE_CACHE_SECONDS = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: several connections, WAL and locks behave as they do in service.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "test.sqlite3")}
    # Nobody needs this file after a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
