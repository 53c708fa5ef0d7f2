"""Who a value belongs to, and which key-encryption key protects it."""

import base64
import os
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import UnknownKey
from privacy.sealing.keys import PORTAL, ROOTS, Subject, key_provider, key_providers, provider_of
from privacy.sealing.providers.environment import EnvironmentKeyProvider
from privacy.sealing.providers.file import FileKeyProvider
from privacy.sealing.providers.vault import VaultKeyProvider


def encoded(key: bytes = b"k" * 32) -> str:
    return base64.b64encode(key).decode()


def key_file(folder: Path, key: bytes = b"k" * 32, name: str = "kek") -> str:
    path = folder / name
    path.write_text(encoded(key) + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.fixture(autouse=True)
def _nothing_chosen(settings: Any) -> None:
    for name in ("GONGZHI_KEK", "GONGZHI_KEK_FILE", "GONGZHI_VAULT_KEY", "GONGZHI_VAULT_ADDR"):
        setattr(settings, name, "")


def test_the_settings_choose_the_environment(settings: Any) -> None:
    settings.GONGZHI_KEK = encoded()
    assert isinstance(key_provider(), EnvironmentKeyProvider)


def test_the_settings_choose_the_file(settings: Any, tmp_path: Path) -> None:
    settings.GONGZHI_KEK_FILE = key_file(tmp_path)
    assert isinstance(key_provider(), FileKeyProvider)


def test_the_settings_choose_the_vault(settings: Any) -> None:
    settings.GONGZHI_VAULT_ADDR, settings.GONGZHI_VAULT_KEY = "https://vault.example.org", "gongzhi"
    settings.GONGZHI_VAULT_TOKEN = "s.token"
    assert isinstance(key_provider(), VaultKeyProvider)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("GONGZHI_KEK", "GONGZHI_KEK_FILE"),
        ("GONGZHI_KEK", "GONGZHI_VAULT_KEY"),
        ("GONGZHI_KEK_FILE", "GONGZHI_VAULT_KEY"),
    ],
)
def test_two_choices_are_refused_by_name(settings: Any, first: str, second: str) -> None:
    setattr(settings, first, "one")
    setattr(settings, second, "other")
    with pytest.raises(ImproperlyConfigured, match=f"{first} and {second} are both set"):
        key_provider()


def test_no_choice_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_KEK or GONGZHI_KEK_FILE"):
        key_provider()


def test_a_vault_without_a_key_is_refused_by_name(settings: Any) -> None:
    settings.GONGZHI_VAULT_ADDR = "https://vault.example.org"
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_VAULT_KEY"):
        key_provider()


def test_a_vault_key_without_an_address_is_refused_by_name(settings: Any) -> None:
    settings.GONGZHI_VAULT_KEY = "gongzhi"
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_VAULT_ADDR"):
        key_provider()


def test_earlier_keys_unwrap_and_the_present_one_wraps(settings: Any, tmp_path: Path) -> None:
    settings.GONGZHI_KEK = encoded(b"3" * 32)
    settings.GONGZHI_KEK_PREVIOUS = f"{encoded(b'1' * 32)}, {encoded(b'2' * 32)}"
    settings.GONGZHI_KEK_PREVIOUS_FILE = key_file(tmp_path, b"0" * 32)
    earlier = [EnvironmentKeyProvider(encoded(digit * 32)) for digit in (b"0", b"1", b"2")]
    assert set(key_providers()) == {provider.kek_id for provider in (*earlier, key_provider())}
    data_key = os.urandom(32)
    for provider in earlier:
        assert provider_of(provider.kek_id).unwrap(b"context", provider.wrap(b"context", data_key)) == data_key
    assert key_provider().kek_id == EnvironmentKeyProvider(encoded(b"3" * 32)).kek_id


def test_an_earlier_vault_key_is_kept_beside_a_key_in_the_environment(settings: Any) -> None:
    settings.GONGZHI_KEK = encoded()
    settings.GONGZHI_VAULT_ADDR, settings.GONGZHI_VAULT_TOKEN = "https://vault.example.org", "s.token"
    settings.GONGZHI_VAULT_KEY_PREVIOUS = "before"
    assert [provider.origin for provider in key_providers().values()] == ["GONGZHI_VAULT_KEY_PREVIOUS", "GONGZHI_KEK"]


def test_a_key_that_was_not_kept_is_unknown(settings: Any) -> None:
    settings.GONGZHI_KEK = encoded()
    with pytest.raises(UnknownKey, match="0123456789abcdef"):
        provider_of("0123456789abcdef")


def test_a_bad_earlier_key_is_refused_by_name(settings: Any) -> None:
    settings.GONGZHI_KEK, settings.GONGZHI_KEK_PREVIOUS = encoded(), "garbage"
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_KEK_PREVIOUS is not base64"):
        key_providers()


def test_a_subject_is_of_a_known_kind_and_named_by_uuid() -> None:
    with pytest.raises(ValueError, match="robot"):
        Subject("robot", uuid4())
    with pytest.raises(TypeError):
        Subject("person", "5")  # type: ignore[arg-type]


def test_the_portal_has_a_name_of_its_own_apart_from_the_roots() -> None:
    assert (PORTAL, PORTAL in ROOTS) == (Subject("portal", UUID(int=0)), False)
