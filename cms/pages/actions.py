"""Publishing what an editor has written about a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.coreutils import find_available_slug
from wagtail.models import Locale

from cms.budget.actions import publish_release
from cms.budget.models import Release
from cms.budget.permissions import require_may_publish
from cms.pages.models import DisclosureIndexPage, DisclosurePage
from portal.errors import Conflict
from privacy.history.actor import acting

if TYPE_CHECKING:
    from participation.stakeholders.models import User


@transaction.atomic
def publish_disclosure(
    *, release: Release, title: str, title_en: str, summary: str, summary_en: str, acting_user: User | None
) -> DisclosurePage:
    """Write and publish the page about a release in both languages; answers with the one in the default language.

    Raises ``Conflict`` where the release has a page already. ``acting_user`` is a reviewer, or None for the operator.
    """
    require_may_publish(acting_user)
    release = Release.objects.select_for_update().get(pk=release.pk)
    if release.pages.exists():
        raise Conflict(_("There is already a page about this release."))
    default, *others = [Locale.objects.get(language_code=code) for code, _name in settings.LANGUAGES]
    index = DisclosureIndexPage.objects.get(locale=default)
    government = slugify(release.government.name_en) or str(release.government_id)
    slug = f"{release.fiscal_year}-{government}" + (f"-v{release.version}" if release.version > 1 else "")
    page = DisclosurePage(
        title=title, summary=summary, release=release, slug=find_available_slug(index, slug), locale=default
    )
    with acting(acting_user):
        index.add_child(instance=page)
        page.save_revision(user=acting_user).publish(user=acting_user, skip_permission_checks=True)
        for locale in others:
            translation = page.copy_for_translation(locale)
            translation.title = translation.draft_title = title_en
            translation.summary = summary_en
            translation.save_revision(user=acting_user).publish(user=acting_user, skip_permission_checks=True)
    return page


@transaction.atomic
def publish_release_of(page: DisclosurePage, *, acting_user: User | None) -> None:
    """Publish the release behind a page that has just gone live, unless it is public already.

    Its second language, a later edition of the page, and a reviewer who was a moment faster all find it public.
    """
    release = Release.objects.select_for_update().get(pk=page.release_id)
    if release.published_at is None:
        publish_release(release, acting_user=acting_user)
