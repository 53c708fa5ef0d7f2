"""Confirming who a citizen is: the telephone by a code, the residence by an officer or by the roster."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.stakeholders.levels import sms
from participation.stakeholders.levels.models import PhoneCode, ResidentCheck, Roster, RosterEntry
from participation.stakeholders.levels.roster import PROBLEMS_SHOWN, number_index, read_roster
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_confirmed, require_privacy_officer, require_right
from participation.stakeholders.revealing import Opened, open_values
from participation.stakeholders.sealed_values import holds, own_text
from portal.charter.matrix import Act
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.rates import spend
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing.index import find_by_sealed
from privacy.sealing.opening import unrecorded

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
ENTRIES_AT_ONCE = 5000
NOTE_MAX_CHARS = 300
Status = ResidentCheck.Status


# Telephone ----------------------------------------------------------------------------------------------


@sensitive_variables()
def _hashed(person: User, number: str, code: str) -> str:
    # Bound to the number: a code that went to an earlier one proves nothing about this.
    message = f"{person.row_id}:{number}:{code}"
    return salted_hmac("participation.phone_code", message, algorithm="sha256").hexdigest()


@sensitive_variables()
@transaction.atomic
def send_phone_code(*, acting_user: User) -> None:
    """Send a code to the telephone number of the profile; an earlier code is worth nothing any more.

    The message leaves on commit. Raises ``Closed`` where no gateway is configured or it does not answer.
    """
    person = User.objects.select_for_update().get(pk=require_confirmed(acting_user).pk)
    if not sms.is_configured():
        raise Closed(_("This site cannot send codes to telephones."))
    with unrecorded():
        number = own_text(person, "phone")
    if not number:
        raise Invalid(_("Please enter your telephone number in your profile first."), field="phone")
    if person.phone_verified_at is not None:
        raise Conflict(_("Your telephone number is confirmed already."))
    spend("phone_code", f"person {person.pk}")
    spend("phone_code", salted_hmac("participation.phone_code.rate", number, algorithm="sha256").hexdigest())
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    PhoneCode.objects.update_or_create(
        person=person,
        defaults={
            "code_hash": _hashed(person, number, code),
            "expires_at": timezone.now() + CODE_LIFETIME,
            "tries": 0,
        },
    )
    text = gettext("%(code)s is your code. It is valid for 10 minutes. Nobody from this site will ask you for it.")
    transaction.on_commit(partial(_send, number, text % {"code": code}))


@sensitive_variables()
def _send(number: str, text: str) -> None:
    try:
        sms.send(number, text)
    except sms.SmsNotSent:
        raise Closed(_("The code could not be sent. Please try again later.")) from None


@sensitive_variables()
def confirm_phone(code: str, *, acting_user: User) -> User:
    """Confirm the telephone number with the code that was sent to it.

    Raises ``Invalid`` for a wrong code, after five of them and after ten minutes. A wrong try is counted for good, so
    the refusal is raised outside of the transaction that counts it.
    """
    spend("phone_try", str(acting_user.pk))
    with transaction.atomic():
        person, is_right = _try_code(require_confirmed(acting_user), "".join(code.split()))
    if not is_right:
        raise Invalid(
            _("This is not the code, or it is no longer valid. Compare it, or have a new one sent."), field="code"
        )
    return person


@sensitive_variables()
def _try_code(acting_user: User, code: str) -> tuple[User, bool]:
    person = User.objects.select_for_update().get(pk=acting_user.pk)
    sent = PhoneCode.objects.filter(person=person, expires_at__gt=timezone.now(), tries__lt=CODE_TRIES).first()
    if sent is None:
        return person, False
    with unrecorded():
        number = own_text(person, "phone")
    if not number or not constant_time_compare(sent.code_hash, _hashed(person, number, code)):
        sent.tries += 1
        sent.save(update_fields=["tries"])
        return person, False
    sent.delete()
    person.phone_verified_at = timezone.now()
    with acting(person):
        person.save()
    return person, True


# Residence ----------------------------------------------------------------------------------------------


@transaction.atomic
def ask_resident_check(*, note: str = "", acting_user: User) -> ResidentCheck:
    """Ask an officer to compare the identity number of the profile with one's papers."""
    person = _with_number(acting_user)
    if len(note.strip()) > NOTE_MAX_CHARS:
        raise Invalid(_("Please shorten your text to %(limit)d characters.") % {"limit": NOTE_MAX_CHARS}, field="note")
    check = _begun(person, note=note.strip())
    _append(check)
    return check


@sensitive_variables()
@transaction.atomic
def check_against_roster(*, acting_user: User) -> ResidentCheck:
    """Confirm the residence of somebody whose identity number stands in the roster in use.

    Raises ``Invalid``, in the same words whether the number is not in the roster or confirmed for another account:
    nobody finds out from it whose account there is.
    """
    person = _with_number(acting_user)
    spend("identity", str(person.pk))
    with unrecorded():
        normal = number_index().normalise(own_text(person, "identity_number")) or ""
    entries = RosterEntry.objects.filter(
        roster__status=Roster.Status.IN_USE, number_index__in=number_index().entries(normal)
    )
    # Of two accounts with the same number, the second waits here for the first.
    entry = entries.select_for_update(of=("self",)).first()
    others = find_by_sealed(User.objects.exclude(pk=person.pk), "identity_number", normal)
    if entry is None or others.filter(resident_checks__status=Status.CONFIRMED).exists():
        raise Invalid(_("Your residence could not be confirmed from the roster. Please ask an officer to check it."))
    check = _begun(
        person, status=Status.CONFIRMED, method=ResidentCheck.Method.ROSTER, decided_at=timezone.now(), replace=True
    )
    _append(check)
    return check


def _with_number(acting_user: User) -> User:
    person = User.objects.select_for_update().get(pk=require_confirmed(acting_user).pk)
    if not holds(person, "identity_number"):
        raise Invalid(_("Please enter your identity number in your profile first."), field="identity_number")
    return person


def _begun(person: User, *, replace: bool = False, **values: object) -> ResidentCheck:
    open_check = ResidentCheck.objects.filter(person=person, status__in=(Status.ASKED, Status.CONFIRMED)).first()
    if open_check is not None and not (replace and open_check.status == Status.ASKED):
        raise Conflict(_("Your residence is confirmed already, or waits for its check."))
    check = open_check or ResidentCheck(person=person)
    for name, value in values.items():
        setattr(check, name, value)
    with acting(person):
        check.save()
    return check


def _append(check: ResidentCheck) -> None:
    append_leaf(
        LeafKind.RESIDENT_CHECKED,
        check,
        public={"status": check.status, "method": check.method},
        committed={"reason": check.reason},
    )


@transaction.atomic
def decide_resident_check(check: ResidentCheck, *, accept: bool, reason: str, acting_user: User) -> ResidentCheck:
    """Confirm or refuse what somebody asked for, or take a confirmation back. Never for oneself."""
    require_right(acting_user, Act.CHECK_RESIDENCE)
    locked = ResidentCheck.objects.select_for_update().get(pk=check.pk)
    if locked.person_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    expected = (Status.ASKED,) if accept else (Status.ASKED, Status.CONFIRMED)
    if locked.status not in expected:
        raise Conflict
    if not accept and not reason.strip():
        raise Invalid(_("Please give the reason: the person reads it."), field="reason")
    taken_back = Status.ENDED if locked.status == Status.CONFIRMED else Status.REFUSED
    locked.status = Status.CONFIRMED if accept else taken_back
    locked.reason, locked.decided_by, locked.decided_at = reason.strip(), acting_user, timezone.now()
    with acting(acting_user, reason=reason.strip()):
        locked.save()
    _append(locked)
    return locked


@transaction.atomic
def end_resident_check(person: User, *, acting_user: User) -> None:
    """The identity number has changed: what was confirmed was another one. Part of ``change_profile``."""
    for check in ResidentCheck.objects.select_for_update().filter(
        person=person, status__in=(Status.ASKED, Status.CONFIRMED)
    ):
        check.status, check.decided_at = Status.ENDED, timezone.now()
        check.reason = gettext("The identity number was changed.")
        with acting(acting_user, reason=check.reason):
            check.save()
        _append(check)


@sensitive_variables()
def open_resident_values(check: ResidentCheck, name: str, *, purpose: str, acting_user: User) -> list[Opened]:
    """Open the real name or the identity number of whoever waits for a check. Not within a transaction."""
    require_right(acting_user, Act.CHECK_RESIDENCE)
    if check.person_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if check.status != Status.ASKED:
        raise Conflict(_("This has been decided already, so there is nothing left to compare."))
    return open_values(check.person, [name], purpose=purpose, acting_user=acting_user)


# The roster ---------------------------------------------------------------------------------------------


@sensitive_variables()
@transaction.atomic
def load_roster(upload: UploadedFile, *, title: str, source: str, acting_user: User) -> Roster:  # type: ignore[type-arg]
    """Read a roster for a look at it before it is used. What is kept of each number says nothing about it."""
    officer = require_privacy_officer(acting_user)
    if not title.strip() or not source.strip():
        raise Invalid(_("Please say what this roster is and who issued it."), field="title")
    found = read_roster(upload)
    roster = Roster(
        title=title.strip(),
        source=source.strip(),
        rows_read=found.rows_read,
        problems=found.problems[:PROBLEMS_SHOWN],
        loaded_by=officer,
    )
    with acting(officer):
        roster.save()
    RosterEntry.objects.bulk_create(
        (RosterEntry(roster=roster, number_index=entry) for entry in sorted(found.entries)), ENTRIES_AT_ONCE
    )
    _append_roster(roster, len(found.entries))
    return roster


@transaction.atomic
def use_roster(roster: Roster, *, acting_user: User) -> Roster:
    """Put a roster that was looked at to use, in place of the one before."""
    officer = require_privacy_officer(acting_user)
    locked = Roster.objects.select_for_update().get(pk=roster.pk)
    count = locked.entries.count()
    if locked.status != Roster.Status.PREVIEW:
        raise Conflict
    if not count:
        raise Invalid(_("There is no valid number in this roster."))
    earlier = Roster.objects.select_for_update().filter(status=Roster.Status.IN_USE).first()
    try:
        with transaction.atomic(), acting(officer):
            if earlier is not None:
                earlier.status = Roster.Status.REPLACED
                earlier.save()
                earlier.entries.all().delete()
            locked.status = Roster.Status.IN_USE
            locked.save()
    except IntegrityError:
        raise Conflict from None
    _append_roster(locked, count, *([earlier] if earlier else []))
    return locked


@transaction.atomic
def discard_roster(roster: Roster, *, acting_user: User) -> None:
    """Throw a roster away that was only looked at."""
    officer = require_privacy_officer(acting_user)
    locked = Roster.objects.select_for_update().get(pk=roster.pk)
    if locked.status != Roster.Status.PREVIEW:
        raise Conflict
    locked.entries.all().delete()
    locked.status = Roster.Status.REPLACED
    with acting(officer):
        locked.save()
    _append_roster(locked, 0)


def _append_roster(roster: Roster, count: int, *also: Roster) -> None:
    append_leaf(
        LeafKind.ROSTER_CHANGED,
        roster,
        public={"status": roster.status, "entries": count},
        committed={"title": roster.title, "source": roster.source},
        also=also,
    )
