from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Bring the message catalogues in step with the source and compile them; --check only looks."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if something is missing")
        parser.add_argument("--compile", action="store_true", help="only compile what is written")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from portal.management import catalogues
        except ImportError as error:
            raise CommandError("This needs Babel, which is a development dependency: run `make setup`.") from error

        if options["compile"]:
            for folder in catalogues.LOCALES:
                catalogues.compile_catalogue(folder)
            return
        template = catalogues.extracted()
        if not options["check"]:
            for folder in catalogues.LOCALES:
                catalogues.update(folder, template)
        found = [problem for folder in catalogues.LOCALES for problem in catalogues.problems(folder, template)]
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} messages need attention.")
        self.stdout.write(f"{len(template)} messages, complete in {', '.join(catalogues.LOCALES)}.")
