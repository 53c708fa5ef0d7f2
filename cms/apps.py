from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        from wagtail.signals import page_published, page_unpublished

        from cms.budget.fingerprint import PUBLISHED_LINES
        from cms.pages import receivers
        from cms.pages.models import DisclosurePage
        from privacy.log import audit, reconcile

        # First, because it may refuse.
        page_published.connect(receivers.page_went_live, sender=DisclosurePage, dispatch_uid="release_of_page")
        page_published.connect(receivers.edition_went_live, dispatch_uid="leaf_of_edition")
        page_unpublished.connect(receivers.page_was_withdrawn, dispatch_uid="leaf_of_withdrawal")
        reconcile.register(reconcile.Source("wagtailcore.revision", receivers.published_editions, in_order=False))
        audit.register(PUBLISHED_LINES)
