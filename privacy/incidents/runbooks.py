"""What to do, by kind of incident: data in every language, in ``runbooks.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from privacy.incidents.models import Containment, Incident


@dataclass(frozen=True)
class RunbookStep:
    """One thing to do. ``action``: the measure whose button does it; ``state``: by when in the process."""

    key: str
    state: str
    action: str
    texts: dict[str, str]

    @property
    def text(self) -> str:
        return self.texts.get(get_language() or "", self.texts[settings.LANGUAGE_CODE])


@dataclass(frozen=True)
class Runbook:
    kind: str
    about: dict[str, str]
    steps: tuple[RunbookStep, ...]

    @property
    def introduction(self) -> str:
        return self.about.get(get_language() or "", self.about[settings.LANGUAGE_CODE])


@cache
def runbooks() -> dict[str, Runbook]:
    """All of them, by kind. Raises ``ValueError`` for a measure, state or kind that there is not."""
    given: dict[str, Any] = json.loads(
        resources.files("privacy.incidents").joinpath("runbooks.json").read_text("utf-8")
    )
    return {
        Incident.Kind(kind).value: Runbook(
            kind,
            said["about"],
            tuple(
                RunbookStep(
                    step["key"],
                    Incident.State(step["state"]).value,
                    Containment.Action(step["action"]).value if step.get("action") else "",
                    step["text"],
                )
                for step in said["steps"]
            ),
        )
        for kind, said in given.items()
    }


def runbook(kind: str) -> Runbook:
    return runbooks()[kind]


def step_keys(kind: str) -> frozenset[str]:
    return frozenset(step.key for step in runbook(kind).steps)
