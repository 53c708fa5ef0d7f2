"""Sends e-mails, each once: a letter is claimed in a transaction of its own before anything is sent.

What a letter may say is asked at that moment: whatever its reader may not see any more is left out, and a letter that
has nothing left to say is not sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django_tasks import task

from participation.following.kinds import DEFAULTS, Cadence
from participation.following.models import Letter, Notification, Preference
from participation.following.queries import Told, in_words
from participation.following.tokens import unsubscribing
from participation.stakeholders.models import User

logger = logging.getLogger(__name__)

ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=5)
# A digest names this many; the others are behind its link.
NAMED = 50
# Of the letters of a day these are kept free for the digests.
DIGESTS_A_DAY = 2

# File name, content, media type.
Attached = tuple[str, bytes, str]
# Kind -> what later rooms put into the letter about such a thing, for whoever it goes to.
_enclosing: dict[str, Callable[[UUID, User], Iterable[Attached]]] = {}


def enclose(kind: str, make: Callable[[UUID, User], Iterable[Attached]]) -> None:
    """``make`` takes the id of the record that is told about, and the recipient."""
    _enclosing[kind] = make


@task()
def send_letters(letters: list[int]) -> int:
    """Send those of the letters that wait, over one connection. Returns how many were sent."""
    connection = get_connection()
    try:
        return sum([send_letter(letter, connection) for letter in letters])
    finally:
        connection.close()


def send_letter(number: int, connection: Any) -> bool:
    """Send the letter with this primary key, unless somebody else does."""
    letter = _claim(number)
    if letter is None:
        return False
    try:
        message = message_of(letter, connection)
    except Exception:
        logger.exception("Letter %s cannot be written", number)
        return _end(letter, Letter.State.FAILED)
    if message is None:
        return _end(letter, Letter.State.DROPPED)
    try:
        connection.open()
    except OSError:
        logger.warning("Letter %s waits for the mail server", number, exc_info=True)
        return _try_later(letter)
    try:
        message.send()
    except (SMTPResponseException, SMTPRecipientsRefused):
        # The server said that it did not take it.
        logger.warning("Letter %s was refused", number, exc_info=True)
        return _try_later(letter)
    except (SMTPException, OSError):
        # It may have been taken: better not at all than twice.
        logger.exception("Letter %s was interrupted and is not sent again", number)
        connection.close()
        return _end(letter, Letter.State.FAILED)
    _end(letter, Letter.State.SENT)
    return True


def _claim(number: int) -> Letter | None:
    """The letter, marked as being sent; None where it does not wait, or its recipient has had enough for today."""
    with transaction.atomic():
        letter = Letter.objects.select_for_update(of=("self",)).select_related("recipient").get(pk=number)
        if letter.state != Letter.State.WAITING or letter.try_after > timezone.now():
            return None
        if letter.cadence == Cadence.INSTANTLY:
            # Two letters to one person at once wait for each other here, so that they are counted.
            User.objects.select_for_update().get(pk=letter.recipient_id)
            if _letters_today(letter.recipient) >= settings.MAILS_PER_DAY - DIGESTS_A_DAY:
                _notifications_of(letter).update(cadence=Cadence.DAILY)
                _end(letter, Letter.State.POSTPONED)
                return None
        letter.state, letter.attempts, letter.sent_at = Letter.State.SENDING, letter.attempts + 1, timezone.now()
        letter.save(update_fields=["state", "attempts", "sent_at"])
    return letter


def _letters_today(person: User) -> int:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    taken = Letter.objects.filter(recipient=person, state__in=(Letter.State.SENDING, Letter.State.SENT))
    return taken.filter(sent_at__gte=midnight).count()


def _end(letter: Letter, state: str) -> bool:
    letter.state = state
    letter.sent_at = timezone.now() if state == Letter.State.SENT else letter.sent_at
    letter.save(update_fields=["state", "sent_at"])
    return False


def _try_later(letter: Letter) -> bool:
    if letter.attempts >= ATTEMPTS:
        return _end(letter, Letter.State.FAILED)
    letter.try_after = timezone.now() + FIRST_PAUSE * 2 ** (letter.attempts - 1)
    letter.save(update_fields=["try_after"])
    return _end(letter, Letter.State.WAITING)


# What it says ------------------------------------------------------------------------------------


def _notifications_of(letter: Letter) -> Any:
    if letter.announcement_id is not None:
        return Notification.objects.filter(recipient=letter.recipient_id, announcement=letter.announcement_id)
    return Notification.objects.filter(recipient=letter.recipient_id, letter=letter)


def message_of(letter: Letter, connection: Any = None) -> EmailMultiAlternatives | None:
    """The letter as it may be sent now, in the recipient's language; None where there is nothing to say any more.

    Nobody is written to at an address that they have not confirmed, or who has taken back the agreement to letters.
    """
    person = letter.recipient
    address = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary").first()
    if address is None or not person.is_active or not person.takes_mail:
        return None
    preferences = dict(Preference.objects.filter(person=person).values_list("kind", "cadence"))
    unread = [
        notification
        for notification in _notifications_of(letter).unread().select_related("announcement").order_by("pk")
        if preferences.get(notification.announcement.kind, DEFAULTS[notification.announcement.kind])
        not in (Cadence.HERE, Cadence.NEVER)
    ]
    with override(person.preferred_language):
        told = [row for row in in_words(unread, person) if row.is_visible]
        return _written(letter, person, address.email, told, connection) if told else None


def _written(letter: Letter, person: User, address: str, told: list[Told], connection: Any) -> EmailMultiAlternatives:
    is_digest = letter.cadence != Cadence.INSTANTLY
    site = settings.WAGTAILADMIN_BASE_URL
    scope = letter.cadence if is_digest else told[0].kind
    stop_url = urljoin(site, unsubscribing(person, scope))
    subject = told[0].sentence
    if is_digest:
        subject = ngettext("%(count)d thing that you follow", "%(count)d things that you follow", len(told)) % {
            "count": len(told)
        }
    context = {
        "is_digest": is_digest,
        "is_weekly": letter.cadence == Cadence.WEEKLY,
        "told": [(row.sentence, urljoin(site, row.url)) for row in told[:NAMED]],
        "others": max(0, len(told) - NAMED),
        "index_url": urljoin(site, reverse("participation:following:index")),
        "preferences_url": urljoin(site, reverse("participation:following:preferences")),
        "stop_url": stop_url,
        "language": person.preferred_language,
        "subject": subject,
    }
    message = EmailMultiAlternatives(
        " ".join((_("Gongzhi: %(subject)s") % {"subject": subject}).split())[:200],
        render_to_string("participation/following/letter.txt", context),
        to=[address],
        connection=connection,
        headers={
            # RFC 8058: one click in the mail program ends them, without signing in.
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{letter.row_id}@{urlsplit(site).hostname}>",
        },
    )
    message.attach_alternative(render_to_string("participation/following/letter.html", context), "text/html")
    if letter.announcement is not None and (make := _enclosing.get(letter.announcement.kind)):
        for name, content, media_type in make(letter.announcement.row_id, person):
            message.attach(name, content, media_type)
    return message
