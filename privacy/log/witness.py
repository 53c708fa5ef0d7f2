"""Asking a witness to cosign a checkpoint (C2SP tlog-witness, "add-checkpoint")."""

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from privacy.log.checkpoints import Checkpoint
from privacy.log.encoding import from_decimal, hash_from_base64, to_base64
from privacy.log.notes import NoteError, VerifierKey, open_note
from privacy.log.proofs import MAX_HASHES

MAX_ANSWER_BYTES = 65_536
SIZE_TYPE = "text/x.tlog.size"


class WitnessError(Exception):
    """The witness did not cosign."""


class Unreachable(WitnessError):
    """No answer came, or a fault of the server: try again later."""


class StaleSize(WitnessError):
    """The witness last cosigned another size than the one the proof starts from: prove from ``size`` and ask again."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness has cosigned {size} entries")
        self.size = size


class OtherRoot(WitnessError):
    """The witness has cosigned another root for the same size. There are two histories: raise the alarm."""


class Refused(WitnessError):
    """The witness does not know the log (404), does not accept its signature (403) or the proof (422)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the witness refused with status {status}")
        self.status = status


class BadAnswer(WitnessError):
    """An answer against the protocol, or without a good signature of the witness."""


class RequestError(ValueError):
    """No request body of add-checkpoint."""


@dataclass(frozen=True)
class Request:
    """The body of add-checkpoint. ``checkpoint`` is the whole signed note."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True)
class Cosigned:
    """One good signature of the witness: its line, to be added to the note, and its time in seconds since 1970."""

    key: VerifierKey
    timestamp: int
    line: str


def request_body(old_size: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """``proof``: consistency from ``old_size`` to the size in the signed note ``checkpoint``; empty from 0."""
    if old_size == 0 and proof:
        raise RequestError("from an empty log there is nothing to prove")
    if len(proof) > MAX_HASHES:
        raise RequestError(f"a proof has at most {MAX_HASHES} hashes")
    return "\n".join([f"old {old_size}", *map(to_base64, proof), ""]) + "\n" + checkpoint


def parse_request(body: str) -> Request:
    """The reverse of ``request_body``: what a witness reads. Raises RequestError."""
    head, separator, checkpoint = body.partition("\n\n")
    first, *lines = head.split("\n")
    if not separator or not first.startswith("old ") or len(lines) > MAX_HASHES:
        raise RequestError("malformed request")
    try:
        old_size = from_decimal(first.removeprefix("old "))
        proof = tuple(hash_from_base64(line) for line in lines)
    except ValueError as error:
        raise RequestError(f"malformed request: {error}") from error
    if old_size == 0 and proof:
        raise RequestError("from an empty log there is nothing to prove")
    return Request(old_size, proof, checkpoint)


def submit(
    url: str,
    old_size: int,
    proof: Sequence[bytes],
    checkpoint: str,
    witness_keys: Iterable[VerifierKey],
    *,
    timeout: float = 10,
) -> list[Cosigned]:
    """Ask the witness at ``url`` (its submission prefix) to cosign the signed note ``checkpoint``.

    ``timeout`` is in seconds, from the first step to the last byte of the answer.

    Returns at least one checked signature of one of ``witness_keys``; raises a WitnessError otherwise.
    """
    body = request_body(old_size, proof, checkpoint)
    status, content_type, answer = _post(f"{url.rstrip('/')}/add-checkpoint", body, timeout)
    if status == HTTPStatus.OK:
        return _cosigned(checkpoint, answer, witness_keys)
    if status == HTTPStatus.CONFLICT:
        raise _conflict(old_size, checkpoint, content_type, answer)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Unreachable(f"the witness answered with status {status}")
    raise Refused(status)


def _post(url: str, body: str, timeout: float) -> tuple[int, str, str]:
    """Status, content type and body of the answer.

    One connection and one answer: nothing of the environment is asked (proxies, passwords), nothing is decompressed,
    and no redirection is followed, by which a witness could aim our requests.
    """
    deadline = time.monotonic() + timeout
    try:
        parts = urlsplit(url)
        with _connected(parts.scheme, parts.hostname or "", parts.port, deadline) as connection:
            headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
            connection.request("POST", parts.path, body.encode(), headers)
            with connection.getresponse() as answer:
                content = answer.read(MAX_ANSWER_BYTES + 1)
                is_short = bool(answer.length) and len(content) <= MAX_ANSWER_BYTES
                status, content_type = answer.status, answer.getheader("Content-Type", "")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    if time.monotonic() >= deadline:
        # An answer of no stated length looks whole when it is cut off.
        raise Unreachable("the witness took too long")
    if is_short:
        raise Unreachable("the answer ended before its end")
    if len(content) > MAX_ANSWER_BYTES:
        raise BadAnswer("the answer is too long")
    try:
        return status, content_type, content.decode()
    except UnicodeDecodeError as error:
        raise BadAnswer("the answer is not UTF-8") from error


@contextmanager
def _connected(scheme: str, host: str, port: int | None, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """A connection that is cut off at ``deadline``, whatever it is waiting for by then.

    A timeout of the socket would not do: it begins anew with every byte that comes.
    """
    ports = {"http": http.client.HTTP_PORT, "https": http.client.HTTPS_PORT}
    if scheme not in ports or not host:
        raise ValueError("the address of a witness begins with https:// or http:// and a host")
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the witness took too long")
    raw = socket.create_connection((host, port or ports[scheme]), timeout=left)
    # A second handle on the connection: TLS takes the first one over.
    with raw, raw.dup() as handle:

        def cut() -> None:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(deadline - time.monotonic(), cut)
        timer.daemon = True
        timer.start()
        try:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = raw
            if scheme == "https":
                context = ssl.create_default_context()
                connection = http.client.HTTPSConnection(host, port, context=context)
                connection.sock = context.wrap_socket(raw, server_hostname=host)
            try:
                yield connection
            finally:
                connection.close()
        finally:
            timer.cancel()


def _cosigned(checkpoint: str, answer: str, witness_keys: Iterable[VerifierKey]) -> list[Cosigned]:
    if not re.fullmatch(r"(?:\N{EM DASH} [^\n]+\n)+", answer):
        raise BadAnswer("the answer is no signature lines")
    text, _, _ = checkpoint.rpartition("\n\n")
    try:
        note = open_note(f"{text}\n\n{answer}", [key for key in witness_keys if key.is_cosigner])
    except NoteError as error:
        raise BadAnswer(str(error)) from error
    return [
        Cosigned(key, timestamp, note.lines[key]) for key, timestamp in note.signed_by.items() if timestamp is not None
    ]


def _conflict(old_size: int, checkpoint: str, content_type: str, answer: str) -> WitnessError:
    """tlog-witness: 409 tells the size that the witness has, or that for this very size it has another root."""
    text, _, _ = checkpoint.rpartition("\n\n")
    try:
        size = from_decimal(answer.removesuffix("\n"))
    except ValueError:
        size = None
    if size != old_size and size is not None and content_type.partition(";")[0].strip() == SIZE_TYPE:
        return StaleSize(size)
    if Checkpoint.parse(text + "\n").size == old_size:
        return OtherRoot(f"the witness has another root for {old_size} entries")
    return BadAnswer("the witness sees a conflict and does not say which size it has")
