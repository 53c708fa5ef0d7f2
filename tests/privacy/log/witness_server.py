"""A witness of our own: small, over real HTTP, and as strict as C2SP tlog-witness asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy.log.checkpoints import Checkpoint
from privacy.log.merkle import ProofError, verify_consistency
from privacy.log.notes import NoteError, VerifierKey, cosign, open_note, verifier_key
from privacy.log.witness import SIZE_TYPE, RequestError, parse_request

TIME = 1_790_000_000


@dataclass
class SmallWitness:
    """Knows one log. ``seen`` is the checkpoint that it last signed; ``statuses`` is what it answered."""

    log_key: VerifierKey
    name: str = "witness.example/audit-office"
    private_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seen: Checkpoint | None = None
    statuses: list[int] = field(default_factory=list)
    # Names of the headers that came, in lower case.
    headers: list[str] = field(default_factory=list)
    # Answers with this instead of thinking, when it is set: (status, content type, body).
    broken: tuple[int, str, str] | None = None
    url: str = ""

    @property
    def key(self) -> str:
        return verifier_key(self.name, self.private_key, cosigner=True).text

    def answer(self, body: str) -> tuple[int, str, str]:
        if self.broken:
            return self.broken
        try:
            request = parse_request(body)
            asked = Checkpoint.parse(open_note(request.checkpoint, [self.log_key]).text)
        except RequestError:
            return 400, "text/plain", ""
        except NoteError:
            return 403, "text/plain", ""
        size = self.seen.size if self.seen else 0
        if request.old_size != size:
            return 409, SIZE_TYPE, f"{size}\n"
        try:
            if self.seen is not None:
                verify_consistency(size, asked.size, self.seen.root, asked.root, request.proof)
        except ProofError:
            same = self.seen is not None and asked.size == size
            return (409, SIZE_TYPE, f"{size}\n") if same else (422, "text/plain", "")
        self.seen = asked
        return 200, "text/plain", cosign(request.checkpoint, self.name, self.private_key, TIME)


@contextmanager
def serving(witness: SmallWitness) -> Iterator[SmallWitness]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, content_type, text = (
                (404, "text/plain", "") if self.path != "/add-checkpoint" else witness.answer(body)
            )
            witness.statuses.append(status)
            witness.headers += [name.lower() for name in self.headers]
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            if 300 <= status < 400:
                self.send_header("Location", text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    witness.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield witness
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
