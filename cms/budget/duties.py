"""Separation of duties (不相容岗位分离): what one person may not do to one release alone.

Permissions say what an office may do; this says what somebody who did one thing may not do as well. The operator at
the command line is nobody in particular and is not held to it: what the operator signs off says so to every reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.checks.models import CheckOverride
from cms.budget.models import Release
from portal.errors import Closed, NotAllowed

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class Duty(Enum):
    """A step on the way of a release to the public."""

    IMPORT = "import"
    SIGN_OFF = "sign off"
    OVERRIDE = "override a check"
    PUBLISH = "publish"


@dataclass(frozen=True)
class Incompatible:
    """Whoever did ``done`` may not ``do`` as well, but where ``unless`` holds for a release and that person."""

    done: Duty
    do: Duty
    message: str | Promise
    unless: Callable[[Release, User], bool] = lambda release, user: False


def somebody_else_signed_off(release: Release, user: User) -> bool:
    return release.signed_off_by_id not in (None, user.pk)


INCOMPATIBLE = (
    Incompatible(
        Duty.IMPORT,
        Duty.SIGN_OFF,
        gettext_lazy("You imported this release: another editor or a reviewer has to sign it off."),
    ),
    Incompatible(
        Duty.IMPORT,
        Duty.PUBLISH,
        gettext_lazy("You imported this release. Somebody else has to sign it off, or another reviewer to publish it."),
        unless=somebody_else_signed_off,
    ),
    Incompatible(
        Duty.OVERRIDE,
        Duty.PUBLISH,
        gettext_lazy(
            "You answered for an error in this release. Somebody else has to sign it off, or another reviewer to "
            "publish it."
        ),
        unless=somebody_else_signed_off,
    ),
)


def did(duty: Duty, release: Release, user: User) -> bool:
    """Whether somebody took a step; of overrides, only those of errors that are still there count."""
    if duty is Duty.IMPORT:
        return release.imported_by_id == user.pk
    if duty is Duty.SIGN_OFF:
        return release.signed_off_by_id == user.pk
    standing = CheckOverride.objects.filter(finding__release=release, finding__is_current=True)
    return standing.filter(made_by=user.pk).exists()


def objection(do: Duty, release: Release, user: User | AnonymousUser | None) -> str | Promise | None:
    """Why somebody may not take a step after what they did before; None where nothing stands against it."""
    if user is None or not user.is_authenticated:
        return None
    for rule in INCOMPATIBLE:
        if rule.do is do and did(rule.done, release, user) and not rule.unless(release, user):
            return rule.message
    return None


def require_separate(do: Duty, release: Release, user: User | AnonymousUser | None) -> None:
    """Raises ``NotAllowed`` that says who has to do it instead."""
    if message := objection(do, release, user):
        raise NotAllowed(message)


def require_signed_off(release: Release) -> None:
    """Raises ``Closed`` for a release that an editor imported, or that came through the administration, as long as
    nobody answers for it. What the operator imported is answered for by whoever publishes it."""
    if release.signed_off_at:
        return
    draft = release.drafts.first()
    if draft is None and release.imported_by_id is None:
        return
    message = _(
        "Nobody has signed this release off yet. An editor or reviewer other than %(importer)s has to do that under "
        "“Import a budget” in the administration; then a reviewer can publish it."
    )
    importer = release.imported_by or _("whoever imported it")
    url = {"url": reverse("budget_imports:check", args=[draft.row_id])} if draft else {}
    raise Closed(message % {"importer": importer}, **url)


def require_ready(release: Release, user: User | AnonymousUser | None) -> None:
    """What publishing a release takes beyond the right to publish; raises ``Closed`` or ``NotAllowed``."""
    require_signed_off(release)
    require_separate(Duty.PUBLISH, release, user)
