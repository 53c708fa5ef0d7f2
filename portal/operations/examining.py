"""What ``manage.py doctor`` looks at. Each look yields findings; one that breaks is a finding itself."""

from __future__ import annotations

import logging
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import get_hashers
from django.core import checks
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from portal.operations.readiness import cache_answers, log_lag_seconds, migrations_are_applied
from privacy.incidents.models import Incident
from privacy.log.models import Checkpoint, Unrecorded
from privacy.log.triggers import missing as missing_triggers
from privacy.sealing.checks import faults
from privacy.sealing.keys import key_provider
from privacy.sealing.rewrapping import keys_to_rewrap

logger = logging.getLogger(__name__)
LEVELS = ("error", "warning", "ok")
LEAST_FREE = 0.10
LONGEST_WAIT = timedelta(minutes=10)
OLDEST_HEAD = timedelta(days=1)
GOOD_HASHERS = ("argon2", "pbkdf2_sha256", "scrypt", "bcrypt_sha256")
# What looks like a secret in a file that git keeps. Hashes, vectors of tests and locks are none.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abp]-[A-Za-z0-9-]{20,}\b|\bhvs\.[A-Za-z0-9_-]{24,}"
    r"|(?:SECRET_KEY|GONGZHI_KEK|VAULT_TOKEN|PASSWORD|CLIENT_SECRET)\s*[=:]\s*[\"']?[A-Za-z0-9+/_=-]{32,}"
)
# One of these is in every match; looking for them first is many times faster.
BEGINNINGS = ("PRIVATE KEY", "AKIA", "gh", "xox", "hvs.", "SECRET", "GONGZHI_KEK", "TOKEN", "PASSWORD")
LARGEST_SEARCHED = 1_000_000


@dataclass(frozen=True)
class Finding:
    """``level``: "error" has to be put right, "warning" is worth a look, "ok". ``advice`` says what to do."""

    level: str
    about: str
    words: str
    advice: str = ""


def examine(*, with_mail: bool = False) -> Iterator[Finding]:
    looks: dict[str, Callable[[], Iterator[Finding]]] = {
        "settings": _settings,
        "passwords": _passwords,
        "cookies": _cookies,
        "keys": _keys,
        "files": _files,
        "database": _database,
        "cache": _cache,
        "log": _log,
        "tasks": _tasks,
        "incidents": _incidents,
        "mail": _mail_server if with_mail else _mail,
        "disk": _disk,
        "secrets": _secrets,
    }
    for about, look in looks.items():
        found = 0
        try:
            for finding in look():
                found += 1
                yield finding
        except Exception as error:
            logger.exception("The look at %s broke", about)
            words = f"could not be looked at ({type(error).__name__})"
            yield Finding("error", about, words, "The log of the service says why.")
            continue
        if not found:
            yield Finding("ok", about, "nothing to say against it")


def _settings() -> Iterator[Finding]:
    """All that Django and the apps say about a deployment, database checks aside."""
    for message in checks.run_checks(include_deployment_checks=True):
        level = "error" if message.is_serious() else "warning"
        yield Finding(level, "settings", f"{message.id}: {message.msg}".split("\n")[0], message.hint or "")
    if settings.DEBUG:
        yield Finding(
            "error", "settings", "DEBUG is on", "Serve with DJANGO_SETTINGS_MODULE=portal.settings.production."
        )
    if settings.SECRET_KEY == settings.PUBLISHED_SECRET_KEY:
        yield Finding("error", "settings", "SECRET_KEY is the published one", "Set 50 or more random characters.")
    if not settings.REQUIRE_MFA:
        yield Finding("error", "settings", "offices need no second factor", "Leave REQUIRE_MFA on.")


def _passwords() -> Iterator[Finding]:
    first = get_hashers()[0]
    if first.algorithm not in GOOD_HASHERS:
        yield Finding("error", "passwords", f"hashed by {first.algorithm}", "Put a slow one first in PASSWORD_HASHERS.")
    if not settings.AUTH_PASSWORD_VALIDATORS:
        yield Finding("error", "passwords", "any password is taken", "Set AUTH_PASSWORD_VALIDATORS.")


def _cookies() -> Iterator[Finding]:
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY"):
        if not getattr(settings, name):
            yield Finding("error", "cookies", f"{name} is off", "Serve with the production settings, over HTTPS.")
    if getattr(settings, "SECURE_HSTS_SECONDS", 0) < 31_536_000:
        yield Finding(
            "error", "cookies", "browsers are not told to stay on HTTPS for a year", "Set SECURE_HSTS_SECONDS."
        )
    if not settings.SECURE_SSL_REDIRECT:
        yield Finding("error", "cookies", "plain HTTP is answered", "Leave SECURE_SSL_REDIRECT on.")


def _keys() -> Iterator[Finding]:
    for fault in faults():
        yield Finding("error", "keys", fault, "See docs/operations-keys.md.")
    if settings.GONGZHI_KEK == settings.PUBLISHED_KEK:
        yield Finding("error", "keys", "the key-encryption key is the published one", "openssl rand -base64 32")
    waiting = keys_to_rewrap()
    if waiting.remaining or waiting.unbound:
        count = sum(waiting.remaining.values()) + waiting.unbound
        yield Finding("warning", "keys", f"{count} data keys are not under {key_provider().kek_id}", "privacy_rewrap")


def _files() -> Iterator[Finding]:
    """Whoever else has an account on the machine reads neither keys nor data."""
    named = {name: getattr(settings, name, "") for name in ("GONGZHI_KEK_FILE", "GONGZHI_VAULT_TOKEN_FILE")}
    for name, value in named.items():
        if value:
            yield from _require_private(Path(value), name)
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and Path(str(database["NAME"])).is_file():
        yield from _require_private(Path(str(database["NAME"])), "the database", level="warning")
    if settings.GONGZHI_KEK and not settings.GONGZHI_KEK_FILE and not settings.GONGZHI_VAULT_KEY:
        advice = "A file (GONGZHI_KEK_FILE) or a Vault keeps it from process listings and dumps."
        yield Finding("warning", "files", "the key-encryption key stands in the environment", advice)


def _require_private(path: Path, name: str, level: str = "error") -> Iterator[Finding]:
    try:
        found = path.stat()
    except OSError as error:
        yield Finding("error", "files", f"{name} cannot be read ({error.strerror})", "Name a file that is there.")
        return
    if stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(level, "files", f"{name} can be read by others ({stat.filemode(found.st_mode)})", "chmod 600")
    if found.st_uid != os.getuid():
        yield Finding("warning", "files", f"{name} belongs to another user of the machine", "chown it to the service.")


def _database() -> Iterator[Finding]:
    if not migrations_are_applied():
        yield Finding("error", "database", "migrations are missing", "manage.py migrate, then after_upgrade")
    for name in missing_triggers(connection):
        yield Finding("error", "database", f"the guard {name} is missing", "See docs/transparency-log.md.")


def _cache() -> Iterator[Finding]:
    if not cache_answers():
        yield Finding("error", "cache", "what is put there is not found again", "Look at REDIS_URL.")


def _log() -> Iterator[Finding]:
    lag = log_lag_seconds()
    if lag > LONGEST_WAIT.total_seconds():
        advice = "Start `manage.py worker`, or set LOG_SEQUENCER_IN_PROCESS."
        yield Finding("error", "log", f"an entry has waited {int(lag)} seconds for its number", advice)
    head = Checkpoint.objects.order_by("-created").first()
    if head is None:
        yield Finding("warning", "log", "nothing is signed yet", "Start `manage.py worker`.")
    elif head.created < timezone.now() - OLDEST_HEAD and lag:
        yield Finding("error", "log", f"last signed {head.created:%Y-%m-%d %H:%M}", "Run manage.py log_verify.")
    if count := Unrecorded.objects.count():
        yield Finding("error", "log", f"{count} rows have no entry", "Run manage.py log_verify.")


def _tasks() -> Iterator[Finding]:
    if not settings.TASKS_IN_WORKER:
        return
    waiting = DBTaskResult.objects.filter(status="READY", enqueued_at__lt=timezone.now() - LONGEST_WAIT).count()
    if waiting:
        yield Finding("error", "tasks", f"{waiting} tasks wait longer than ten minutes", "Start `manage.py worker`.")
    failed = DBTaskResult.objects.filter(status="FAILED", finished_at__gt=timezone.now() - timedelta(days=7)).count()
    if failed:
        yield Finding("warning", "tasks", f"{failed} tasks failed within a week", "See the log of the worker.")


def _incidents() -> Iterator[Finding]:
    count = Incident.objects.exclude(state=Incident.State.CLOSED).filter(is_exercise=False).count()
    if count:
        yield Finding("warning", "incidents", f"{count} incidents are open", "See /incidents/desk/.")


def _mail() -> Iterator[Finding]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield Finding("warning", "mail", f"letters go to {settings.EMAIL_BACKEND}", "Set EMAIL_URL.")
    if settings.DEFAULT_FROM_EMAIL == "webmaster@localhost":
        yield Finding("warning", "mail", "letters come from webmaster@localhost", "Set DEFAULT_FROM_EMAIL.")


def _mail_server() -> Iterator[Finding]:
    yield from _mail()
    server: Any = get_connection()
    try:
        server.open()
    except OSError as error:
        yield Finding(
            "error", "mail", f"the mail server does not answer ({type(error).__name__})", "Look at EMAIL_URL."
        )
    finally:
        server.close()


def _disk() -> Iterator[Finding]:
    attachments: Any = settings.STORAGES["attachments"]
    folders = {Path(settings.MEDIA_ROOT), Path(attachments["OPTIONS"]["location"])}
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folders.add(Path(str(database["NAME"])).parent)
    for folder in sorted(folder for folder in folders if folder.is_dir()):
        usage = shutil.disk_usage(folder)
        if usage.free < usage.total * LEAST_FREE:
            percent = usage.free * 100 // usage.total
            yield Finding("error", "disk", f"{percent} % are free where {folder.name} lies", "Make room.")


def _secrets() -> Iterator[Finding]:
    """Only what git keeps: files of the installation itself may hold secrets, and lie elsewhere."""
    for name in _kept_by_git():
        path = Path(settings.BASE_DIR) / name
        if not path.is_file() or path.stat().st_size > LARGEST_SEARCHED:
            continue
        text = path.read_text("utf-8", errors="replace")
        for published in (settings.PUBLISHED_SECRET_KEY, settings.PUBLISHED_KEK):
            text = text.replace(published, "")
        lines = (line for line in text.splitlines() if any(word in line for word in BEGINNINGS))
        if found := next(filter(None, map(SECRETS.search, lines)), None):
            line = text.count("\n", 0, text.index(found.string)) + 1
            advice = "Take it out, and change it: what git once kept is known."
            yield Finding("error", "secrets", f"{name}, line {line}, looks like a secret", advice)


def _kept_by_git() -> list[str]:
    git = shutil.which("git")
    if git is None or not (Path(settings.BASE_DIR) / ".git").exists():
        return []
    listed = subprocess.run([git, "ls-files", "-z"], cwd=settings.BASE_DIR, capture_output=True, check=True)  # noqa: S603
    names = listed.stdout.decode().split("\0")
    return [name for name in names if name and not name.startswith(("tests/", "var/")) and not name.endswith(".lock")]
