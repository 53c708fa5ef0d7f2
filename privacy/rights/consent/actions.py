"""Publishing what people are asked to agree to; agreeing, declining, taking an agreement back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.rights.consent.effects import take_effect
from privacy.rights.consent.models import PARTS, Consent, ConsentPurpose, NoticeVersion
from privacy.rights.consent.queries import latest_of
from privacy.rights.refusals import NotNow, Refused


@transaction.atomic
def publish_notice(purpose: str, content: Mapping[str, str], *, acting_user: Any) -> NoticeVersion:
    """Make a version of the notice for ``purpose``. ``content``: each of ``PARTS``, and with ``_en`` in English.

    Whoever calls has asked whether ``acting_user`` may publish. The same text again is the same version. Raises
    ``Refused`` where a part is empty in one of the languages.
    """
    names = [name for part in PARTS for name in (part, f"{part}_en")]
    said = {name: content.get(name, "").strip() for name in names}
    if missing := [name for name in names if not said[name]]:
        raise Refused(_("The notice has to be whole in both languages."), field=missing[0])
    text = canonical(said)
    newest = NoticeVersion.objects.current(ConsentPurpose(purpose))
    digest = hashlib.sha256(text.encode()).hexdigest()
    if newest is not None and newest.sha256 == digest:
        return newest
    made: NoticeVersion = NoticeVersion.objects.create(
        purpose=purpose, version=newest.version + 1 if newest else 1, content=said, sha256=digest
    )
    append_leaf(
        LeafKind.NOTICE_PUBLISHED,
        made,
        public={"purpose": made.purpose, "version": made.version, "notice_sha256": digest},
        committed={},
    )
    return made


@transaction.atomic
def give_consent(purpose: str, *, notice_sha256: str, method: str = Consent.Method.PAGE, acting_user: Any) -> Consent:
    """Agree to the notice that was shown, which ``notice_sha256`` names.

    Raises ``NotNow`` where another text has been published since: nobody agrees to what they have not read.
    """
    notice = _notice(purpose)
    if notice.sha256 != notice_sha256:
        raise NotNow(_("The text has changed in the meantime. Please read the new one and decide again."))
    return _record(notice, Consent.State.GIVEN, method, acting_user)


@transaction.atomic
def decline_consent(purpose: str, *, method: str = Consent.Method.PAGE, acting_user: Any) -> Consent:
    """Say no to what was asked, which is kept so that nobody asks again and again."""
    return _record(_notice(purpose), Consent.State.DECLINED, method, acting_user)


@transaction.atomic
def withdraw_consent(purpose: str, *, method: str = Consent.Method.PAGE, acting_user: Any) -> Consent:
    """Take an agreement back, as easily as it was given: no reason, no question. It takes effect at once.

    Also where nobody was ever asked: what the portal does without a record ends just the same.
    """
    latest = latest_of(acting_user.row_id, purpose)
    return _record(latest.notice if latest else _notice(purpose), Consent.State.WITHDRAWN, method, acting_user)


def _notice(purpose: str) -> NoticeVersion:
    notice = NoticeVersion.objects.current(purpose) if purpose in ConsentPurpose.values else None
    if notice is None:
        raise Refused(_("There is nothing to agree to at the moment."))
    return notice


def _record(notice: NoticeVersion, state: str, method: str, person: Any) -> Consent:
    if not getattr(person, "is_authenticated", False):
        raise PermissionDenied
    # Two answers of one person at once wait for each other, so that the last one is the one that counts.
    locked = get_user_model()._default_manager.select_for_update().get(pk=person.pk)
    latest = latest_of(locked.row_id, notice.purpose)
    if latest is not None and (latest.state, latest.notice_sha256) == (state, notice.sha256):
        return latest
    made: Consent = Consent.objects.create(
        person_ref=locked.row_id,
        notice=notice,
        purpose=notice.purpose,
        notice_sha256=notice.sha256,
        state=state,
        method=Consent.Method(method),
        language=get_language() or "",
    )
    append_leaf(
        LeafKind.CONSENT_RECORDED,
        made,
        public={"purpose": made.purpose, "state": made.state, "notice_sha256": made.notice_sha256},
        committed={"person": str(locked.row_id)},
    )
    take_effect(notice.purpose, locked, state == Consent.State.GIVEN)
    return made
