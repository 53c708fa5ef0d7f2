"""Two people of the city who asked to be forgotten: one still may take it back, the other has been erased."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from participation.models import User
from portal.demo.backdate import confirm_address
from portal.demo.city import City
from portal.demo.incidents import no_letters
from portal.demo.people import PASSWORD
from privacy.history.actor import acting
from privacy.rights.erasing.actions import ask_erasure, carry_out_erasure, place_hold
from privacy.rights.erasing.models import Erasure

MOVING_AWAY, GONE, DISPUTED = "moving-away@example.org", "gone@example.org", "disputed@example.org"


def load_erasures(city: City) -> None:
    if Erasure.objects.exists():
        return
    with no_letters(), transaction.atomic():
        _asked("搬去外地的老邻居", MOVING_AWAY, PASSWORD)
        disputed = _person("等判决的老周", DISPUTED)
        place_hold(
            subject=disputed.sealing_subject(),
            basis="《民事诉讼法》第七十条",
            reason="法院调取中，案件审结前不得删除。",
            acting_user=city.people["privacy"],
        )
        ask_erasure(disputed.sealing_subject(), acting_user=disputed)
        erasure = _asked("已经离开的人", GONE)
        now = timezone.now()
        # The time to think it over has passed.
        Erasure.objects.filter(pk=erasure.pk).update(asked_at=now - timedelta(days=8), due_at=now - timedelta(hours=1))
        carry_out_erasure(erasure)


def _asked(name: str, email: str, password: str | None = None) -> Erasure:
    person = _person(name, email, password)
    return ask_erasure(person.sealing_subject(), acting_user=person)


def _person(name: str, email: str, password: str | None = None) -> User:
    """Hashing is slow by design: only who shows what can be taken back can sign in."""
    with acting(None, reason="demo"):
        person = User.objects.create_user(email, password, display_name=name, contact_address="云川市柳溪街道")
    confirm_address(person, confirmed=True)
    return person
