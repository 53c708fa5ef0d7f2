"""Words to begin an answer with, and the legal bases of refusals: data in both languages, not code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

FILE = Path(__file__).parent.parent / "data" / "answers.toml"


@dataclass(frozen=True)
class Ground:
    """A legal basis on which a request may be refused where ``jurisdiction`` applies, or a part of it."""

    key: str
    jurisdiction: str
    basis: str
    basis_en: str

    def words(self, language: str | None = None) -> str:
        return self.basis if _is_chinese(language) else self.basis_en


@cache
def _given() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


def _is_chinese(language: str | None) -> bool:
    return (language or get_language() or "").startswith("zh")


def grounds(jurisdiction: str) -> list[Ground]:
    found = [Ground(**values) for values in _given()["ground"]]
    return [one for one in found if f"{jurisdiction}-".startswith(f"{one.jurisdiction}-")]


def template_for(kind: str, outcome: str, language: str) -> str:
    """The words for this kind and outcome, or those that serve every kind; "" where there are none."""
    own = [one for one in _given()["answer"] if one["outcome"] == outcome and one.get("kind", kind) == kind]
    best = max(own, key=lambda one: "kind" in one, default=None)
    return str(best["zh" if _is_chinese(language) else "en"]).strip() if best else ""
