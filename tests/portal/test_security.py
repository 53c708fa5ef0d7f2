from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def directives(response: Any) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return {name: rest for name, _space, rest in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("address", ["/", "/en/", "/budget/search/", "/api/v1/", "/accounts/login/", "/no-such-page/"])
def test_public_pages_run_nothing_but_our_own_files(client: Client, site: Any, address: str) -> None:
    found = directives(client.get(address))
    assert (found["default-src"], found["script-src"], found["style-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe-inline" not in str(found)


def test_the_administration_may_use_its_inline_parts(client: Client, site: Any) -> None:
    found = directives(client.get("/admin/login/"))
    assert found["script-src"] == "'self' 'unsafe-inline'"
    assert found["frame-ancestors"] == "'self'"


def test_a_page_whose_name_begins_like_the_administration_is_still_strict(client: Client, site: Any) -> None:
    assert directives(client.get("/administration/"))["script-src"] == "'self'"
