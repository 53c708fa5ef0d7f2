"""The library functions that sealing rests on, by the vectors of Wycheproof."""

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.privacy.log.published import needs_vectors, wycheproof


def unhex(test: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(test[name]) for name in names]


def opened(test: dict[str, Any]) -> bytes | None:
    key, nonce, associated, ciphertext, tag = unhex(test, "key", "iv", "aad", "ct", "tag")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext + tag, associated)
    except (InvalidTag, ValueError):
        return None


def is_of_our_sizes(group: dict[str, Any]) -> bool:
    return (group.get("keySize"), group.get("ivSize"), group.get("tagSize")) == (256, 96, 128)


CASES = wycheproof("aes_gcm_test.json")
OURS = [case for case in CASES if is_of_our_sizes(case.values[0])] or CASES
# Of other sizes the library refuses some that would be valid, such as nonces below 8 bytes.
INVALID = [case for case in CASES if case.values[1].get("result") == "invalid"] or CASES


@needs_vectors
@pytest.mark.parametrize(("group", "test"), OURS)
def test_aes_256_gcm_as_sealing_uses_it(group: dict[str, Any], test: dict[str, Any]) -> None:
    key, nonce, associated, plaintext, ciphertext, tag = unhex(test, "key", "iv", "aad", "msg", "ct", "tag")
    valid = test["result"] == "valid"
    assert opened(test) == (plaintext if valid else None)
    assert (AESGCM(key).encrypt(nonce, plaintext, associated) == ciphertext + tag) is valid


@needs_vectors
@pytest.mark.parametrize(("group", "test"), INVALID)
def test_no_invalid_ciphertext_of_any_size_is_opened(group: dict[str, Any], test: dict[str, Any]) -> None:
    assert opened(test) is None


@needs_vectors
@pytest.mark.parametrize(("group", "test"), wycheproof("hmac_sha256_test.json"))
def test_hmac_sha256(group: dict[str, Any], test: dict[str, Any]) -> None:
    key, message, tag = unhex(test, "key", "msg", "tag")
    whole = HMAC(key, SHA256())
    whole.update(message)
    # Some vectors cut the tag off: then it is the beginning that counts.
    assert (whole.copy().finalize()[: group["tagSize"] // 8] == tag) is (test["result"] == "valid")
    if test["result"] == "valid" and group["tagSize"] == 256:
        whole.verify(tag)
    else:
        with pytest.raises(InvalidSignature):
            whole.verify(tag)


@needs_vectors
@pytest.mark.parametrize(("group", "test"), wycheproof("hkdf_sha256_test.json"))
def test_hkdf_sha256(group: dict[str, Any], test: dict[str, Any]) -> None:
    secret, salt, info = unhex(test, "ikm", "salt", "info")
    try:
        derived = HKDF(SHA256(), test["size"], salt, info).derive(secret)
    except ValueError:
        derived = None
    assert derived == (bytes.fromhex(test["okm"]) if test["result"] == "valid" else None)
