"""What follows when Wagtail puts a page before the public, by a reviewer's approval, directly, or on schedule."""

from typing import Any

from cms.pages.actions import publish_release_of
from cms.pages.models import DisclosurePage
from privacy.history.actor import current_actor


def page_went_live(sender: type[DisclosurePage], instance: DisclosurePage, **details: Any) -> None:
    # Wagtail also sends the signal for a page that is only scheduled.
    if instance.live:
        publish_release_of(instance, acting_user=current_actor().user)
