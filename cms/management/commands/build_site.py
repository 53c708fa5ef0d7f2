"""Create the languages, pages, groups and workflow that disclosures need; what is there already stays as it is."""

from typing import Any

from django.core.management.base import BaseCommand

from cms.pages.site import build_site


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(build_site().full_url)
