"""The states of a request, and which one can follow which: the only answer to "may this be done now?"."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    IDENTITY = "identity", pgettext_lazy("request", "Waits for proof of identity")
    OPEN = "open", pgettext_lazy("request", "Being handled")
    ANSWERED = "answered", pgettext_lazy("request", "Answered")
    REFUSED = "refused", pgettext_lazy("request", "Refused, with the legal basis")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "Taken back")


OPEN = (State.IDENTITY, State.OPEN)

# (state, deed) -> the state after it.
TRANSITIONS: dict[tuple[str, str], State] = {
    (State.IDENTITY, "prove"): State.OPEN,
    (State.IDENTITY, "refuse"): State.REFUSED,
    (State.IDENTITY, "withdraw"): State.WITHDRAWN,
    (State.OPEN, "extend"): State.OPEN,
    (State.OPEN, "answer"): State.ANSWERED,
    (State.OPEN, "refuse"): State.REFUSED,
    (State.OPEN, "withdraw"): State.WITHDRAWN,
}
