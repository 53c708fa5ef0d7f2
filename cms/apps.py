from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        from wagtail.signals import page_published

        from cms.pages.models import DisclosurePage
        from cms.pages.receivers import page_went_live

        page_published.connect(page_went_live, sender=DisclosurePage, dispatch_uid="release_of_page")
