"""Asking for one's rights, and what the privacy officer does about it. Every step has its history row and its leaf."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from privacy.history.actor import acting
from privacy.history.directory import OwnedSubject, directory
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.rights.deadlines import deadline
from privacy.rights.refusals import NotNow, Refused
from privacy.rights.requests.models import DataRequest
from privacy.rights.requests.notices import tell_guards, tell_person
from privacy.rights.requests.permissions import require_may_handle, require_own
from privacy.rights.requests.states import TRANSITIONS
from privacy.rights.requests.wording import grounds
from privacy.sealing.keys import Scope

WORDS_MAX = 5000
# Of one person, or organisation: whoever has more to say says it in one of them.
OPEN_MAX = 5


# By the person -----------------------------------------------------------------------------------


@sensitive_variables("words")
@transaction.atomic
def ask_request(kind: str, *, words: str, subject: OwnedSubject, acting_user: Any) -> DataRequest:
    """Ask about one's own data, or that of an organisation that one owns. It waits until the person has shown once more
    that it is they (``prove_own_identity``).

    Raises ``Refused`` for other subjects, without words, and with ``OPEN_MAX`` open requests.
    """
    if subject not in directory().subjects_of(acting_user):
        raise Refused(_("You can ask about your own data, and that of organisations that you own."), field="subject")
    get_user_model()._default_manager.select_for_update().get(pk=acting_user.pk)
    if DataRequest.objects.open().filter(subject_ref=subject.ref).count() >= OPEN_MAX:
        raise Refused(_("Several requests of yours are being handled. Please wait for them, or take one back."))
    return _receive(
        DataRequest(
            kind=_kind(kind),
            subject_type=Scope.ORGANISATION if subject.name else Scope.PERSON,
            subject_ref=subject.ref,
            asked_by=acting_user,
            words=_words(words),
        ),
        acting_user,
    )


@sensitive_variables("words", "name", "email")
@transaction.atomic
def ask_without_account(kind: str, *, words: str, name: str, email: str, acting_user: None) -> DataRequest:
    """Ask without an account. A letter goes to ``email``; whose data it is has to be shown to the privacy officer."""
    if not name.strip():
        raise Refused(_("Please tell us your name."), field="name")
    request = DataRequest(
        kind=_kind(kind), words=_words(words), contact_name=name.strip()[:200], contact_email=email.strip()[:254]
    )
    received = _receive(request, acting_user)
    tell_person(received)
    return received


def _receive(request: DataRequest, acting_user: Any) -> DataRequest:
    request.language = get_language() or settings.LANGUAGE_CODE
    request.jurisdiction = settings.PRIVACY_JURISDICTION
    with acting(acting_user):
        request.save()
    append_leaf(
        LeafKind.DATA_REQUEST_RECEIVED,
        request,
        public={"request_kind": request.kind},
        committed={"words": request.words or ""},
    )
    tell_guards(request)
    return request


def _kind(kind: str) -> str:
    if kind not in DataRequest.Kind.values:
        raise Refused(_("Please choose what you ask for."), field="kind")
    return kind


def _words(words: str) -> str:
    text = words.strip()
    if not text:
        raise Refused(_("Please write what you ask for."), field="words")
    if len(text) > WORDS_MAX:
        raise Refused(_("Please shorten your text to %(limit)d characters.") % {"limit": WORDS_MAX}, field="words")
    return text


@transaction.atomic
def prove_own_identity(request: DataRequest, *, acting_user: Any) -> DataRequest:
    """The person has just entered the password or used the key again, as the caller has made sure. The clock starts."""
    require_own(acting_user, request)
    return _prove(_locked(request, "prove"), DataRequest.Identity.SIGNED_IN, acting_user)


@transaction.atomic
def confirm_address(request: DataRequest, *, acting_user: None) -> DataRequest:
    """Whoever asked without an account has opened the link that only reached their address."""
    locked = DataRequest.objects.select_for_update().get(pk=request.pk)
    if locked.email_confirmed_at is None:
        locked.email_confirmed_at = timezone.now()
        _move(locked, acting_user, "")
    return locked


@transaction.atomic
def withdraw_request(request: DataRequest, *, acting_user: Any) -> DataRequest:
    """Take a request back. ``acting_user`` is None for whoever came by the link of a request without an account."""
    if request.asked_by_id is not None:
        require_own(acting_user, request)
    locked = _locked(request, "withdraw")
    locked.closed_at = timezone.now()
    return _move(locked, acting_user, "")


# By the privacy officer --------------------------------------------------------------------------


@transaction.atomic
def prove_identity(request: DataRequest, *, identity: str, account: str = "", acting_user: Any) -> DataRequest:
    """The officer has seen who asks. ``account``: the e-mail address of the account that the request is about, where
    there is one. The clock starts."""
    require_may_handle(acting_user, request)
    shown = {DataRequest.Identity.PAPERS, DataRequest.Identity.KNOWN, DataRequest.Identity.AUTHORITY}
    if identity not in shown:
        raise Refused(_("Please say how it was shown who asks."), field="identity")
    locked = _locked(request, "prove")
    if account.strip():
        people = get_user_model()
        found = people._default_manager.filter(**{f"{people.USERNAME_FIELD}__iexact": account.strip()}).first()
        if found is None:
            raise Refused(_("Nobody has an account with this address."), field="account")
        locked.subject_ref = getattr(found, "row_id", None)
    return _prove(locked, identity, acting_user)


def _prove(locked: DataRequest, identity: str, acting_user: Any) -> DataRequest:
    now = timezone.now()
    locked.identity, locked.identity_at, locked.identity_by = identity, now, acting_user
    locked.due_at = deadline("request/answer", now, jurisdiction=locked.jurisdiction)
    _move(locked, acting_user, "")
    tell_person(locked)
    return locked


@sensitive_variables("reason")
@transaction.atomic
def extend_request(request: DataRequest, *, reason: str, acting_user: Any) -> DataRequest:
    """Give the answer more time, once, before it is due; the person reads the reason."""
    require_may_handle(acting_user, request)
    locked = _locked(request, "extend")
    if locked.extended_at is not None:
        raise NotNow(_("The time has been extended once. It cannot be extended again."))
    if locked.due_at is None or locked.due_at < timezone.now():
        raise NotNow(_("The answer was due already: its time cannot be extended any more."))
    later = deadline("request/extension", locked.due_at, jurisdiction=locked.jurisdiction)
    if later is None:
        raise NotNow(_("No rule allows more time here."))
    locked.extension_reason = _words(reason)
    locked.extended_at, locked.due_at, locked.handled_by = timezone.now(), later, acting_user
    with acting(acting_user):
        locked.save()
    append_leaf(
        LeafKind.DATA_REQUEST_EXTENDED,
        locked,
        public={"due_on": timezone.localdate(later).isoformat()},
        committed={"words": locked.extension_reason},
    )
    tell_person(locked)
    return locked


@sensitive_variables("answer")
@transaction.atomic
def answer_request(request: DataRequest, *, answer: str, acting_user: Any) -> DataRequest:
    require_may_handle(acting_user, request)
    locked = _locked(request, "answer")
    return _close(locked, answer, acting_user)


@sensitive_variables("answer")
@transaction.atomic
def refuse_request(request: DataRequest, *, ground: str, answer: str, acting_user: Any) -> DataRequest:
    """Refuse with one of the legal bases of the jurisdiction, and with the reasons in this case."""
    require_may_handle(acting_user, request)
    locked = _locked(request, "refuse")
    found = {one.key: one for one in grounds(locked.jurisdiction)}.get(ground)
    if found is None:
        raise Refused(_("A refusal needs its legal basis."), field="ground")
    locked.refusal_ground, locked.refusal_basis = found.key, found.words(locked.language)[:300]
    return _close(locked, answer, acting_user)


def _close(locked: DataRequest, answer: str, acting_user: Any) -> DataRequest:
    try:
        locked.answer = _words(answer)
    except Refused as refused:
        raise Refused(str(refused), field="answer") from None
    locked.closed_at, locked.handled_by = timezone.now(), acting_user
    _move(locked, acting_user, locked.answer)
    tell_person(locked)
    return locked


# Bricks ------------------------------------------------------------------------------------------


def _locked(request: DataRequest, deed: str) -> DataRequest:
    """The request, locked and in the state that follows. Raises ``NotNow`` where its state does not allow the deed."""
    locked = DataRequest.objects.select_for_update().get(pk=request.pk)
    after = TRANSITIONS.get((locked.state, deed))
    if after is None:
        message = _("This cannot be done any more: the request is now “%(state)s”.")
        raise NotNow(message % {"state": locked.get_state_display()})
    locked.state = after
    return locked


def _move(locked: DataRequest, acting_user: Any, words: str) -> DataRequest:
    with acting(acting_user):
        locked.save()
    append_leaf(
        LeafKind.DATA_REQUEST_MOVED,
        locked,
        public={
            "state": locked.state,
            "due_on": timezone.localdate(locked.due_at).isoformat() if locked.due_at else None,
        },
        committed={"words": words},
    )
    return locked
