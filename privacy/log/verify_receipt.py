#!/usr/bin/env python3
"""Check a receipt of the log offline. Needs nothing but Python 3.9 or later.
离线核验日志回执，只需 Python 3.9 或更高版本。

    python3 verify_receipt.py RECEIPT.tlog-proof ENTRY.json --log KEY

RECEIPT  the receipt that was downloaded with the entry (C2SP tlog-proof)
ENTRY    the entry itself, byte for byte as it was downloaded
KEY      the verifying key of the log. Take it from somewhere else than the receipt: a printed report, another person

More can be asked for:
    --record UUID                     the entry is about this record
    --witness KEY ... --quorum N      so many of these independent witnesses have signed as well; all if left out
    --since CHECKPOINT PROOF          the log only grew since a checkpoint that you kept; PROOF has one hash a line
    --reveal NAME SALT TEXT           the text behind a commitment in the entry is this one
    --reveal-file NAME SALT FILE      the same, with the text in a file
    --language en|zh                  speak only one language

It ends with status 0: everything that was asked for is proven; 1: something is not; 2: it could not be checked.
What is proven is that the entry stands in the log. That it tells the truth is not.
Rules: RFC 9162 (Merkle proofs), RFC 8032 (Ed25519), C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import pathlib
import re
import sys
import uuid
from collections.abc import Callable
from typing import Any

HEADER = "c2sp.org/tlog-proof@v1"
COMMITMENT_TAG = b"gongzhi/commitment/v1"
ED25519, ED25519_COSIGNATURE = 1, 4
MAX_HASHES = 63
ABOUT = re.compile("[a-z_.]+, [0-9T:.-]+Z, [a-z0-9_.]+ ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
PROVEN, NOT_PROVEN, NOT_CHECKED = 0, 1, 2

# Each in English and in Chinese.
SENTENCES = {
    "proven": ("VERIFIED. Entry {number} of {size} in the log {log}.", "已核验。日志 {log} 第 {number}/{size} 条。"),
    "described": ("What it says: {about}", "条目内容：{about}"),
    "not_described": ("It does not say what it is about.", "条目没有说明所涉及的记录。"),
    "witnessed": ("{count} of the witnesses signed this state.", "见证方中有 {count} 个对日志的这一状态签名。"),
    "not_witnessed": ("Not checked: whether others see the same log.", "未核验：他人看到的是否为同一份日志。"),
    "continued": ("From {old} to {new} entries it only grew.", "从 {old} 条到 {new} 条只有增加，没有改动或删除。"),
    "revealed": ('The text is the one that "{name}" commits to.', "该文本正是“{name}”所承诺的文本。"),
    "damaged": ("{name} is damaged, or not what it should be.", "{name} 已损坏，或不是应有的文件。"),
    "signature": ("The signature of {name} is not genuine.", "{name} 的签名不真实。"),
    "unsigned": ("The log did not sign this with the key given.", "日志没有用所给的密钥对此签名。"),
    "other_log": ("It belongs to another log, {origin}.", "它属于另一个日志：{origin}。"),
    "quorum": ("{count} of {quorum} witnesses needed have signed.", "需 {quorum} 个见证方签名，实际有 {count} 个。"),
    "inclusion": ("The log has another entry at this place.", "日志的这一位置是另一条目。"),
    "record": ("The entry is not about the record {record}.", "该条目不涉及记录 {record}。"),
    "consistency": ("The log contradicts the checkpoint you kept.", "日志与您保存的检查点矛盾。"),
    "commitment": ('"{name}" commits to another text or salt.', "“{name}”所承诺的是另一文本或另一盐值。"),
    "file": ("{name} cannot be read.", "无法读取 {name}。"),
    "key": ("This is no key that can be used there: {text}", "此处不能使用这一密钥：{text}"),
}

FRAMES = {
    "plain": ("{}", "{}"),
    "refused": ("NOT VERIFIED. {}", "未通过核验。{}"),
    "unchecked": ("COULD NOT BE CHECKED. {}", "无法核验。{}"),
}

Point = tuple[int, int, int, int]
Finding = tuple[str, dict[str, object]]


class Refused(Exception):
    """Something is not proven: a key of SENTENCES and what it names."""

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence, self.details = sentence, details


class Unchecked(Refused):
    """It could not be checked."""


# Ed25519, RFC 8032 section 5.1 ------------------------------------------------------------------

# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z, on -x*x + y*y = 1 + D*x*x*y*y modulo FIELD.
FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
SQUARE_ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)


def decode_point(data: bytes) -> Point:
    """Section 5.1.3. ValueError when it is no point, or not written in its one way."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x_squared = (y * y - 1) * pow(D * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(x_squared, (FIELD + 3) // 8, FIELD)
    if (x * x - x_squared) % FIELD:
        x = x * SQUARE_ROOT_OF_MINUS_ONE % FIELD
    if (x * x - x_squared) % FIELD or y >= FIELD or (x == 0 and sign):
        raise ValueError("point")
    x = FIELD - x if x & 1 != sign else x
    return x, y, 1, x * y % FIELD


def encode_point(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, FIELD - 2, FIELD)
    return (y * inverse % FIELD | (x * inverse % FIELD & 1) << 255).to_bytes(32, "little")


def add(p: Point, q: Point) -> Point:
    """Section 5.1.4."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % FIELD
    b = (p[1] + p[0]) * (q[1] + q[0]) % FIELD
    c = 2 * p[3] * q[3] * D % FIELD
    d = 2 * p[2] * q[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def multiply(factor: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add(total, point)
        point = add(point, point)
        factor >>= 1
    return total


# y = 4/5, x even.
BASE = decode_point((4 * pow(5, FIELD - 2, FIELD) % FIELD).to_bytes(32, "little"))


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Section 5.1.7, without cofactor: the R of the signature must be the very one computed from the rest."""
    s = int.from_bytes(signature[32:], "little")
    if len(public_key) != 32 or len(signature) != 64 or s >= ORDER:
        return False
    with contextlib.suppress(ValueError):
        x, y, z, t = decode_point(public_key)
        digest = hashlib.sha512(signature[:32] + public_key + message).digest()
        h = int.from_bytes(digest, "little") % ORDER
        minus_key = (FIELD - x, y, z, FIELD - t)
        return encode_point(add(multiply(s, BASE), multiply(h, minus_key))) == signature[:32]
    return False


# Merkle tree, RFC 9162 section 2.1 --------------------------------------------------------------


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def climb(first: bytes, place: int, last: int, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    """Section 2.1.4.2, step 6 (for one leaf 2.1.3.2, step 4): the roots of the tree that ends with the node ``first``
    at ``place``, and of the whole one, whose last place on that level is ``last``. None if that cannot be."""
    old_reached = new_reached = first
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            old_reached, new_reached = node_hash(sibling, old_reached), node_hash(sibling, new_reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_reached = node_hash(new_reached, sibling)
        place, last = place >> 1, last >> 1
    return None if last else (old_reached, new_reached)


def root_from(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root that a leaf leads to. None for a proof with a hash too few or too many, and for a place beyond it."""
    reached = climb(leaf, index, size - 1, proof) if index < size else None
    return reached and reached[1]


def roots_from(old_size: int, new_size: int, old_root: bytes, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of both sizes that a consistency proof leads to, or None as above."""
    if old_size in (0, new_size):
        return (old_root, old_root) if old_size and not proof else None
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    # The root of a perfect old tree is itself the first hash, and left out of the proof.
    path = proof if place else [old_root, *proof]
    return climb(path[0], place, last, path[1:]) if path else None


# Texts ------------------------------------------------------------------------------------------


def from_base64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the base64 that an encoder writes")
    return data


def parse_hashes(text: str) -> list[bytes]:
    hashes = [from_base64(line) for line in text.split("\n") if line]
    if any(len(data) != 32 for data in hashes) or len(hashes) > MAX_HASHES:
        raise ValueError("hashes")
    return hashes


def from_decimal(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text):
        raise ValueError("number")
    return int(text)


class Key:
    """A verifying key: name+key id+base64 of (kind, public key)."""

    def __init__(self, text: str, kind: int) -> None:
        try:
            self.name, key_id, encoded = text.strip().split("+", 2)
            data = from_base64(encoded)
            self.key_id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
            if not self.name or self.key_id.hex() != key_id or data[0] != kind or len(data) != 33:
                raise ValueError("key")
        except (ValueError, IndexError):
            raise Unchecked("key", text=text) from None
        self.kind, self.public_key = kind, data[1:]


class Note:
    """A text and its signatures."""

    def __init__(self, note: str) -> None:
        text, separator, signature_lines = note.rpartition("\n\n")
        if not separator or not signature_lines.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", note):
            raise ValueError("note")
        self.text = text + "\n"
        self.signatures = []
        for line in signature_lines[:-1].split("\n"):
            found = re.fullmatch("\N{EM DASH} ([^\\s+]+) (\\S+)", line)
            data = from_base64(found[2]) if found else b""
            if found is None or len(data) < 5:
                raise ValueError("signature line")
            self.signatures.append((found[1], data[:4], data[4:]))
        lines = self.text.split("\n")[:-1]
        if len(lines) < 3 or "" in lines:
            raise ValueError("checkpoint")
        self.origin, self.size, (self.root,) = lines[0], from_decimal(lines[1]), parse_hashes(lines[2])

    def names_of_signers(self, keys: list[Key]) -> set[str]:
        """Which of ``keys`` signed. Signatures of others are ignored; a false one of these is refused."""
        known = {(key.name, key.key_id): key for key in keys}
        names = set()
        for name, key_id, signature in self.signatures:
            if key := known.get((name, key_id)):
                message = self.text.encode()
                if key.kind == ED25519_COSIGNATURE:
                    message = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + message
                    signature = signature[8:]
                if not is_signed(key.public_key, message, signature):
                    raise Refused("signature", name=name)
                names.add(name)
        return names


def parse_receipt(text: str) -> tuple[int, list[bytes], Note]:
    head, separator, note = text.partition("\n\n")
    found = re.fullmatch(f"{re.escape(HEADER)}\n(?:extra [^\n]+\n)?index ([0-9]+)(?:\n(.*))?", head, re.DOTALL)
    if not found or not separator:
        raise ValueError("receipt")
    return from_decimal(found[1]), parse_hashes(found[2] or ""), Note(note)


def commitment(name: str, text: bytes, salt: bytes) -> str:
    named = len(name.encode()).to_bytes(4, "big") + name.encode()
    return hashlib.sha256(COMMITMENT_TAG + salt + named + text).hexdigest()


# The check --------------------------------------------------------------------------------------


def read(path: str) -> bytes:
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        raise Unchecked("file", name=path) from None


def parsed(parse: Callable[[str], Any], path: str) -> Any:
    try:
        return parse(read(path).decode())
    except ValueError:
        raise Refused("damaged", name=path) from None


def require_signature(note: Note, log_keys: list[Key], origin: str) -> None:
    if not note.names_of_signers(log_keys):
        raise Refused("unsigned")
    if note.origin != origin:
        raise Refused("other_log", origin=note.origin)


def check(arguments: argparse.Namespace) -> list[Finding]:
    """What is proven. Raises Refused at the first thing that is not: nothing is called verified beside it."""
    log_keys = [Key(text, ED25519) for text in arguments.log]
    witness_keys = [Key(text, ED25519_COSIGNATURE) for text in arguments.witness]
    entry = read(arguments.entry)
    index, hashes, note = parsed(parse_receipt, arguments.receipt)
    require_signature(note, log_keys, log_keys[0].name)
    witnesses = note.names_of_signers(witness_keys)
    quorum = len({key.name for key in witness_keys}) if arguments.quorum is None else arguments.quorum
    if len(witnesses) < quorum:
        raise Refused("quorum", quorum=quorum, count=len(witnesses))
    reached = root_from(hashlib.sha256(b"\x00" + entry).digest(), index, note.size, hashes)
    if reached != note.root:
        raise Refused("inclusion") if reached else Refused("damaged", name=arguments.receipt)
    findings: list[Finding] = [("proven", {"number": index + 1, "size": note.size, "log": note.origin})]
    findings.append(describe(entry, arguments.record))
    findings.append(("witnessed", {"count": len(witnesses)}) if witness_keys else ("not_witnessed", {}))
    if arguments.since:
        checkpoint, proof = arguments.since
        findings.append(check_continuity(note, parsed(Note, checkpoint), proof, log_keys))
    texts = [(name, salt, text.encode()) for name, salt, text in arguments.reveal]
    texts += [(name, salt, read(path)) for name, salt, path in arguments.reveal_file]
    return findings + [check_revealed(entry, *text) for text in texts]


def describe(entry: bytes, wanted: uuid.UUID | None) -> Finding:
    """What the entry says. Only what the log itself could have written reaches the screen."""
    about = None
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        about = ABOUT.fullmatch("{kind}, {time}, {record[model]} {record[id]}".format(**json.loads(entry)))
    if wanted and (about is None or about[1] != str(wanted)):
        raise Refused("record", record=wanted)
    return ("described", {"about": about[0]}) if about else ("not_described", {})


def check_continuity(note: Note, kept: Note, proof: str, log_keys: list[Key]) -> Finding:
    require_signature(kept, log_keys, note.origin)
    older, newer = sorted((kept, note), key=lambda checkpoint: checkpoint.size)
    reached = roots_from(older.size, newer.size, older.root, parsed(parse_hashes, proof))
    if older.size and reached != (older.root, newer.root):
        # Two roots of one size contradict each other without any proof.
        contradiction = reached or (older.size == newer.size and older.root != newer.root)
        raise Refused("consistency") if contradiction else Refused("damaged", name=proof)
    return "continued", {"old": older.size, "new": newer.size}


def check_revealed(entry: bytes, name: str, salt: str, text: bytes) -> Finding:
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        if json.loads(entry)["commit"][name] == commitment(name, text, bytes.fromhex(salt)) and len(salt) == 64:
            return "revealed", {"name": name}
    raise Refused("commitment", name=name)


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__, formatter_class=as_written)
    parser.add_argument("receipt")
    parser.add_argument("entry")
    parser.add_argument("--log", action="append", required=True, metavar="KEY")
    parser.add_argument("--record", type=uuid.UUID, metavar="UUID")
    parser.add_argument("--witness", action="append", default=[], metavar="KEY")
    parser.add_argument("--quorum", type=int, metavar="N")
    parser.add_argument("--since", nargs=2, metavar=("CHECKPOINT", "PROOF"))
    parser.add_argument("--reveal", nargs=3, action="append", default=[], metavar=("NAME", "SALT", "TEXT"))
    parser.add_argument("--reveal-file", nargs=3, action="append", default=[], metavar=("NAME", "SALT", "FILE"))
    parser.add_argument("--language", choices=["en", "zh"])
    return parser.parse_args(arguments)


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    languages = {"en": [0], "zh": [1]}.get(arguments.language, [0, 1])

    def say(sentence: str, details: dict[str, object], frame: str = "plain") -> None:
        for language in languages:
            line = SENTENCES[sentence][language].format(**details)
            # Bytes, because a console that cannot show Chinese must not keep anybody from the result.
            sys.stdout.buffer.write(FRAMES[frame][language].format(line).encode(errors="replace") + b"\n")

    try:
        for finding in check(arguments):
            say(*finding)
    except Refused as problem:
        frame, status = ("unchecked", NOT_CHECKED) if isinstance(problem, Unchecked) else ("refused", NOT_PROVEN)
        say(problem.sentence, problem.details, frame)
        return status
    return PROVEN


if __name__ == "__main__":
    sys.exit(main())
