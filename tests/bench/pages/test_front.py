"""A warm disclosure page from the server as it runs, against the same page made anew each time; in one run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command

from cms.pages.actions import publish_disclosure
from tests.bench.realtime.measuring import SECONDS, database_url, served
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = pytest.mark.django_db(transaction=True)
LINES, CONNECTIONS = 300, 8


def asked(plan: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.pages.load"],
        cwd=settings.BASE_DIR,
        input=json.dumps(plan) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_a_warm_page_on_daphne_and_uvicorn(site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    release = make_release(line_count=LINES, totals={"adopted": LINES * 100, "executed": LINES * 60})
    programme = make_programme(make_department(release.government))
    for _number in range(LINES):
        make_line(release, programme, adopted=100, executed=60)
    page = publish_disclosure(
        release=release, title="公开", title_en="Open", summary="概要", summary_en="Summary", acting_user=None
    )
    call_command("collectstatic", "--noinput", verbosity=0)
    found: dict[str, dict[str, Any]] = {}
    for server in ("daphne", "uvicorn"):
        for name, seconds in (("made", "0"), ("kept", "600")):
            env = {"DATABASE_URL": database_url(), "REDIS_URL": "", "PAGE_CACHE_SECONDS": seconds}
            with served("portal", server, **env) as (port, process):
                path = urlsplit(str(page.url)).path
                # The first visitors of a release have files made, which the page names.
                for _visit in range(3):
                    with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=60) as answer:
                        etag = answer.headers["ETag"]
                plan = {"port": port, "pid": process.pid, "path": path, "seconds": SECONDS, "connections": CONNECTIONS}
                packed = {"Accept": "text/html", "Accept-Encoding": "gzip"}
                asked({**plan, "headers": packed, "status": 200, "connections": 1, "seconds": 0.5})
                found[f"{server} {name}"] = asked({**plan, "headers": packed, "status": 200})
                if name == "kept":
                    known = {**packed, "If-None-Match": etag}
                    found[f"{server} not modified"] = asked({**plan, "headers": known, "status": 304})
    ratios = {
        server: round(found[f"{server} kept"]["per_second"] / found[f"{server} made"]["per_second"], 1)
        for server in ("daphne", "uvicorn")
    }
    with capsys.disabled():
        print("\n" + json.dumps({"bench": "pages", "found": found, "kept_over_made": ratios}))
    assert not any(each["others"] for each in found.values())
