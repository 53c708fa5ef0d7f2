"""What follows when Wagtail puts a page before the public, by a reviewer's approval, directly, or on schedule."""

from typing import Any

from django.db.models import QuerySet
from wagtail.models import Page, Revision

from cms.budget.duties import require_ready
from cms.budget.permissions import require_may_publish
from cms.pages.actions import publish_release_of, record_publication, record_withdrawal
from cms.pages.content.models import ContentPage
from cms.pages.models import DisclosurePage, InLog
from privacy.history.actor import current_actor


def page_went_live(sender: type[DisclosurePage], instance: DisclosurePage, **details: Any) -> None:
    # Asked of every edition and of scheduling too. Wagtail lets a superuser publish whoever that is; a refusal undoes
    # what the request has saved (portal.security.undone_when_refused).
    require_may_publish(current_actor().user)
    # Wagtail also sends the signal for a page that is only scheduled.
    if instance.live:
        publish_release_of(instance, acting_user=current_actor().user)
    elif not instance.release.published_at:
        # Nobody is asked on the day that it was scheduled for.
        require_ready(instance.release, current_actor().user)


def content_went_live(sender: type[Page], instance: Page, **details: Any) -> None:
    """Whatever editors write is put before the public by a reviewer, like a disclosure."""
    if isinstance(instance, ContentPage):
        require_may_publish(current_actor().user)


def edition_went_live(sender: type[Page], instance: Page, revision: Revision | None = None, **details: Any) -> None:
    """Of any page and in any way: directly, by approval, on schedule, as a translation, as a copy."""
    shown = instance.live_revision or revision
    # Of a page that is public already, the signal is also sent for an edition that only waits for its day.
    is_shown = instance.live and (revision is None or shown == revision)
    if is_shown and isinstance(instance, InLog):
        record_publication(instance, shown, acting_user=current_actor().user)


def page_was_withdrawn(sender: type[Page], instance: Page, **details: Any) -> None:
    if isinstance(instance, InLog):
        record_withdrawal(instance, acting_user=current_actor().user)


def published_editions() -> QuerySet[Revision]:
    """Every edition that is public now, each of which ought to have its leaf."""
    shown = Page.objects.filter(live=True, live_revision__isnull=False)
    return Revision.objects.filter(pk__in=shown.values("live_revision"))
