"""Witnesses of the log are entered by administrators, in the editors' administration."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse

from privacy.log.models import Witness
from privacy.log.notes import verifier_key
from tests.factories import make_moderator, make_user

pytestmark = pytest.mark.django_db

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
COSIGNER = verifier_key("witness.example/office", KEY, cosigner=True).text
LOG_KEY = verifier_key("witness.example/office", KEY, cosigner=False).text


def add(client: Client, **changes: Any) -> Any:
    fields = {
        "name": "审计局",
        "url": "https://witness.example/log",
        "verifier_key": f" {COSIGNER}\n",
        "is_asked": "on",
    }
    return client.post(reverse("witnesses:add"), {**fields, **changes})


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    return client


def test_an_administrator_enters_a_witness(administrator: Client) -> None:
    assert add(administrator).status_code == 302
    witness = Witness.objects.get()
    assert (witness.name, witness.verifier_key, witness.size, witness.is_asked) == ("审计局", COSIGNER, 0, True)


@pytest.mark.parametrize("key", ["nonsense", LOG_KEY, COSIGNER[:-4] + "AAA="], ids=["words", "key-of-a-log", "altered"])
def test_a_key_that_cannot_be_a_witness_is_refused(administrator: Client, key: str) -> None:
    page = add(administrator, verifier_key=key)
    assert (page.status_code, list(page.context["form"].errors), Witness.objects.count()) == (200, ["verifier_key"], 0)


def test_the_list_shows_the_last_failure(administrator: Client) -> None:
    Witness.objects.create(name="审计局", url="https://a.example", verifier_key=COSIGNER, last_error="OtherRoot: two")
    assert "OtherRoot: two" in administrator.get(reverse("witnesses:index")).content.decode()


def test_nobody_else_enters_one(client: Client) -> None:
    client.force_login(make_moderator())
    assert (add(client).status_code in (302, 403), Witness.objects.count()) == (True, 0)


def test_a_witness_is_switched_off_and_never_deleted(administrator: Client) -> None:
    witness = Witness.objects.create(name="审计局", url="https://a.example", verifier_key=COSIGNER)
    administrator.post(reverse("witnesses:delete", args=[witness.pk]))
    assert Witness.objects.filter(pk=witness.pk).exists()
