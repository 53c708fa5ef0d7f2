"""Putting a house rule in force, and that nothing is hidden without one."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.moderation.house_rules import supplied_rules
from participation.moderation.models import HouseRule
from tests.factories import make_house_rule, make_moderator, make_user

ROOT = Path(__file__).parents[3]
STEPS = {"hide_contribution", "restore_contribution", "moderate_message"}


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(**fields: Any) -> dict[str, Any]:
    values = {"number": 7, "title": "一事一议", "title_en": "One at a time", "text": "只说一件事。", "text_en": ""}
    return {**values, "valid_from": timezone.localdate().isoformat(), **fields}


@pytest.mark.django_db
def test_an_administrator_finds_the_page_and_puts_a_rule_in_force() -> None:
    client = signed_in(make_user(is_superuser=True))
    address = reverse("participation:moderation:new_rule")
    assert f'href="{address}"' in client.get(reverse("participation:moderation:rules")).content.decode()
    response = client.post(address, sent())
    rule = HouseRule.objects.in_force().get()
    assert (response.status_code, response["Location"]) == (302, rule.get_absolute_url())
    assert (rule.number, rule.title, rule.valid_until) == (7, "一事一议", None)


@pytest.mark.django_db
def test_a_new_installation_offers_a_set_that_is_adopted_by_a_click() -> None:
    client, rules = signed_in(make_user(is_superuser=True)), reverse("participation:moderation:rules")
    adopt = reverse("participation:moderation:adopt_rules")
    seen = {name: adopt in each.get(rules).content.decode() for name, each in {"all": Client(), "one": client}.items()}
    assert seen == {"all": False, "one": True}
    assert client.post(adopt).status_code == 302
    adopted = list(HouseRule.objects.in_force())
    assert [(rule.number, rule.valid_from) for rule in adopted] == [
        (rule.number, timezone.localdate()) for rule in supplied_rules()
    ]
    assert all(rule.title and rule.title_en and rule.text and rule.text_en for rule in adopted)
    assert (client.post(adopt).status_code, adopt in client.get(rules).content.decode()) == (409, False)


@pytest.mark.django_db
def test_a_new_version_begins_with_the_words_of_the_old_one_and_ends_it() -> None:
    old = make_house_rule(number=7)
    client = signed_in(make_user(is_superuser=True))
    address = reverse("participation:moderation:new_rule")
    assert old.text in client.get(address, {"number": 7}).content.decode()
    tomorrow = timezone.localdate() + timedelta(days=1)
    client.post(address, sent(valid_from=tomorrow.isoformat()))
    old.refresh_from_db()
    assert old.valid_until == timezone.localdate()
    assert "一事一议" in Client().get(reverse("participation:moderation:rules")).content.decode()


@pytest.mark.django_db
def test_a_rule_does_not_begin_in_the_past_and_what_was_typed_is_kept() -> None:
    client = signed_in(make_user(is_superuser=True))
    yesterday = timezone.localdate() - timedelta(days=1)
    response = client.post(reverse("participation:moderation:new_rule"), sent(valid_from=yesterday.isoformat()))
    assert (response.status_code, "只说一件事。" in response.content.decode()) == (400, True)
    assert not HouseRule.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["citizen", "moderator"])
def test_whoever_decides_by_the_rules_does_not_make_them(who: str) -> None:
    client = signed_in(make_moderator() if who == "moderator" else make_user())
    address = reverse("participation:moderation:new_rule")
    assert (client.get(address).status_code, client.post(address, sent()).status_code) == (403, 403)
    assert client.post(reverse("participation:moderation:adopt_rules")).status_code == 403
    assert address not in client.get(reverse("participation:moderation:rules")).content.decode()


def test_what_is_said_is_hidden_and_shown_by_the_actions_of_moderation_only() -> None:
    named = {
        str(path.relative_to(ROOT))
        for app in ("cms", "participation", "portal", "privacy")
        for path in (ROOT / app).rglob("*.py")
        if STEPS & _names(path)
    }
    assert named == {"participation/moderation/items.py"}


def _names(path: Path) -> set[str]:
    """What a file imports or calls, but for what it defines itself."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return imported | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
