"""The key-encryption key in a Vault (or OpenBao) transit engine: it wraps and unwraps there and never comes here.

The key is an ordinary transit key of type ``aes256-gcm96``, not derived. The token needs ``update`` on
``<mount>/encrypt/<key>``, ``<mount>/decrypt/<key>`` and ``<mount>/hmac/<key>``, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import requests
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import KeyKeeperFailed, Tampered
from privacy.sealing.providers.base import KEY_BYTES, wrap_context
from privacy.sealing.providers.file import read_private

_LONGEST_ANSWER = 64 * 1024
_LOCAL = {"localhost", "127.0.0.1", "::1"}
# What Vault answers with 400 when it is the ciphertext that is wrong.
_NOT_OURS = ("message authentication failed", "invalid ciphertext", "could not decode")
_REASONS = {
    400: "does not know the key, or its policy disallows this",
    403: "refused the token, or its policy does not allow this",
    404: "has no transit engine at this mount",
    429: "is in standby",
    503: "is sealed or being maintained",
}


@dataclass(frozen=True)
class VaultServer:
    """How to reach the service. ``timeout`` in seconds, for connecting and for each answer."""

    address: str
    mount: str = "transit"
    namespace: str = ""
    token: str = field(default="", repr=False)
    token_file: str = ""
    ca_file: str = ""
    timeout: float = 5.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise ImproperlyConfigured("GONGZHI_VAULT_ADDR must be an https:// address.")
        if bool(self.token) == bool(self.token_file):
            raise ImproperlyConfigured("Set one of GONGZHI_VAULT_TOKEN and GONGZHI_VAULT_TOKEN_FILE.")
        self.current_token()

    def current_token(self) -> str:
        # A file is read each time: an agent beside this service renews it.
        return self.token or read_private(self.token_file, "GONGZHI_VAULT_TOKEN_FILE")


class VaultKeyProvider:
    """KEK named by ``GONGZHI_VAULT_KEY``. Raises ``KeyKeeperFailed`` when the service does not do what it is asked."""

    def __init__(self, server: VaultServer, key: str, *, origin: str = "GONGZHI_VAULT_KEY") -> None:
        self.origin = origin
        self._server = server
        self._key = key
        # Not the address: the service may move, and the key with it.
        name = "\x00".join(("gongzhi/vault", server.namespace, server.mount, key))
        self.kek_id = hashlib.sha256(name.encode()).hexdigest()[:16]

    def wrap(self, data_key_id: UUID, data_key: bytes) -> bytes:
        answer = self._ask("encrypt", plaintext=_b64(data_key), associated_data=_b64(wrap_context(data_key_id)))
        return _text(answer, "ciphertext").encode()

    def unwrap(self, data_key_id: UUID, wrapped: bytes) -> bytes:
        try:
            ciphertext = wrapped.decode("ascii")
            answer = self._ask("decrypt", ciphertext=ciphertext, associated_data=_b64(wrap_context(data_key_id)))
        except (UnicodeDecodeError, _Refused):
            raise Tampered(f"data key {data_key_id} was not wrapped under this key-encryption key") from None
        return _key_bytes(_text(answer, "plaintext"))

    def derive(self, purpose: str) -> bytes:
        # The first version of the key, so that rotating it inside Vault changes nothing here.
        given = _b64(b"gongzhi/" + purpose.encode() + b"/v1")
        return _key_bytes(_text(self._ask("hmac", input=given, algorithm="sha2-256", key_version=1), "hmac"))

    def _ask(self, operation: str, **body: Any) -> dict[str, Any]:
        server = self._server
        url = f"{server.address.rstrip('/')}/v1/{quote(server.mount)}/{operation}/{quote(self._key, safe='')}"
        headers = {"X-Vault-Token": server.current_token(), "X-Vault-Request": "true"}
        if server.namespace:
            headers["X-Vault-Namespace"] = server.namespace
        try:
            with requests.Session() as session:
                # Neither a proxy nor other credentials from the surroundings.
                session.trust_env = False
                response = session.post(
                    url,
                    json=body,
                    headers=headers,
                    timeout=server.timeout,
                    verify=server.ca_file or True,
                    allow_redirects=False,
                    stream=True,
                )
                content = response.raw.read(_LONGEST_ANSWER, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise KeyKeeperFailed(f"{self._who} cannot be reached ({type(error).__name__})") from None
        except Exception as error:
            # What breaks while the body is read, urllib3 says in errors of its own.
            raise KeyKeeperFailed(f"{self._who} broke off its answer ({type(error).__name__})") from None
        if response.status_code == 400 and any(words in content.decode(errors="replace") for words in _NOT_OURS):
            raise _Refused
        if response.status_code != 200:
            # Not its own words: they could repeat what was sent.
            reason = _REASONS.get(response.status_code, "could not do it")
            raise KeyKeeperFailed(f"{self._who} {reason} (status {response.status_code} to {operation})")
        try:
            data = json.loads(content)["data"]
        except (ValueError, KeyError, TypeError):
            data = None
        if not isinstance(data, dict):
            raise KeyKeeperFailed(f"{self._who} gave an answer that makes no sense (to {operation})")
        return data

    @property
    def _who(self) -> str:
        return f"the Vault of GONGZHI_VAULT_ADDR ({self._server.address})"


class _Refused(Exception):
    """Vault says that the ciphertext does not belong to this key and these associated data."""


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise KeyKeeperFailed(f"the Vault of GONGZHI_VAULT_ADDR gave no {name}")
    return value


def _key_bytes(text: str) -> bytes:
    """32 bytes from base64, with or without Vault's "vault:v1:" before it."""
    try:
        key = base64.b64decode(text.rpartition(":")[2], validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyKeeperFailed(f"the Vault of GONGZHI_VAULT_ADDR did not give {KEY_BYTES} bytes")
    return key
