"""Keepers of a key-encryption key in this process: what they wrap, and what they refuse to take for a key."""

import base64
import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import Tampered
from privacy.sealing.providers.environment import EnvironmentKeyProvider
from privacy.sealing.providers.file import FileKeyProvider


def encoded(key: bytes = b"k" * 32) -> str:
    return base64.b64encode(key).decode()


def key_file(folder: Path, mode: int, content: bytes | None = None) -> Path:
    path = folder / "kek"
    path.write_bytes(content if content is not None else encoded().encode() + b"\n")
    path.chmod(mode)
    return path


def test_a_wrapped_key_unwraps() -> None:
    provider, context, key = EnvironmentKeyProvider(encoded()), b"context", os.urandom(32)
    assert provider.unwrap(context, provider.wrap(context, key)) == key


def test_a_key_wrapped_for_another_context_is_refused() -> None:
    provider = EnvironmentKeyProvider(encoded())
    with pytest.raises(Tampered):
        provider.unwrap(b"another", provider.wrap(b"context", os.urandom(32)))


@pytest.mark.parametrize("position", [0, 12, 43, -1])
def test_a_wrapped_key_with_a_flipped_bit_is_refused(position: int) -> None:
    provider, context = EnvironmentKeyProvider(encoded()), b"context"
    wrapped = bytearray(provider.wrap(context, os.urandom(32)))
    wrapped[position] ^= 1
    with pytest.raises(Tampered):
        provider.unwrap(context, bytes(wrapped))


@pytest.mark.parametrize("length", [0, 5, 12, 59])
def test_a_truncated_wrapped_key_is_refused(length: int) -> None:
    provider, context = EnvironmentKeyProvider(encoded()), b"context"
    with pytest.raises(Tampered):
        provider.unwrap(context, provider.wrap(context, os.urandom(32))[:length])


def test_another_kek_cannot_unwrap_and_has_another_name() -> None:
    one, other, context = EnvironmentKeyProvider(encoded()), EnvironmentKeyProvider(encoded(b"o" * 32)), b"context"
    assert one.kek_id != other.kek_id
    with pytest.raises(Tampered):
        other.unwrap(context, one.wrap(context, os.urandom(32)))


def test_many_are_unwrapped_at_once_and_what_is_refused_is_none() -> None:
    provider = EnvironmentKeyProvider(encoded())
    wrapped = [(b"a", provider.wrap(b"a", b"1" * 32)), (b"b", provider.wrap(b"a", b"2" * 32)), (b"c", b"")]
    assert provider.unwrap_all(wrapped) == [b"1" * 32, None, None]


def test_the_name_of_a_kek_stays_the_same_from_release_to_release() -> None:
    assert EnvironmentKeyProvider(encoded()).kek_id == "d666ef80650d4df9"


@pytest.mark.parametrize("text", ["", "not base64!", encoded(b"short"), encoded(b"k" * 33)])
def test_a_bad_key_is_refused_without_being_printed(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        EnvironmentKeyProvider(text)
    assert not text or text not in str(refusal.value)


def test_a_private_file_is_read(tmp_path: Path) -> None:
    assert FileKeyProvider(key_file(tmp_path, 0o600)).kek_id == EnvironmentKeyProvider(encoded()).kek_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"GONGZHI_KEK_FILE .* is open to .*{mode:o}.*chmod 600"):
        FileKeyProvider(key_file(tmp_path, mode))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_KEK_FILE cannot be read"):
        FileKeyProvider(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"garbage"])
def test_a_file_without_a_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_KEK_FILE"):
        FileKeyProvider(key_file(tmp_path, 0o600, content))
