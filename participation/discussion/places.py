"""What a room can be about: who may see it, speak and moderate there, and how it is called."""

from __future__ import annotations

from operator import attrgetter
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from participation.consultations.models import Stage, WayIn
from participation.consultations.stages import Deed, Offer, Verdict, offer, require
from participation.discussion.models import PLACES, Room, consultation_of
from participation.stakeholders.models import Role, StakeholderGroup, User
from participation.stakeholders.permissions import require_confirmed, require_role
from participation.stakeholders.queries import standings_of
from portal.errors import GongzhiError, NotFound
from portal.ui.furniture import local
from privacy import statements

Reader = User | AnonymousUser

SPEAK = {
    "consultation": Deed.POST_MESSAGE,
    "evaluation": Deed.POST_MESSAGE,
    "task": Deed.SPEAK_ON_TASK,
}
# What has no room, and whose pages are told live that something changed.
WATCHED = {"meeting": "participation.Meeting"}
NEEDED = {
    "consultation": ("release__government", "department", "programme"),
    "release": ("government",),
    "programme": ("department__government",),
    "evaluation": ("consultation__release", "programme", "organisation"),
    "task": (
        "finding__answer__consultation__release",
        "finding__evaluation_finding__evaluation__consultation__release",
        "department",
    ),
}


def kind_of(about: Any) -> str:
    return next(kind for kind, label in PLACES.items() if about._meta.label == label)


def places(user: Reader, kind: str) -> QuerySet[Any]:
    """What ``user`` may see of a kind, with all that deciding who may speak there asks for."""
    found = apps.get_model(PLACES[kind])._default_manager.visible_to(user).select_related(*NEEDED[kind])
    return found.prefetch_related("stages", "ways_in") if kind == "consultation" else found


def public_place(kind: str, pk: int) -> Any:
    """The thing as everybody may see it at this moment, to be spoken about; None where not everybody may."""
    found = apps.get_model(PLACES[kind])._default_manager.visible_to(AnonymousUser()).filter(pk=pk)
    if kind != "consultation":
        return found.select_related(*NEEDED[kind]).first()
    consultation = next(iter(found.order_by()[:1]), None)
    if consultation is not None:
        related_models: tuple[tuple[str, Any], ...] = (("stages", Stage), ("ways_in", WayIn))
        for name, model in related_models:
            related = getattr(consultation, name).all()
            # As prefetch_related does, for a price that is paid with every message.
            rows = statements.rows(model, consultation_id=[pk])
            related._result_cache = sorted(rows, key=attrgetter(*model._meta.ordering))
            consultation.__dict__.setdefault("_prefetched_objects_cache", {})[name] = related
    return consultation


def place_found(user: Reader, kind: str, row_id: UUID) -> Any:
    """The thing that a room is about. Raises ``NotFound`` where ``user`` may not see it."""
    about = places(user, kind).filter(row_id=row_id).first() if kind in PLACES else None
    if about is None:
        raise NotFound
    return about


def require_watched(user: Reader, kind: str, row_id: UUID) -> None:
    """Pages about such a record only listen. Raises ``NotFound`` where ``user`` may not see it."""
    model = apps.get_model(WATCHED[kind]) if kind in WATCHED else None
    if model is None or not model._default_manager.visible_to(user).filter(row_id=row_id).exists():
        raise NotFound


def require_speaker(user: Reader | None, about: Any, group: str) -> User:
    """Whoever may speak there for ``group``. Of disclosures and programmes: everybody with a confirmed address."""
    kind = kind_of(about)
    consultation = consultation_of(kind, about)
    if consultation is None:
        return require_confirmed(user)
    return require(user, SPEAK[kind], consultation, group=StakeholderGroup(group))


def require_moderator_of(user: Reader | None, about: Any) -> User:
    consultation = consultation_of(kind_of(about), about)
    if consultation is None:
        return require_role(user, Role.MODERATOR)
    return require(user, Deed.MODERATE, consultation)


def may_moderate(user: Reader, about: Any) -> bool:
    try:
        require_moderator_of(user, about)
    except GongzhiError:
        return False
    return True


def offer_for(user: Reader, about: Any) -> Offer:
    """For which sides ``user`` may speak there now; with none, why not and what would help."""
    kind = kind_of(about)
    consultation = consultation_of(kind, about)
    if consultation is not None:
        return offer(user, SPEAK[kind], consultation)
    try:
        return Offer(Verdict(), tuple(standings_of(require_confirmed(user))))
    except GongzhiError as error:
        return Offer(Verdict(error))


def holds_everything(about: Any) -> bool:
    """Whether all that is handed in there waits until a moderator has looked at it."""
    consultation = consultation_of(kind_of(about), about)
    return consultation is not None and consultation.holds_input


def room_of(about: Any) -> Room | None:
    return Room.objects.filter(**{kind_of(about): about}).first()


def title_of(about: Any) -> str:
    """How the thing is called, in the language of the reader."""
    kind = kind_of(about)
    if kind == "release":
        return f"{local(about.government, 'name')} {about.fiscal_year}"
    if kind == "evaluation":
        return f"{about.reference} {local(about.programme, 'name')}"
    return str(local(about, "name" if kind == "programme" else "title"))


def visible_in_public(about: Any) -> bool:
    return type(about)._default_manager.visible_to(AnonymousUser()).filter(pk=about.pk).exists()
