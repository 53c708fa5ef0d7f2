"""Handing a page about a release to those who may publish it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.coreutils import find_available_slug
from wagtail.models import Locale

from cms.budget.models import Release
from cms.budget.permissions import require_may_import
from cms.pages.models import DisclosureIndexPage, DisclosurePage
from portal.errors import Conflict, NotFound
from privacy.history.actor import acting

if TYPE_CHECKING:
    from participation.stakeholders.models import User


@transaction.atomic
def submit_disclosure(release: Release, *, title: str, summary: str, acting_user: User) -> DisclosurePage:
    """A draft page about ``release`` in the default language, handed to the review.

    Raises ``Conflict`` where the release has a page already. Publishing the page publishes the release.
    """
    require_may_import(acting_user)
    release = Release.objects.select_for_update(of=("self",)).select_related("government").get(pk=release.pk)
    if release.pages.exists():
        raise Conflict(_("There is already a page about this release."))
    locale = Locale.objects.get(language_code=settings.LANGUAGES[0][0])
    index = DisclosureIndexPage.objects.filter(locale=locale).first()
    if index is None:
        raise NotFound(_("The site has no list of disclosures yet: run build_site first."))
    government = slugify(release.government.name_en) or str(release.government_id)
    slug = f"{release.fiscal_year}-{government}" + (f"-v{release.version}" if release.version > 1 else "")
    page = DisclosurePage(
        title=title,
        summary=summary,
        release=release,
        slug=find_available_slug(index, slug),
        locale=locale,
        live=False,
        has_unpublished_changes=True,
        owner=acting_user,
    )
    with acting(acting_user):
        index.add_child(instance=page)
        page.save_revision(user=acting_user)
        if workflow := page.get_workflow():
            workflow.start(page, acting_user)
    return page
