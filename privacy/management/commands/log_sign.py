"""Sign the present state of the log and print it as a note, to be kept or published elsewhere."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy.log.actions import sign_head
from privacy.log.verify import BrokenChain


class Command(BaseCommand):
    help = "Sign the present state of the log, and print the signed head."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            signed = sign_head()
        except BrokenChain as error:
            raise CommandError(f"Not signed: {error}. Run log_verify.") from error
        self.stdout.write(signed.note, ending="")
