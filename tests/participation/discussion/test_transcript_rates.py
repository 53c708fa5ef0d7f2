"""How often a visitor takes the transcript along is counted for each visitor, behind a proxy too."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from tests.factories import make_consultation

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_visitors_behind_one_proxy_do_not_spend_each_others_downloads(client: Client, settings: LazySettings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    settings.WRITE_RATES = {**settings.WRITE_RATES, "download": "1/hour"}
    address = reverse("participation:discussion:transcript_csv", args=["consultation", make_consultation().row_id])

    def take(visitor: str) -> int:
        return client.get(address, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=visitor).status_code

    assert [take(visitor) for visitor in ("203.0.113.1", "203.0.113.1", "203.0.113.2")] == [200, 429, 200]
