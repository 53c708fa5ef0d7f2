"""Translating pages in the administration (wagtail-localize), so that nothing goes round the reviewers.

Handing a page to translation makes a draft. Whoever may publish puts it live; everybody else submits it for review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wagtail.models import Page
from wagtail_localize.models import Translation
from wagtail_localize.views.update_translations import UpdateTranslationsView

from portal.errors import NotAllowed

if TYPE_CHECKING:
    from participation.stakeholders.models import User


def translation_into(page: Page) -> Translation | None:
    """What a page is translated by; None for a source, and for a translation that is edited like any other page."""
    return Translation.objects.filter(
        source__object_id=page.translation_key, target_locale_id=page.locale_id, enabled=True
    ).first()


def draft_of(page: Page, translation: Translation, user: User | None) -> Page:
    """A draft of what was translated so far. A page that is public stays as it is: the library writes the draft into
    the public row as well, so what stood there is put back."""
    public = page.specific if page.live else None
    translation.save_target(user=user, publish=False)
    written = Page.objects.get(pk=page.pk).specific
    if public is not None:
        public.latest_revision_id, public.latest_revision_created_at = (
            written.latest_revision_id,
            written.latest_revision_created_at,
        )
        public.draft_title, public.has_unpublished_changes = written.draft_title, True
        public.save(clean=False)
        return public
    return written


class UpdateTranslations(UpdateTranslationsView):  # type: ignore[misc]
    """Takes the place of the library's view, which lets everybody publish who may translate."""

    def form_valid(self, form: Any) -> Any:
        if form.cleaned_data["publish_translations"]:
            source = self.object.get_source_instance()
            pages = source.get_translations() if isinstance(source, Page) else []
            if any(not page.permissions_for_user(self.request.user).can_publish() for page in pages):
                raise NotAllowed
        return super().form_valid(form)
