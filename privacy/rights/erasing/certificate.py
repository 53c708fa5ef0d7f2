"""What the person gets in the end: a note, signed by the key of the log, that can be checked without us."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from privacy.log.notes import sign_note
from privacy.log.signing import origin, signing_key
from privacy.rights.erasing.hooks import Letterbox
from privacy.rights.erasing.models import Erasure

logger = logging.getLogger(__name__)
# The first line says what is signed: a checkpoint of the log begins with the name of the log.
TITLE = "gongzhi/certificate-of-erasure/v1"


def signed_certificate(erasure: Erasure, entry: UUID) -> str:
    """The certificate of a carried out erasure, which names nobody. ``entry``: reference of its leaf in the log."""
    done_at = erasure.done_at or erasure.asked_at
    lines = [
        TITLE,
        f"log {origin()}",
        f"erasure {erasure.row_id}",
        f"scope {erasure.scope_type}",
        f"asked {erasure.asked_at.isoformat()}",
        f"erased {done_at.isoformat()}",
        *(f"{name} {erasure.counts.get(name, 0)}" for name in ("keys", "deleted", "emptied", "kept")),
        f"entry {entry}",
    ]
    return sign_note("\n".join(lines) + "\n", origin(), signing_key())


def page_of(erasure: Erasure) -> str:
    """The whole address of its page, for letters."""
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{erasure.get_absolute_url()}"


def send_certificate(erasure: Erasure, letterboxes: Iterable[Letterbox]) -> None:
    """To addresses that are known nowhere any more: so at once, and once. A letter that does not leave is lost; the
    certificate stays on the page of the erasure."""
    attached = [("certificate-of-erasure.txt", erasure.certificate, "text/plain")]
    for box in letterboxes:
        _send(erasure, box, gettext_lazy("Your data has been erased"), "certificate", attached)


def tell_moved(erasure: Erasure, letterboxes: Iterable[Letterbox]) -> None:
    """Whoever did not ask for it themselves learns of it in time."""
    for box in letterboxes:
        _send(erasure, box, gettext_lazy("Erasure of your data"), "moved", [])


def _send(
    erasure: Erasure,
    box: Letterbox,
    subject: Promise,
    template: str,
    attached: list[tuple[str, str, str]],
) -> None:
    try:
        with translation.override(box.language):
            context = {"erasure": erasure, "url": page_of(erasure)}
            body = render_to_string(f"privacy/rights/erasing/{template}.txt", context)
            EmailMessage(subject=str(subject), body=body, to=[box.address], attachments=attached).send()
    except Exception as error:
        # Not with its message, which may name the address.
        logger.error("A letter about %s could not be sent: %s", erasure, type(error).__name__)
