"""Publishing what an editor has written about a release, and recording what became public or was withdrawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.coreutils import find_available_slug
from wagtail.models import Locale, Page, Revision

from cms.budget.actions import publish_release
from cms.budget.checks import require_publishable
from cms.budget.models import Release
from cms.budget.permissions import require_may_publish
from cms.figures.kept import keep_after_commit
from cms.pages.models import DisclosureIndexPage, DisclosurePage
from portal.errors import Conflict
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.log.states import row_of, subject_of

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

    Its second language, a later edition of the page, and a reviewer who was a moment faster all find it public; what
    such an edition says is checked all the same. Raises ``Conflict`` where a check found an error.
    """
    release = Release.objects.select_for_update().get(pk=page.release_id)
    if release.published_at is None:
        publish_release(release, acting_user=acting_user)
    else:
        require_publishable(release)
        keep_after_commit(release)


# What a leaf about an edition is bound to; the other columns of a revision change with the edition after it.
REVISION_COLUMNS = ("object_id", "content")


@transaction.atomic
def record_publication(page: Page, revision: Revision | None, *, acting_user: User | None) -> None:
    """Leave a leaf about the edition of ``page`` that has just become public.

    Who may publish was asked by whoever did; ``acting_user`` is not named in the log, and stands in Wagtail's own.
    ``revision`` is None only for a copy that never was a draft.
    """
    if revision:
        # As it is stored: the one at hand may still hold dates where JSON has text.
        content = Revision.objects.values_list("content", flat=True).get(pk=revision.pk)
    else:
        content = json.loads(page.to_json())
    append_leaf(
        LeafKind.PAGE_PUBLISHED,
        page,
        public={**_page_facts(page), "revision": revision.pk if revision else None},
        committed={"content": canonical(content)},
        also=[row_of(revision, subject_of(page), REVISION_COLUMNS)] if revision else (),
    )


@transaction.atomic
def record_withdrawal(page: Page, *, acting_user: User | None) -> None:
    """Leave a leaf about a page that is public no more."""
    append_leaf(
        LeafKind.PAGE_UNPUBLISHED,
        page,
        public={**_page_facts(page), "revision": None},
        committed={},
    )


def _page_facts(page: Page) -> dict[str, str]:
    return {"translation_key": str(page.translation_key), "locale": page.locale.language_code}
