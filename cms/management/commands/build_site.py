"""Create what a portal starts with, where it is missing: languages, pages, groups, workflow, courses, glossary, and the
scoring schemes, classifications, statutory periods and notices for consent that come with it. What is there already
stays as it is."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from cms.pages.content.consent_notices import load_notices
from cms.pages.content.defaults import build_content
from cms.pages.site import build_site
from cms.performance.actions import publish_scheme
from cms.performance.scheme_files import files, read_scheme


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        home = build_site()
        build_content()
        for path in files():
            publish_scheme(read_scheme(path.read_bytes()), acting_user=None)
        call_command("classification_load", verbosity=0)
        call_command("calendar_load", periods=[], verbosity=0)
        call_command("legal_rules_load", verbosity=0)
        load_notices()
        self.stdout.write(home.full_url)
