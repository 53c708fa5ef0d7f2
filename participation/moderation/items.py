"""What can be moderated: one place that knows how the kinds of input differ, so that nothing else has to.

Feedback, evaluations and messages, those of discussions outside of a consultation too. A kind of a later room gets a
column in ``models.AboutItem`` and a name in ``models.KINDS``, and is registered here when the app is ready.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from participation.consultations.actions import hide_contribution, restore_contribution
from participation.consultations.models import Consultation
from participation.consultations.stages import Deed, require
from participation.discussion.actions import moderate_message
from participation.discussion.models import Event
from participation.discussion.places import require_moderator_of, title_of
from participation.discussion.queries import message_found
from participation.evaluations.models import Evaluation
from participation.evaluations.queries import evaluation_found
from participation.feedback.queries import feedback_found
from participation.moderation.models import HouseRule, Item
from participation.stakeholders.models import Organisation, User
from participation.stakeholders.permissions import require_right
from portal.charter.matrix import Act
from portal.errors import NotFound
from portal.ui.furniture import local

FIND: dict[str, Callable[[Any, UUID], Item]] = {
    "feedback": feedback_found,
    "evaluation": evaluation_found,
    "message": message_found,
}


@dataclass(frozen=True)
class LaterKind:
    """A kind of input of a later room, with how it is found, hidden and shown.

    Its records have ``author``, ``organisation``, ``stakeholder_group``, ``consultation`` (or None), ``status``,
    ``is_hidden``, ``is_held``, ``created``, ``reference`` and ``public_name``. ``text`` and ``place`` name the columns
    of its words and of what it is said about, which has a title; ``related``, what telling of it asks for.
    """

    model: Any
    find: Callable[[Any, UUID], Any]
    text: str
    place: str
    related: tuple[str, ...]
    # None: as every contribution.
    hide: Callable[..., Any] | None = None
    show: Callable[..., Any] | None = None


LATER: dict[str, LaterKind] = {}


def register(name: str, kind: LaterKind) -> None:
    """Called once, when the app is ready. ``name``: one of ``models.KINDS``."""
    LATER[name] = kind
    FIND[name] = kind.find


def later_kind_of(item: Item) -> LaterKind | None:
    return next((kind for kind in LATER.values() if isinstance(item, kind.model)), None)


def item_found(user: User | AnonymousUser, kind: str, row_id: UUID) -> Item:
    """Something that was said. Raises ``NotFound`` where ``user`` may not see it."""
    if kind not in FIND:
        raise NotFound
    return FIND[kind](user, row_id)


def kind_of(item: Item) -> str:
    """The name of its kind in addresses, and of the column that points to it."""
    for name, kind in LATER.items():
        if isinstance(item, kind.model):
            return name
    return "message" if isinstance(item, Event) else str(item._meta.model_name)


def author_of(item: Item) -> User:
    return item.actor if isinstance(item, Event) else item.author


def public_name_of(item: Item) -> str:
    return item.actor.display_name if isinstance(item, Event) else item.public_name


def organisation_of(item: Item) -> Organisation | None:
    return item.organisation


def consultation_of(item: Item) -> Consultation | None:
    """None for what is said about a disclosure or a programme."""
    return item.room.context if isinstance(item, Event) else item.consultation


def place_of(item: Item) -> Any:
    """What it is said about: a consultation, or whatever else has a discussion."""
    if (kind := later_kind_of(item)) is not None:
        return getattr(item, kind.place)
    return item.room.about if isinstance(item, Event) else item.consultation


def place_name_of(item: Item) -> str:
    return title_of(place_of(item)) if isinstance(item, Event) else local(place_of(item), "title")


def require_moderator_for(user: Any, item: Item) -> User:
    """Whoever moderates where it was said."""
    if isinstance(item, Event):
        return require_moderator_of(user, place_of(item))
    if item.consultation is None:
        return require_right(user, Act.MODERATE)
    return require(user, Deed.MODERATE, item.consultation)


def text_of(item: Item) -> str:
    if (kind := later_kind_of(item)) is not None:
        return str(getattr(item, kind.text))
    return item.reasoning if isinstance(item, Evaluation) else item.body


def reference_of(item: Item) -> str:
    return f"#{item.seq}" if isinstance(item, Event) else item.reference


def address_of(item: Item) -> str:
    return item.get_absolute_url()


def is_public(item: Item) -> bool:
    return not (item.is_hidden or item.is_held)


def hide(item: Item, *, rule: HouseRule, reason: str, acting_user: User) -> None:
    cited = f"{rule}\n{reason}"
    if (kind := later_kind_of(item)) is not None and kind.hide is not None:
        kind.hide(item, rule=rule.number, reason=cited, acting_user=acting_user)
    elif isinstance(item, Event):
        moderate_message(item, rule=rule.number, reason=cited, acting_user=acting_user)
    else:
        hide_contribution(item, rule=rule.number, reason=cited, acting_user=acting_user)


def show(item: Item, *, reason: str, acting_user: User) -> None:
    if (kind := later_kind_of(item)) is not None and kind.show is not None:
        kind.show(item, reason=reason, acting_user=acting_user)
    elif isinstance(item, Event):
        moderate_message(item, rule=None, reason=reason, acting_user=acting_user)
    else:
        restore_contribution(item, reason=reason, acting_user=acting_user)
