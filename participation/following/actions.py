"""Following, being told, and choosing how often. ``announce`` is the way in for every other room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.following.kinds import DEFAULTS, PERSONAL, SENTENCES, WORDS, Cadence, Kind
from participation.following.models import Announcement, Follow, Notification, Preference
from participation.following.subjects import FOLLOWABLE, find, subject_of
from participation.following.telling import is_of_the_past, tell
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import Invalid, TooManyRequests
from privacy.rights.consent.actions import withdraw_consent
from privacy.rights.consent.models import Consent, ConsentPurpose
from privacy.rights.consent.queries import has_agreed

FOLLOWS_MAX = 2000


@transaction.atomic
def announce(
    kind: str,
    about: Any,
    *,
    to: Iterable[User] | User | None = None,
    of: Iterable[Any] = (),
    words: Mapping[str, str] | None = None,
    url: str = "",
    key: str = "",
    acting_user: User | None = None,
) -> Announcement | None:
    """Tell people, after the present transaction, that something happened to the record ``about``.

    Told are ``to``, and whoever follows ``about`` or one of the records ``of``; never ``acting_user``, who did it.
    Followers are told only of what everybody may see, and nothing that is ``PERSONAL``. ``words``: keys of
    ``kinds.WORDS``, no text that anybody wrote.
    ``url``: a path, where it is not the page of ``about``. The same ``key`` is announced once: None the second time,
    and for what is ``telling.of_the_past``.

    Raises ``ValueError`` for a kind, step or word outside the vocabulary, and for a record that nobody is told about.
    """
    said = {name: str(value) for name, value in (words or {}).items()}
    if (kind, said.get("step", "")) not in SENTENCES or not said.keys() <= WORDS:
        raise ValueError(f"no words for {kind} {sorted(said.items())}")
    subject, row_id = subject_of(about)
    if is_of_the_past():
        return None
    people = [to] if isinstance(to, User) else list(to or ())
    is_personal = (kind, said.get("step", "")) in PERSONAL
    followed = {subject_of(record) for record in (about, *of) if record is not None and not is_personal}
    announcement, is_new = Announcement.objects.get_or_create(
        key=uuid5(NAMESPACE_URL, f"{kind} {row_id} {key}") if key else uuid4(),
        defaults={
            "kind": Kind(kind),
            "subject": subject,
            "row_id": row_id,
            "words": said,
            "url": url,
            "people": sorted({person.pk for person in people}),
            "followed": sorted([str(each), str(number)] for each, number in followed if each in FOLLOWABLE),
            "by": acting_user,
        },
    )
    if not is_new:
        return None
    # Robust: what was committed stays committed. What is not told now, regular work tells later.
    transaction.on_commit(lambda: tell.enqueue(announcement.pk), robust=True)
    return announcement


@transaction.atomic
def follow(subject: str, row_id: UUID, *, acting_user: User) -> Follow:
    """Be told from now on what happens to a record that one may see. Following twice is following once."""
    person = require_person(acting_user)
    find(subject, row_id, person)
    if person.follows.count() >= FOLLOWS_MAX:
        raise TooManyRequests(_("You follow very many things already. Please end some of them first."))
    return Follow.objects.get_or_create(person=person, subject=subject, row_id=row_id)[0]


@transaction.atomic
def follow_own(record: Any, *, acting_user: User) -> None:
    """Whoever wrote something is told what becomes of it, until they end it."""
    subject, row_id = subject_of(record)
    Follow.objects.get_or_create(person=acting_user, subject=subject, row_id=row_id)


@transaction.atomic
def unfollow(subject: str, row_id: UUID, *, acting_user: User) -> None:
    """Not to be told any more; also of what one may not see any more."""
    Follow.objects.visible_to(require_person(acting_user)).filter(subject=subject, row_id=row_id).delete()


@transaction.atomic
def mark_read(*, only: UUID | None = None, acting_user: User) -> int:
    """Mark one notification, or all of them, as read. Returns how many were unread."""
    unread = Notification.objects.visible_to(require_person(acting_user)).unread()
    if only is not None:
        unread = unread.filter(row_id=only)
    marked: int = unread.update(read_at=timezone.now())
    return marked


@transaction.atomic
def choose_cadence(chosen: Mapping[str, str], *, acting_user: User) -> None:
    """``chosen``: kind -> ``Cadence``. Kinds that are left out stay as they are.

    What waits for a digest is not mailed after all where the choice is now none.
    """
    person = require_person(acting_user)
    for kind, cadence in chosen.items():
        if kind not in Kind.values or cadence not in Cadence.values:
            raise Invalid(_("Please choose how often you want to be told."), field=kind)
        Preference.objects.update_or_create(person=person, kind=kind, defaults={"cadence": cadence})


@transaction.atomic
def stop_mail(scope: str, *, acting_user: User) -> list[str]:
    """End e-mail to a person: of one kind, of all in the ``daily`` or ``weekly`` digest, or of ``all``.

    Everything goes on being told on the page of notifications. Returns the kinds that were mailed until now.
    """
    chosen = {**DEFAULTS, **dict(Preference.objects.filter(person=acting_user).values_list("kind", "cadence"))}
    mailed = [kind for kind in Kind.values if chosen[kind] not in (Cadence.HERE, Cadence.NEVER)]
    ended = [kind for kind in mailed if scope in ("all", kind, chosen[kind])]
    choose_cadence(dict.fromkeys(ended, Cadence.HERE), acting_user=acting_user)
    # Who wants no letter at all takes the agreement back; where it was never asked for, there is nothing to take back.
    if scope == "all" and has_agreed(acting_user, ConsentPurpose.NOTIFICATIONS):
        withdraw_consent(ConsentPurpose.NOTIFICATIONS, method=Consent.Method.MAIL_LINK, acting_user=acting_user)
    return ended
