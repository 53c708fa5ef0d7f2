"""The key-encryption key in a Vault (or OpenBao) transit engine: it wraps and unwraps there and never comes here.

The key is an ordinary transit key of type ``aes256-gcm96``, not derived. The token needs ``update`` on
``<mount>/encrypt/<key>`` and ``<mount>/decrypt/<key>``, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import KeyKeeperFailed, Tampered
from privacy.sealing.providers.base import KEY_BYTES, NOT_WRAPPED_HERE
from privacy.sealing.providers.file import read_private

_LONGEST_ANSWER = 64 * 1024
# Of one request, so that its answer stays well below that.
_AT_ONCE = 200
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

    def wrap(self, context: bytes, data_key: bytes) -> bytes:
        answer = self._ask("encrypt", plaintext=_b64(data_key), associated_data=_b64(context))
        return _text(answer, "ciphertext").encode()

    def unwrap(self, context: bytes, wrapped: bytes) -> bytes:
        try:
            answer = self._ask("decrypt", ciphertext=wrapped.decode("ascii"), associated_data=_b64(context))
        except (UnicodeDecodeError, _Refused):
            raise Tampered(NOT_WRAPPED_HERE) from None
        return _key_bytes(_text(answer, "plaintext"))

    def unwrap_all(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
        found: list[bytes | None] = []
        for start in range(0, len(wrapped), _AT_ONCE):
            found += self._unwrap_batch(wrapped[start : start + _AT_ONCE])
        return found

    def _unwrap_batch(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
        items = [
            {"ciphertext": data.decode("ascii", errors="replace"), "associated_data": _b64(context)}
            for context, data in wrapped
        ]
        # Without that status one ciphertext that is refused would make the whole answer one.
        answer = self._ask("decrypt", batch_input=items, partial_failure_response_code=200)
        results = answer.get("batch_results")
        if not isinstance(results, list) or len(results) != len(items):
            raise KeyKeeperFailed(f"{self._who} did not answer for each key")
        return [self._result(result) for result in results]

    def _result(self, result: Any) -> bytes | None:
        if not isinstance(result, dict):
            raise KeyKeeperFailed(f"{self._who} gave an answer that makes no sense (to decrypt)")
        if reason := result.get("error"):
            if any(words in str(reason) for words in _NOT_OURS):
                return None
            raise KeyKeeperFailed(f"{self._who} could not do it (to decrypt)")
        return _key_bytes(_text(result, "plaintext"))

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
        said = content.decode(errors="replace")
        is_refusal = response.status_code == 400 and any(words in said for words in _NOT_OURS)
        if is_refusal and "batch_input" not in body:
            raise _Refused
        # Of a batch in which every ciphertext is refused the answer is 400 too, with a result for each.
        if response.status_code != 200 and not is_refusal:
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
