"""When the rights of a person change, their open pages are asked again at once.

Many doors lead to such a change: the administration, allauth, actions, commands. All of them save or delete one of
these records. What is changed by ``update()`` is noticed when the hub looks at its pages anew, within a minute.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save

from participation.live import announce_person
from participation.stakeholders.models import Appointment, Mandate, User

PERSON_OF = {User: "pk", Appointment: "person_id", Mandate: "person_id", EmailAddress: "user_id"}


def _changed(sender: Any, instance: Any, **kwargs: Any) -> None:
    if not kwargs.get("created") or sender is not User:
        announce_person(getattr(instance, PERSON_OF[sender]))


def _session_ended(sender: Any, instance: Session, **kwargs: Any) -> None:
    person = instance.get_decoded().get(SESSION_KEY)
    if person is not None:
        announce_person(int(User._meta.pk.to_python(person)))


def follow_rights() -> None:
    for model in PERSON_OF:
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"live-rights-{model.__name__}-{id(signal)}")
    post_delete.connect(_session_ended, sender=Session, dispatch_uid="live-rights-session")
