"""What Django itself refuses is answered in the portal's words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_form_that_is_too_long_to_take_is_answered_as_too_large(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    client = Client()
    response = client.post("/en" + reverse("account_login"), {"login": "x" * 200})
    assert (response.status_code, "too long to send" in response.content.decode()) == (413, True)
