"""What follows when Wagtail puts a page before the public, by a reviewer's approval, directly, or on schedule."""

from typing import Any

from cms.budget.permissions import require_may_publish
from cms.pages.actions import publish_release_of
from cms.pages.models import DisclosurePage
from privacy.history.actor import current_actor


def page_went_live(sender: type[DisclosurePage], instance: DisclosurePage, **details: Any) -> None:
    # Asked of every edition and of scheduling too. Wagtail lets a superuser publish whoever that is; a refusal undoes
    # what the request has saved (portal.security.undone_when_refused).
    require_may_publish(current_actor().user)
    # Wagtail also sends the signal for a page that is only scheduled.
    if instance.live:
        publish_release_of(instance, acting_user=current_actor().user)
