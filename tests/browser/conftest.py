"""A served demo city and a real Chromium to visit it with.

Every worker serves a copy of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page

from tests import city
from tests.browser.visitors import SERVED
from tests.city import ROOT, environment, run_manage

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    # The container is the sandbox, and root may not start Chromium's own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
START_SECONDS = 90.0
WATCH_CSP = """
addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.effectiveDirective} refused ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class DemoServer:
    """``url`` without a closing slash; one file in ``mail_dir`` per mail sent; the SQLite file behind it all."""

    url: str
    mail_dir: Path
    database_path: Path
    env: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command on the data of this server; its standard output."""
        return run_manage(self.env, *arguments)

    def mails(self) -> list[str]:
        """The text of every mail sent so far, oldest first."""
        return [path.read_text("utf-8") for path in sorted(self.mail_dir.glob("*"), key=lambda p: p.stat().st_mtime_ns)]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.skip("no Chromium on this machine: install the package chromium, or set CHROMIUM to its path")
    return found


@pytest.fixture(scope="session")
def demo_server(chromium_path: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[DemoServer]:
    own = tmp_path_factory.mktemp("demo")
    data = own / "data"
    shutil.copytree(city.loaded(tmp_path_factory, worker_id), data)

    env = environment(data)
    port = free_port()
    log_path = own / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "portal.asgi:application"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_served(url, process, log_path)
        SERVED[url] = data / "db.sqlite3"
        yield DemoServer(url, data / "mail", SERVED[url], env)
    finally:
        # It would take seconds to end in good order, and its data goes with it.
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str, process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/", timeout=30):
                return
        except urllib.error.HTTPError:
            # It answers; what it answers is for the tests to judge.
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the demo server did not answer:\n{log_path.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def base_url(demo_server: DemoServer) -> str:
    """Lets tests write ``page.goto("/en/")``."""
    return demo_server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path: str) -> dict[str, Any]:
    return {"executable_path": chromium_path, "args": CHROMIUM_FLAGS}


@pytest.fixture
def page_faults(page: Page) -> list[str]:
    """Everything that the page complained of so far: console errors, uncaught exceptions, CSP violations."""
    faults: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    def on_error(error: Error) -> None:
        faults.append(str(error))

    page.add_init_script(WATCH_CSP)
    page.on("console", on_console)
    page.on("pageerror", on_error)
    return faults
