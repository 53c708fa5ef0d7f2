"""The key-encryption key in a Vault: what is asked of it, and that nothing secret is ever said."""

from __future__ import annotations

import base64
import ipaddress
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing import ring
from privacy.sealing.errors import KeyKeeperFailed, Tampered
from privacy.sealing.keys import Subject, key_provider
from privacy.sealing.models import DataKey
from privacy.sealing.providers.vault import VaultKeyProvider, VaultServer
from tests.privacy.sealing.vault import TOKEN, Transit, serving


@pytest.fixture
def transit() -> Transit:
    return Transit(keys={"gongzhi": [os.urandom(32)], "other": [os.urandom(32)]})


@pytest.fixture
def server(transit: Transit) -> Iterator[VaultServer]:
    with serving(transit) as address:
        yield VaultServer(address, token=TOKEN)


def provider(server: VaultServer, key: str = "gongzhi") -> VaultKeyProvider:
    return VaultKeyProvider(server, key)


def test_a_wrapped_key_unwraps(server: VaultServer) -> None:
    context, key = b"context", os.urandom(32)
    assert provider(server).unwrap(context, provider(server).wrap(context, key)) == key


def test_the_context_is_the_associated_data(server: VaultServer, transit: Transit) -> None:
    provider(server).wrap(b"context", os.urandom(32))
    (request,) = transit.requests
    assert request["path"] == "/v1/transit/encrypt/gongzhi"
    assert base64.b64decode(request["body"]["associated_data"]) == b"context"


def test_a_key_wrapped_for_another_context_is_refused(server: VaultServer) -> None:
    with pytest.raises(Tampered):
        provider(server).unwrap(b"another", provider(server).wrap(b"context", os.urandom(32)))


def test_a_key_wrapped_under_another_kek_is_refused(server: VaultServer) -> None:
    context = b"context"
    assert provider(server).kek_id != provider(server, "other").kek_id
    with pytest.raises(Tampered):
        provider(server, "other").unwrap(context, provider(server).wrap(context, os.urandom(32)))


@pytest.mark.parametrize("wrapped", [b"", b"\xff" * 60, b"vault:v9:AAAA", b"vault:v1:AAAA"])
def test_what_is_no_wrapped_key_is_refused(server: VaultServer, wrapped: bytes) -> None:
    with pytest.raises(Tampered):
        provider(server).unwrap(b"another", wrapped)


def many(server: VaultServer, number: int) -> list[tuple[bytes, bytes]]:
    return [(b"%d" % place, provider(server).wrap(b"%d" % place, bytes([place]) * 32)) for place in range(number)]


def test_many_are_unwrapped_by_one_request(server: VaultServer, transit: Transit) -> None:
    wrapped = many(server, 30)
    transit.requests.clear()
    assert provider(server).unwrap_all(wrapped) == [bytes([place]) * 32 for place in range(30)]
    assert len(transit.requests) == 1


@pytest.mark.parametrize("bad", [(b"another", None), (b"1", b""), (b"1", b"\xff" * 60), (b"1", b"vault:v9:AAAA")])
def test_one_that_is_refused_takes_no_other_with_it(server: VaultServer, bad: tuple[bytes, bytes | None]) -> None:
    one, other = many(server, 2)
    context, data = bad
    assert provider(server).unwrap_all([one, (context, other[1] if data is None else data)]) == [bytes(32), None]


def test_all_that_are_refused_are_told_one_by_one(server: VaultServer) -> None:
    assert provider(server).unwrap_all([(b"a", b"vault:v1:AAAA"), (b"b", b"")]) == [None, None]


@pytest.mark.parametrize(
    "data", ['{"batch_results": []}', '{"batch_results": [5]}', "{}", '{"batch_results": [{"error": "disk full"}]}']
)
def test_an_answer_to_many_that_is_no_answer_is_a_failure(server: VaultServer, transit: Transit, data: str) -> None:
    transit.broken = 200, f'{{"data": {data}}}'.encode()
    with pytest.raises(KeyKeeperFailed, match="GONGZHI_VAULT_ADDR"):
        provider(server).unwrap_all([(b"context", b"vault:v1:AAAA")])


def test_what_was_wrapped_before_a_rotation_in_the_vault_still_unwraps(server: VaultServer, transit: Transit) -> None:
    context, key = b"context", os.urandom(32)
    wrapped = provider(server).wrap(context, key)
    transit.keys["gongzhi"].append(os.urandom(32))
    assert provider(server).unwrap(context, wrapped) == key


def test_namespace_and_mount_are_sent(server: VaultServer, transit: Transit) -> None:
    transit.mount, transit.namespace = "keys", "city/budget"
    provider(replace(server, mount="keys", namespace="city/budget")).wrap(b"context", os.urandom(32))
    assert [(request["path"], request["namespace"]) for request in transit.requests] == [
        ("/v1/keys/encrypt/gongzhi", "city/budget")
    ]


def test_a_token_file_is_read_anew_each_time(server: VaultServer, transit: Transit, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    found = provider(replace(server, token="", token_file=str(path)))
    found.wrap(b"context", os.urandom(32))
    transit.token = "hvs.renewed"
    path.write_text("hvs.renewed\n")
    found.wrap(b"context", os.urandom(32))
    assert len(transit.requests) == 2


def test_a_token_file_open_to_others_is_refused(server: VaultServer, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o644)
    with pytest.raises(ImproperlyConfigured, match=r"GONGZHI_VAULT_TOKEN_FILE .*chmod 600"):
        replace(server, token="", token_file=str(path))


@pytest.mark.parametrize(("token", "token_file"), [("", ""), ("one", "/other")])
def test_one_token_is_wanted(token: str, token_file: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_VAULT_TOKEN"):
        VaultServer("https://vault.example.org", token=token, token_file=token_file)


@pytest.mark.parametrize("address", ["http://vault.example.org", "ftp://127.0.0.1", "vault.example.org"])
def test_an_address_without_tls_is_refused(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_VAULT_ADDR"):
        VaultServer(address, token=TOKEN)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (400, b'{"errors": ["encryption key not found"]}'),
        (403, b"{}"),
        (404, b"not json"),
        (500, b""),
        (503, b'{"errors": ["Vault is sealed"]}'),
        (307, b""),
        (200, b"not json"),
        (200, b"[]"),
        (200, b'{"data": 5}'),
        (200, b'{"data": {"ciphertext": 5}}'),
    ],
)
def test_an_answer_that_is_no_answer_is_a_failure(
    server: VaultServer, transit: Transit, status: int, content: bytes
) -> None:
    transit.broken = status, content
    with pytest.raises(KeyKeeperFailed, match="GONGZHI_VAULT_ADDR"):
        provider(server).wrap(b"context", os.urandom(32))


@pytest.mark.parametrize("plaintext", ["", "!!", base64.b64encode(b"short").decode()])
def test_an_unwrapped_key_of_the_wrong_length_is_a_failure(
    server: VaultServer, transit: Transit, plaintext: str
) -> None:
    transit.broken = 200, b'{"data": {"plaintext": "%s"}}' % plaintext.encode()
    with pytest.raises(KeyKeeperFailed):
        provider(server).unwrap(b"another", b"vault:v1:AAAA")


def test_a_server_that_repeats_what_it_was_sent_reveals_nothing(server: VaultServer, transit: Transit) -> None:
    key = os.urandom(32)
    text = base64.b64encode(key).decode()
    transit.broken = 500, f"token {TOKEN}, plaintext {text}".encode()
    with pytest.raises(KeyKeeperFailed) as failure:
        provider(server).wrap(b"context", key)
    said = f"{failure.value!r} {failure.value.__cause__!r} {server!r}"
    assert (TOKEN in said, text in said) == (False, False)


def test_a_refused_token_is_not_printed(server: VaultServer) -> None:
    with pytest.raises(KeyKeeperFailed, match="refused the token") as failure:
        provider(replace(server, token="hvs.wrong")).wrap(b"context", os.urandom(32))
    assert "hvs.wrong" not in str(failure.value)


def test_nobody_at_the_address_is_a_failure(server: VaultServer) -> None:
    with pytest.raises(KeyKeeperFailed, match="cannot be reached"):
        provider(replace(server, address="http://127.0.0.1:9")).wrap(b"context", os.urandom(32))


def test_an_answer_that_does_not_come_is_a_failure(server: VaultServer, transit: Transit) -> None:
    transit.delay = threading.Event()
    try:
        with pytest.raises(KeyKeeperFailed, match="cannot be reached"):
            provider(replace(server, timeout=0.2)).wrap(b"context", os.urandom(32))
    finally:
        transit.delay.set()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def test_only_the_certificate_of_the_setting_is_trusted(transit: Transit, tmp_path: Path) -> None:
    paths = make_certificate(tmp_path)
    with serving(transit, paths) as address:
        trusting = provider(VaultServer(address, token=TOKEN, ca_file=str(paths[0])))
        assert trusting.wrap(b"context", os.urandom(32)).startswith(b"vault:v1:")
        with pytest.raises(KeyKeeperFailed, match="cannot be reached"):
            provider(VaultServer(address, token=TOKEN)).wrap(b"context", os.urandom(32))


@pytest.mark.django_db
@pytest.mark.both
def test_values_are_sealed_under_a_key_from_the_vault(settings: Any, transit: Transit) -> None:
    with serving(transit) as address:
        settings.GONGZHI_KEK = settings.GONGZHI_KEK_FILE = ""
        settings.GONGZHI_VAULT_ADDR, settings.GONGZHI_VAULT_KEY = address, "gongzhi"
        settings.GONGZHI_VAULT_TOKEN = TOKEN
        blob = ring.seal(b"text", Subject("case", uuid4()), b"place")
        ring.open_keys.clear()
        assert ring.unseal(blob, b"place") == b"text"
        assert DataKey.objects.get().kek_id == key_provider().kek_id
    ring.open_keys.clear()
    with pytest.raises(KeyKeeperFailed):
        ring.unseal(blob, b"place")


@pytest.mark.django_db
@pytest.mark.both
def test_a_list_of_thirty_subjects_asks_the_vault_once(settings: Any, transit: Transit) -> None:
    with serving(transit) as address:
        settings.GONGZHI_KEK = settings.GONGZHI_KEK_FILE = ""
        settings.GONGZHI_VAULT_ADDR, settings.GONGZHI_VAULT_KEY = address, "gongzhi"
        settings.GONGZHI_VAULT_TOKEN = TOKEN
        blobs = [ring.seal(b"text", Subject("person", UUID(int=number)), b"place") for number in range(30)]
        ring.open_keys.clear()
        transit.requests.clear()
        ring.prefetch(blobs)
        assert {ring.unseal(blob, b"place") for blob in blobs} == {b"text"}
        assert [request["path"] for request in transit.requests] == ["/v1/transit/decrypt/gongzhi"]
    ring.open_keys.clear()
