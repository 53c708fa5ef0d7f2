"""The whole log, checked from its first entry to its last signed head."""

from dataclasses import dataclass

from django.db import connection

from privacy.log import triggers, verify
from privacy.log.models import LogEntry, LogHead, SignedHead
from privacy.log.signing import public_key


@dataclass(frozen=True)
class Audit:
    """``first_bad``: index of the first entry that cannot be trusted. ``problems`` are sentences."""

    size: int
    head: str
    signed_heads: int
    first_bad: int | None
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.problems


def _heads_by_size() -> dict[int, list[SignedHead]]:
    found: dict[int, list[SignedHead]] = {}
    for head in SignedHead.objects.all():
        found.setdefault(head.size, []).append(head)
    return found


def _signature_problem(head: SignedHead, key: bytes) -> str:
    # A head of an earlier key can only be checked against the key it names.
    key = key if head.key_id == verify.key_id(key) else bytes(head.public_key)
    if head.key_id != verify.key_id(key) or not verify.is_signed(head.text, bytes(head.signature), key):
        return f"the signature under size {head.size} is not good"
    return ""


def audit_log() -> Audit:
    """Walk every entry once. Memory does not grow with the log, except by the signed heads."""
    bad: list[int] = []
    problems: list[str] = []
    key = public_key()
    # In this order: what is appended meanwhile makes the later answers larger, never smaller.
    heads = _heads_by_size()
    signed_heads = sum(len(group) for group in heads.values())
    last = LogEntry.objects.order_by("index").last()
    head = LogHead.objects.filter(pk=1).first() or LogHead()
    size, chain = 0, verify.GENESIS

    def compare(size: int, chain: str) -> None:
        for signed in heads.pop(size, []):
            if signature_problem := _signature_problem(signed, key):
                problems.append(signature_problem)
            if signed.head != chain:
                bad.append(max(size - 1, 0))
                problems.append(f"the state signed at size {size} on {signed.created:%Y-%m-%d} was another one")

    compare(size, chain)
    for entry in LogEntry.objects.walk(0, head.size):
        if problem := verify.link_problem(entry, size, chain):
            bad.append(size)
            problems.append(f"entry {size}: {problem}")
            break
        size, chain = size + 1, entry.chain_hash
        compare(size, chain)
    else:
        if size < head.size:
            bad.append(size)
            problems.append(f"the head says {head.size} entries, the log has {size}")
        elif last is not None and last.index >= head.size:
            bad.append(head.size)
            problems.append(f"the head says {head.size} entries, the log has one numbered {last.index}")
        elif head.head != chain:
            bad.append(max(size - 1, 0))
            problems.append("the head is not that of the last entry")
        for signed_size in sorted(heads):
            bad.append(size)
            problems.append(f"{signed_size} entries were signed for, the log has {size}")
    problems += [f"the database trigger {name} is missing" for name in triggers.missing(connection)]
    return Audit(size, chain, signed_heads, min(bad, default=None), tuple(problems))
