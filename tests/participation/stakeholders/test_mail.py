"""What the portal writes to people about their accounts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from participation.stakeholders.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def sent(address: str, data: dict[str, Any]) -> mail.EmailMessage:
    client = Client()
    page = client.get(address)
    initial = {name: field.initial for name, field in page.context["form"].fields.items() if field.initial is not None}
    response = client.post(address, {**initial, **data})
    assert response.status_code == 302, response.context["form"].errors
    return mail.outbox[-1]


SIGNUP = {"email": "lin@example.org", "password1": "a-long-Passw0rd", "password2": "a-long-Passw0rd"}


def test_the_mail_that_confirms_an_address_is_in_the_name_of_the_portal() -> None:
    message = sent("/en/accounts/signup/", {**SIGNUP, "display_name": "Lin"})
    assert User.objects.filter(email="lin@example.org").exists()
    assert message.subject == "Gongzhi: please confirm your e-mail address"
    assert message.body.startswith("Hello!\n\nThank you for joining in.")
    assert ("testserver/en/accounts/confirm-email/" in message.body, "from testserver" in message.body) == (True, False)


def test_the_mail_for_a_new_password_is_in_the_name_of_the_portal() -> None:
    user = make_user()
    message = sent("/en/accounts/password/reset/", {"email": user.email})
    assert message.subject == "Gongzhi: choose a new password"
    assert message.body.startswith("Hello!\n\nHere you can choose a new password:\n\nhttp://testserver/en/accounts/")
