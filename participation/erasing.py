"""What the rooms add to an erasure: accounts and mandates, votes that are going on, pages kept in memory."""

from __future__ import annotations

from django.core.cache import caches
from django.utils.translation import gettext as _

from participation.allocation.ballots.models import AllocationBallot
from participation.decisions.voting.models import DecisionBallot
from participation.recognition.models import AwardBallot
from participation.rectification.panels.models import PanelMember
from participation.stakeholders.erased import end_account, letterbox, person_of, to_hand_over
from privacy.rights.erasing import hooks
from privacy.rights.erasing.hooks import Wait
from privacy.sealing.keys import Subject

KEPT_PAGES = ("pages", "asked_pages")


def open_votes(subject: Subject) -> list[Wait]:
    """Votes in which the person has a ballot or a place, and that are not counted yet."""
    person = person_of(subject)
    if person is None:
        return []
    words = _("Your ballot is in a vote that is not counted yet: %(title)s.")
    rounds = AllocationBallot.objects.filter(voter=person, allocation__counted_at__isnull=True)
    ratings = DecisionBallot.objects.filter(person=person, round__counted_at__isnull=True)
    awards = AwardBallot.objects.filter(person=person, award__decided_at__isnull=True)
    panels = PanelMember.objects.filter(
        person=person, left_at__isnull=True, panel__ended_at__isnull=True, place__isnull=False
    )
    found = [
        Wait(words % {"title": ballot.allocation}, ballot.allocation.voting_until, ballot.allocation.get_absolute_url())
        for ballot in rounds.select_related("allocation")
    ]
    found += [
        Wait(words % {"title": ballot.round.room}, ballot.round.ends_at, ballot.round.get_absolute_url())
        for ballot in ratings.select_related("round__room")
    ]
    found += [Wait(words % {"title": ballot.award}) for ballot in awards.select_related("award")]
    found += [
        Wait(_("You were drawn for a panel that has not ended yet: %(title)s.") % {"title": member.panel.task})
        for member in panels.select_related("panel__task")
    ]
    return found


def forget_pages() -> None:
    for name in KEPT_PAGES:
        caches[name].clear()


def register() -> None:
    hooks.find_obstacles.append(to_hand_over)
    hooks.find_waits.append(open_votes)
    hooks.find_letterbox.append(letterbox)
    hooks.end_accounts.append(end_account)
    hooks.forget_kept.append(forget_pages)
