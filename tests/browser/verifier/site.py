"""A site that the tests play: one record with its proof, and every way in which either may be broken."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from privacy.log.canonical import canonical, commitment
from privacy.log.checkpoints import Checkpoint
from privacy.log.encoding import to_base64
from privacy.log.merkle import (
    SubtreeHash,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    subtree_from_leaf_hashes,
)
from privacy.log.notes import cosign, sign_note, verifier_key
from privacy.log.proofs import TlogProof

SITE = "https://gongzhi.test"
SCRIPTS = settings.BASE_DIR / "portal" / "static" / "gongzhi" / "js"
ORIGIN = "log.example/1"
LOG_KEY, OTHER_KEY, WITNESS_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(3))
LOG = verifier_key(ORIGIN, LOG_KEY, cosigner=False).text
WITNESS = verifier_key("witness.example", WITNESS_KEY, cosigner=True).text
SALT, BODY = bytes(range(32)), "电梯加装的钱为什么只花了四成？\r\n<第二行>"
RECORD, REF = "123e4567-e89b-42d3-a456-426614174000", "9a2b3c4d-0000-4000-8000-000000000001"
ENTRY = canonical(
    {
        "kind": "feedback.submitted",
        "ref": REF.replace("-", ""),
        "record": {"model": "participation.feedback", "id": RECORD},
        "commit": {"body": commitment("body", BODY, SALT)},
    }
)
INDEX, LARGEST = 13, 60
RESULTS = ["working", "verified", "partly", "unheld", "differs", "damaged", "failed", "unavailable"]
STEPS = {
    "inclusion-good": "number {number} at {index} of {size} in {origin}",
    "inclusion-bad": "not in",
    "record-good": "about this record",
    "record-bad": "about another record",
    "proof-malformed": "no proof",
    "signature-good": "signed",
    "signature-bad": "not signed",
    "signature-unsupported": "cannot check the signature",
    "witnesses-good": "{witnesses} of {quorum} witnesses",
    "witnesses-bad": "only {witnesses} of {quorum} witnesses",
    "consistency-first": "first visit",
    "consistency-good": "only grew since {old}",
    "consistency-bad": "contradicts {old}: {evidence}",
    "consistency-shrunk": "{size} of {old}: {evidence}",
    "consistency-unknown": "unknown since {old}: {evidence}",
    "revealed-good": "{name} is that text",
    "revealed-bad": "{name} is another text",
}


def tree(changed: int | None = None) -> SubtreeHash:
    entries = [ENTRY if number == INDEX else f"entry {number}" for number in range(LARGEST)]
    return subtree_from_leaf_hashes(
        [leaf_hash(b"rewritten" if number == changed else entry.encode()) for number, entry in enumerate(entries)]
    )


@dataclass
class Log:
    """What is served: ``size`` entries of ``subtree``, signed by ``key``; ``attributes`` of the section."""

    size: int = 21
    subtree: SubtreeHash = field(default_factory=tree)
    key: Ed25519PrivateKey = LOG_KEY
    origin: str = ORIGIN
    entry: str = ENTRY
    index: int = INDEX
    witnessed: bool = False
    statuses: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    revealed: dict[str, Any] | None = None
    proof: str | None = None
    consistency: str | None = None
    csp: str = "default-src 'self'"

    @property
    def note(self) -> str:
        note = sign_note(Checkpoint(self.origin, self.size, root(self.subtree, self.size)).text, ORIGIN, self.key)
        return note + cosign(note, "witness.example", WITNESS_KEY, 1_900_000_000) if self.witnessed else note

    def page(self) -> str:
        attributes = {
            "verify": "ask", "entry-url": "/entry", "proof-url": "/proof", "origin": ORIGIN, "log-keys": LOG,
            "consistency-url": "/consistency?from={old}&to={new}", **self.attributes,
        }  # fmt: skip
        written = " ".join(f'data-{name}="{value}"' for name, value in attributes.items() if value)
        words = "".join(f'<template data-say="{result}"><b>{result}</b></template>' for result in RESULTS)
        for step, text in STEPS.items():
            slotted = text.replace("{", '<i data-slot="').replace("}", '"></i>')
            words += f'<template data-say="{step}">{slotted}</template>'
        revealed = json.dumps(self.revealed or {}).replace("<", "\\u003c")
        return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Verify</title>
            <script type="module" src="/js/verify.js"></script>
            <script id="revealed" type="application/json">{revealed}</script>
            <section {written}><button type="button" data-verify-start hidden>Check</button>
            <div role="status" data-verify-result>not yet</div><ul data-verify-steps></ul>
            <pre data-verify-leaf></pre>{words}</section></html>"""

    def answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        self.asked.append(url.path)
        if status := self.statuses.get(url.path):
            route.fulfill(status=status, body="no")
        elif url.path.startswith("/js/"):
            route.fulfill(path=SCRIPTS / url.path.rsplit("/", 1)[1])
        elif url.path == "/entry":
            route.fulfill(body=self.entry, content_type="application/json")
        elif url.path == "/proof":
            hashes = tuple(inclusion_proof(self.subtree, self.index, self.size))
            route.fulfill(body=self.proof or TlogProof(self.index, hashes, self.note).text, content_type="text/plain")
        elif url.path == "/consistency":
            old, new = (int(parse_qs(url.query)[name][0]) for name in ("from", "to"))
            lines = "".join(f"{to_base64(part)}\n" for part in consistency_proof(self.subtree, old, new))
            route.fulfill(body=lines if self.consistency is None else self.consistency, content_type="text/plain")
        else:
            route.fulfill(body=self.page(), content_type="text/html", headers={"Content-Security-Policy": self.csp})


def visit(page: Page, address: str = SITE) -> tuple[str, list[str]]:
    """The result and the steps, after the button was pressed."""
    page.goto(f"{address}/")
    section = page.locator("section")
    page.get_by_role("button", name="Check").click()
    expect(section).to_have_attribute("data-state", re.compile("|".join(RESULTS[1:])))
    state = section.get_attribute("data-state") or ""
    shown = page.locator("[data-verify-result]").inner_text()
    assert shown == state
    return state, page.locator("[data-verify-steps] li").all_inner_texts()


INCLUDED = "number 14 at 13 of 21 in log.example/1"
FIRST = [INCLUDED, "signed", "first visit"]
