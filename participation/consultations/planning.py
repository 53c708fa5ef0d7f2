"""What the plan of a consultation has to keep to: its scope, its dates, and the addresses of its outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Programme, Release
from participation.consultations.clock import shortest_comment_period
from participation.consultations.models import Consultation, Stage
from portal.errors import Invalid

Plan = list[tuple[str, datetime, datetime | None]]
LINKS_MAX = 20
FIELD_OF_STAGE: dict[str, str] = {
    Stage.Kind.OPEN: "opens_on",
    Stage.Kind.BALANCE: "closes_on",
    Stage.Kind.ANSWERED: "answered_on",
    Stage.Kind.FOLLOW_UP: "follow_up_on",
    Stage.Kind.CLOSED: "ends_on",
}


def checked_scope(
    scope: str, release: Release | None, department: Department | None, programme: Programme | None
) -> str:
    """Raises ``Invalid`` where what is named does not fit the scope. Only a question of its own needs no release."""
    if release is None and scope != Consultation.Scope.QUESTION:
        raise Invalid(
            _("Please choose the disclosure that it is about, or ask a question of its own."), field="release"
        )
    narrowest = (
        Consultation.Scope.PROGRAMME
        if programme
        else Consultation.Scope.DEPARTMENT
        if department
        else Consultation.Scope.RELEASE
    )
    if scope in ("", narrowest, Consultation.Scope.QUESTION):
        return scope or narrowest
    if scope not in Consultation.Scope.values:
        raise Invalid(_("Please choose what the consultation is about."), field="scope")
    if scope == Consultation.Scope.PROGRAMME:
        raise Invalid(_("Please choose the programme that it is about."), field="programme")
    if scope == Consultation.Scope.DEPARTMENT:
        raise Invalid(_("Please choose the department that it is about."), field="department")
    raise Invalid(_("A department or a programme is chosen, but not as what it is about."), field="scope")


def time_for_input(plan: Sequence[tuple[str, datetime, datetime | None]]) -> tuple[datetime, datetime | None]:
    return next((start, end) for kind, start, end in plan if kind == Stage.Kind.OPEN)


def check_comment_period(
    opened: tuple[datetime, datetime | None], is_major: bool, short_reason: str, jurisdiction: str
) -> int | None:
    """The days for input where they are fewer than the rule asks of a major decision; None where they are enough.

    Raises ``Invalid`` where they are fewer and no reason is given.
    """
    start, end = opened
    shortest = shortest_comment_period(timezone.localdate(start), jurisdiction) if is_major else None
    # Announced at once, an open stage may begin a second after midnight: what counts are days.
    if shortest is None or end is None or end - start > shortest - timedelta(days=1):
        return None
    if not short_reason:
        message = _(
            "A major decision is open for input for %(days)d days at least. Extend it, or say why it is shorter."
        )
        raise Invalid(message % {"days": shortest.days}, field="short_reason")
    return math.ceil((end - start) / timedelta(days=1))


def moved(stages: Sequence[Stage], starts: Mapping[str, datetime], *, now: datetime) -> Plan:
    """The plan with other starts, ``stages`` in the order of time; a stage ends where a moved one begins.

    Raises ``Invalid`` with the form field at fault."""
    kinds = [stage.kind for stage in stages]
    if unknown := set(starts) - set(kinds):
        raise Invalid(_("This consultation has no such stage."), field=FIELD_OF_STAGE.get(min(unknown), "reason"))
    wanted = [starts.get(stage.kind, stage.starts_at) for stage in stages]
    if wanted == [stage.starts_at for stage in stages]:
        raise Invalid(_("These are the dates that it has already."), field="reason")
    for number, (stage, start) in enumerate(zip(stages, wanted, strict=True)):
        field = FIELD_OF_STAGE.get(Stage.Kind(stage.kind), "reason")
        if start != stage.starts_at and stage.starts_at <= now:
            raise Invalid(_("This stage has begun already: its beginning cannot be moved."), field=field)
        if start != stage.starts_at and start <= now:
            raise Invalid(_("This day lies in the past."), field=field)
        if number and start <= wanted[number - 1]:
            raise Invalid(_("The stages have to follow one another in their order."), field=field)
    following = [*wanted[1:], None]
    return [
        (stage.kind, start, after if after is not None and after != was else stage.ends_at)
        for stage, start, after, was in zip(
            stages, wanted, following, [*(stage.starts_at for stage in stages[1:]), None], strict=True
        )
    ]


def checked_links(text: str) -> str:
    """Addresses, one a line: of this site (``/…``) or of the web. Raises ``Invalid`` for anything else."""
    links = [line.strip() for line in text.splitlines() if line.strip()]
    for link in links:
        parts = urlsplit(link)
        is_here = link.startswith("/") and not link.startswith("//") and "\\" not in link
        if not is_here and not (parts.scheme in ("http", "https") and parts.hostname):
            raise Invalid(_("“%(link)s” is no address of a page.") % {"link": link[:80]}, field="outcome_links")
    if len(links) > LINKS_MAX:
        raise Invalid(_("At most %(count)d addresses.") % {"count": LINKS_MAX}, field="outcome_links")
    return "\n".join(links)
