"""Who a value belongs to, and which key-encryption keys (KEK) protect everybody's data keys.

One KEK wraps what is made now. Earlier ones are kept for unwrapping until everything has been wrapped anew; each data
key names the one it is wrapped under.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from privacy.sealing.errors import UnknownKey
from privacy.sealing.providers.base import KEY_BYTES, NONCE_BYTES, KeyProvider
from privacy.sealing.providers.environment import EnvironmentKeyProvider
from privacy.sealing.providers.file import FileKeyProvider
from privacy.sealing.providers.vault import VaultKeyProvider, VaultServer

__all__ = [
    "INDEX_ROOT",
    "KEY_BYTES",
    "LOG_SIGNING_ROOT",
    "NONCE_BYTES",
    "PORTAL",
    "ROOTS",
    "Scope",
    "Subject",
    "key_provider",
    "key_providers",
    "provider_of",
]


class Scope(models.TextChoices):
    """What one data key covers. Destroying the key erases everything that was sealed for that subject."""

    PERSON = "person"
    ORGANISATION = "organisation"
    CASE = "case"
    PORTAL = "portal"


_SCOPES = frozenset(Scope.values)


@dataclass(frozen=True)
class Subject:
    """Whose data it is. ``scope_type`` is a value of ``Scope``; ``ref`` is the row id of that person, organisation
    or case."""

    scope_type: str
    ref: UUID

    def __post_init__(self) -> None:
        if self.scope_type not in _SCOPES:
            Scope(self.scope_type)
        if not isinstance(self.ref, UUID):
            raise TypeError("Subject.ref must be a UUID")


# Values about nobody in particular.
PORTAL = Subject(Scope.PORTAL.value, UUID(int=0))
# Root keys stand among the data keys, so that they outlive the KEK they are wrapped under. Nothing is sealed with them.
LOG_SIGNING_ROOT = Subject(Scope.PORTAL.value, UUID(int=1))
INDEX_ROOT = Subject(Scope.PORTAL.value, UUID(int=2))
ROOTS = frozenset({LOG_SIGNING_ROOT, INDEX_ROOT})


# The variables that choose where the present KEK is, of which exactly one is set.
CHOICES = ("GONGZHI_KEK", "GONGZHI_KEK_FILE", "GONGZHI_VAULT_KEY")
# Earlier KEKs, several in one variable with commas between them.
EARLIER = ("GONGZHI_KEK_PREVIOUS", "GONGZHI_KEK_PREVIOUS_FILE", "GONGZHI_VAULT_KEY_PREVIOUS")
_SERVER = {
    "address": "GONGZHI_VAULT_ADDR",
    "mount": "GONGZHI_VAULT_MOUNT",
    "namespace": "GONGZHI_VAULT_NAMESPACE",
    "token": "GONGZHI_VAULT_TOKEN",
    "token_file": "GONGZHI_VAULT_TOKEN_FILE",
    "ca_file": "GONGZHI_VAULT_CA_FILE",
    "timeout": "GONGZHI_VAULT_TIMEOUT",
}
_VARIABLES = (*CHOICES, *EARLIER, *_SERVER.values())

_Values = tuple[Any, ...]


def _values() -> _Values:
    return tuple(getattr(settings, name, "") for name in _VARIABLES)


def _provider(variable: str, value: str, said: dict[str, Any]) -> KeyProvider:
    if variable.startswith("GONGZHI_VAULT"):
        if not said["GONGZHI_VAULT_ADDR"]:
            raise ImproperlyConfigured(f"{variable} names a key in a Vault; set GONGZHI_VAULT_ADDR as well.")
        given = {name: said[setting] for name, setting in _SERVER.items() if said[setting] != ""}
        return VaultKeyProvider(VaultServer(**given), value, origin=variable)
    if variable.endswith("_FILE"):
        return FileKeyProvider(value, origin=variable)
    return EnvironmentKeyProvider(value, origin=variable)


@lru_cache(maxsize=8)
def _current(values: _Values) -> KeyProvider:
    said = dict(zip(_VARIABLES, values, strict=True))
    chosen = [name for name in CHOICES if said[name]]
    if len(chosen) > 1:
        raise ImproperlyConfigured(f"{' and '.join(chosen)} are both set; keep one.")
    if not chosen:
        if said["GONGZHI_VAULT_ADDR"]:
            raise ImproperlyConfigured("GONGZHI_VAULT_ADDR is set; name its transit key in GONGZHI_VAULT_KEY.")
        raise ImproperlyConfigured(
            "Name the key-encryption key: GONGZHI_KEK or GONGZHI_KEK_FILE (32 random bytes in base64), "
            "or GONGZHI_VAULT_KEY."
        )
    return _provider(chosen[0], str(said[chosen[0]]), said)


@lru_cache(maxsize=8)
def _all(values: _Values) -> dict[str, KeyProvider]:
    said = dict(zip(_VARIABLES, values, strict=True))
    parts = [(name, part.strip()) for name in EARLIER for part in str(said[name]).split(",")]
    earlier = [_provider(name, part, said) for name, part in parts if part]
    current = _current(values)
    return {provider.kek_id: provider for provider in (*earlier, current)}


def key_provider() -> KeyProvider:
    """The keeper of the present KEK, under which new keys are wrapped; made once per process."""
    return _current(_values())


def key_providers() -> dict[str, KeyProvider]:
    """Every keeper that can unwrap, by KEK id: the present one and the earlier ones."""
    return _all(_values())


def provider_of(kek_id: str) -> KeyProvider:
    """Raises ``UnknownKey`` when that KEK is neither the present one nor an earlier one that was kept."""
    found = key_providers().get(kek_id)
    if found is None:
        raise UnknownKey(f"key-encryption key {kek_id} is not here")
    return found
