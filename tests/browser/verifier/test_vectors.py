"""The browser's verifier against published vectors."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from tests.browser.verifier.site import (
    SITE,
)
from tests.privacy.log.published import VECTORS, needs_vectors

# Published vectors -----------------------------------------------------------------------------

RUN_VECTORS = """async (cases) => {
  const log = await import("/js/verify-proof.js");
  const bytes = (text) => Uint8Array.from(atob(text || ""), (character) => character.charCodeAt(0));
  const wrong = [];
  for (const { file, ...test } of cases) {
    const proof = (test.proof || []).map(bytes);
    let held = true;
    try {
      if ([...proof, ...(test.leafHash === undefined ? [] : [bytes(test.leafHash)])].some((hash) => hash.length !== 32))
        throw new log.ProofError("length");
      if (test.leafHash === undefined)
        await log.verifyConsistency(BigInt(test.size1), BigInt(test.size2), bytes(test.root1), bytes(test.root2), proof);
      else
        await log.verifyInclusion(bytes(test.leafHash), BigInt(test.leafIdx), BigInt(test.treeSize), proof, bytes(test.root));
    } catch (error) {
      if (!(error instanceof log.ProofError)) throw error;
      held = false;
    }
    if (held === test.wantErr) wrong.push(file);
  }
  return wrong;
}"""


@needs_vectors
@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_vectors_of_transparency_dev(page: Page, kind: str) -> None:
    folder = VECTORS / "merkle" / "testdata" / kind
    cases = []
    for path in sorted(folder.rglob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        # JSON numbers of JavaScript are doubles, so sizes travel as text.
        numbers = {name: str(case[name]) for name in ("leafIdx", "treeSize", "size1", "size2") if name in case}
        cases.append({**case, **numbers, "file": path.relative_to(folder).as_posix()})
    page.goto(f"{SITE}/")
    assert page.evaluate(RUN_VECTORS, cases) == []
    assert len(cases) > 50
