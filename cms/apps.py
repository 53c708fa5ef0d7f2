from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from wagtail.signals import page_published, page_unpublished, published

        from cms.analysis import column_store, cube, snapshots
        from cms.budget import publication
        from cms.budget.fingerprint import PUBLISHED_LINES, RECORDED_TABLES
        from cms.figures import kept
        from cms.open_data import edition
        from cms.open_data.files import build_after_commit
        from cms.pages import receivers
        from cms.pages.content.consent_notices import notice_went_live
        from cms.pages.models import DisclosurePage
        from privacy.log import audit, reconcile

        # First, because it may refuse.
        page_published.connect(receivers.page_went_live, sender=DisclosurePage, dispatch_uid="release_of_page")
        page_published.connect(receivers.content_went_live, dispatch_uid="content_of_reviewer")
        page_published.connect(receivers.edition_went_live, dispatch_uid="leaf_of_edition")
        page_unpublished.connect(receivers.page_was_withdrawn, dispatch_uid="leaf_of_withdrawal")
        published.connect(notice_went_live, dispatch_uid="version_of_notice")
        reconcile.register(reconcile.Source("wagtailcore.revision", receivers.published_editions, in_order=False))
        audit.register(PUBLISHED_LINES)
        audit.register(RECORDED_TABLES)
        connection_created.connect(edition.watch_connection, dispatch_uid="public_edition")
        publication.follow(cube.fill)
        publication.regroup(cube.fill)
        publication.follow(snapshots.snapshot_after_commit)
        publication.follow(column_store.refresh_after_commit)
        publication.follow(build_after_commit)
        publication.follow(kept.keep_after_commit)
