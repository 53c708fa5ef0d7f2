"""A stand-in for the transit engine of a Vault: the paths, bodies and answers of its HTTP interface."""

from __future__ import annotations

import base64
import json
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.standin"


class Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BatchRefusal(Exception):
    """A status that comes with the results all the same."""

    def __init__(self, status: int, data: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.data = status, data


@dataclass
class Transit:
    """``keys``: name -> versions. ``broken`` answers instead of the engine: a status with a body."""

    mount: str = "transit"
    namespace: str = ""
    token: str = TOKEN
    keys: dict[str, list[bytes]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    broken: tuple[int, bytes] | None = None
    delay: threading.Event | None = None

    def answer(self, path: str, headers: Any, body: dict[str, Any]) -> dict[str, Any]:
        self.requests.append({"path": path, "namespace": headers.get("X-Vault-Namespace"), "body": body})
        if headers.get("X-Vault-Token") != self.token:
            raise Refusal(403, "permission denied")
        if headers.get("X-Vault-Namespace", "") != self.namespace:
            raise Refusal(404, "no handler for route")
        start, mount, operation, name = path.strip("/").split("/")
        if (start, mount) != ("v1", self.mount):
            raise Refusal(404, "no handler for route")
        versions = self.keys.get(name)
        if versions is None:
            raise Refusal(400, "encryption key not found")
        if "batch_input" in body:
            return self._batch(operation, name, body)
        extra = base64.b64decode(body.get("associated_data", ""))
        if operation == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + AESGCM(versions[-1]).encrypt(nonce, base64.b64decode(body["plaintext"]), extra)
            return {"ciphertext": f"vault:v{len(versions)}:{base64.b64encode(sealed).decode()}"}
        if operation == "decrypt":
            return {"plaintext": base64.b64encode(self._opened(body["ciphertext"], versions, extra)).decode()}
        raise Refusal(404, "unsupported path")

    def _batch(self, operation: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """One result for each item. Where some fail the status is the one that was asked for, where all do 400."""
        results: list[dict[str, Any]] = []
        versions = self.keys[name]
        for item in body["batch_input"]:
            extra = base64.b64decode(item.get("associated_data", ""))
            try:
                plaintext = base64.b64encode(self._opened(item["ciphertext"], versions, extra)).decode()
                results.append({"plaintext": plaintext, "reference": ""})
            except Refusal as refusal:
                results.append({"error": str(refusal), "reference": ""})
        failed = sum("error" in result for result in results)
        if failed and (failed == len(results) or body.get("partial_failure_response_code", 400) != 200):
            raise BatchRefusal(400, {"batch_results": results})
        return {"batch_results": results}

    def _opened(self, text: str, versions: list[bytes], extra: bytes) -> bytes:
        prefix, _, rest = text.partition(":v")
        version, _, encoded = rest.partition(":")
        if prefix != "vault" or not version.isdigit() or not 1 <= int(version) <= len(versions):
            raise Refusal(400, "invalid ciphertext: no prefix")
        sealed = base64.b64decode(encoded)
        try:
            return AESGCM(versions[int(version) - 1]).decrypt(sealed[:12], sealed[12:], extra)
        except (InvalidTag, ValueError):
            raise Refusal(400, "cipher: message authentication failed") from None


def _handler(transit: Transit) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if transit.delay is not None:
                transit.delay.wait(10)
            if transit.broken is not None:
                status, content = transit.broken
            else:
                try:
                    status, content = 200, json.dumps({"data": transit.answer(self.path, self.headers, body)}).encode()
                except BatchRefusal as refusal:
                    status, content = refusal.status, json.dumps({"data": refusal.data}).encode()
                except Refusal as refusal:
                    status, content = refusal.status, json.dumps({"errors": [str(refusal)]}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Those who do not trust the certificate hang up; that is what the test is about."""


@contextmanager
def serving(transit: Transit, certificate: tuple[Path, Path] | None = None) -> Iterator[str]:
    """The address it is served at; with a certificate and its key, by TLS."""
    server = _Server(("127.0.0.1", 0), _handler(transit))
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
