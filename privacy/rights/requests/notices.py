"""E-mails about requests: that there is news, and where. What was asked and answered stands behind the link."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from privacy.access.recording import reading
from privacy.history.directory import directory
from privacy.rights.requests.links import token_of
from privacy.rights.requests.models import DataRequest
from privacy.sealing.errors import Shredded


def tell_person(request: DataRequest) -> None:
    """After the transaction."""
    transaction.on_commit(lambda: mail_person.enqueue(str(request.row_id)), robust=True)


def tell_guards(request: DataRequest) -> None:
    transaction.on_commit(lambda: mail_guards.enqueue(str(request.row_id)), robust=True)


@task()
def mail_person(row_id: str) -> None:
    """To whoever asked: at the address of their account, or the one that they gave."""
    request = DataRequest.objects.get(row_id=row_id)
    address = _address_of(request)
    if not address:
        return
    with override(request.language):
        path = (
            request.get_absolute_url()
            if request.asked_by_id is not None
            else reverse("privacy:requests:by_link", args=[token_of(request)])
        )
        send_mail(
            _("Your request about your data: %(reference)s") % {"reference": request.reference},
            _(
                "There is news about your request %(reference)s. It is now: %(state)s.\n\nRead it here:\n%(url)s\n\n"
                "This letter has to be sent by law, whatever you chose about e-mails."
            )
            % {
                "reference": request.reference,
                "state": request.get_state_display(),
                "url": urljoin(settings.WAGTAILADMIN_BASE_URL, path),
            },
            None,
            [address],
        )


def _address_of(request: DataRequest) -> str:
    if request.asked_by_id is not None:
        subject = request.sealing_subject()
        contact = directory().contacts_of([subject]).get(subject)
        return contact.email if contact else ""
    try:
        with reading(_("Writing to whoever asked, about their request")):
            return request.contact_email or ""
    except Shredded:
        return ""


@task()
def mail_guards(row_id: str) -> None:
    """To privacy officers and administrators, each in their language. It names nobody."""
    request = DataRequest.objects.get(row_id=row_id)
    for guard in directory().privacy_guards():
        with override(getattr(guard, "preferred_language", None) or settings.LANGUAGE_CODE):
            send_mail(
                _("A request about personal data waits: %(reference)s") % {"reference": request.reference},
                urljoin(settings.WAGTAILADMIN_BASE_URL, reverse("privacy:requests:handle", args=[row_id])),
                None,
                [guard.email],
            )
