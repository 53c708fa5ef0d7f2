"""What agreeing, or taking an agreement back, changes about a person here: their name, and letters to them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.utils.translation import gettext as _

from participation.stakeholders.models import User
from privacy.history.actor import acting
from privacy.rights.consent import effects
from privacy.rights.consent.actions import decline_consent, give_consent
from privacy.rights.consent.models import Consent, ConsentPurpose, NoticeVersion
from privacy.rights.refusals import NotNow

# What is asked for with a box of its own when somebody signs up.
AT_SIGN_UP = (ConsentPurpose.PUBLISH_NAME, ConsentPurpose.NOTIFICATIONS)


def _change(person: User, field: str, agrees: bool) -> None:
    setattr(person, field, agrees)
    with acting(person, reason=_("Agreement given") if agrees else _("Agreement declined or taken back")):
        person.save(update_fields=[field])


def show_name(person: User, agrees: bool) -> None:
    _change(person, "shows_name", agrees)


def send_mail(person: User, agrees: bool) -> None:
    _change(person, "takes_mail", agrees)


def register() -> None:
    effects.register(ConsentPurpose.PUBLISH_NAME, show_name)
    effects.register(ConsentPurpose.NOTIFICATIONS, send_mail)


def notices_at_sign_up() -> list[NoticeVersion]:
    return [notice for notice in NoticeVersion.objects.all_current() if notice.purpose in AT_SIGN_UP]


def answer_at_sign_up(notices: Iterable[NoticeVersion], agreed: set[str], person: User) -> None:
    """``agreed``: those purposes whose box was ticked. A text that changed in that very moment is asked again later."""
    for notice in notices:
        with suppress(NotNow):
            if notice.purpose in agreed:
                give_consent(
                    notice.purpose, notice_sha256=notice.sha256, method=Consent.Method.SIGN_UP, acting_user=person
                )
            else:
                decline_consent(notice.purpose, method=Consent.Method.SIGN_UP, acting_user=person)
