"""Where the key-encryption key comes from, and what it protects."""

import base64
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import Tampered
from privacy.sealing.keys import EnvironmentKeyProvider, FileKeyProvider, Subject, key_provider


def encoded(key: bytes = b"k" * 32) -> str:
    return base64.b64encode(key).decode()


def key_file(folder: Path, mode: int, text: str | None = None) -> Path:
    path = folder / "kek"
    path.write_text(text if text is not None else encoded() + "\n")
    path.chmod(mode)
    return path


def test_a_wrapped_key_unwraps() -> None:
    provider, key_id, key = EnvironmentKeyProvider(encoded()), uuid4(), os.urandom(32)
    assert provider.unwrap(key_id, provider.wrap(key_id, key)) == key


def test_a_key_wrapped_for_another_id_is_refused() -> None:
    provider = EnvironmentKeyProvider(encoded())
    with pytest.raises(Tampered):
        provider.unwrap(uuid4(), provider.wrap(uuid4(), os.urandom(32)))


def test_another_kek_cannot_unwrap_and_has_another_name() -> None:
    one, other, key_id = EnvironmentKeyProvider(encoded()), EnvironmentKeyProvider(encoded(b"o" * 32)), uuid4()
    assert one.kek_id != other.kek_id
    with pytest.raises(Tampered):
        other.unwrap(key_id, one.wrap(key_id, os.urandom(32)))


def test_derived_keys_differ_by_purpose_and_repeat() -> None:
    provider = EnvironmentKeyProvider(encoded())
    assert provider.derive("a") == EnvironmentKeyProvider(encoded()).derive("a")
    assert provider.derive("a") != provider.derive("b")


@pytest.mark.parametrize("text", ["", "not base64!", encoded(b"short"), encoded(b"k" * 33)])
def test_a_bad_key_is_refused_without_being_printed(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        EnvironmentKeyProvider(text)
    assert not text or text not in str(refusal.value)


def test_a_private_file_is_read(tmp_path: Path) -> None:
    assert FileKeyProvider(key_file(tmp_path, 0o600)).kek_id == EnvironmentKeyProvider(encoded()).kek_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        FileKeyProvider(key_file(tmp_path, mode))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        FileKeyProvider(tmp_path / "none")


def test_the_settings_choose_the_provider(settings: Any, tmp_path: Path) -> None:
    settings.GONGZHI_KEK, settings.GONGZHI_KEK_FILE = "", str(key_file(tmp_path, 0o600))
    assert isinstance(key_provider(), FileKeyProvider)
    settings.GONGZHI_KEK, settings.GONGZHI_KEK_FILE = encoded(), ""
    assert isinstance(key_provider(), EnvironmentKeyProvider)


@pytest.mark.parametrize(("kek", "path"), [("", ""), (encoded(), "/some/file")])
def test_no_key_or_two_keys_are_refused(settings: Any, kek: str, path: str) -> None:
    settings.GONGZHI_KEK, settings.GONGZHI_KEK_FILE = kek, path
    with pytest.raises(ImproperlyConfigured):
        key_provider()


def test_a_subject_is_of_a_known_kind_and_named_by_uuid() -> None:
    with pytest.raises(ValueError, match="robot"):
        Subject("robot", uuid4())
    with pytest.raises(TypeError):
        Subject("person", "5")  # type: ignore[arg-type]
