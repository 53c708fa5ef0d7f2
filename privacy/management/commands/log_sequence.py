"""Number, sign and hand out the entries of the log."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.log import sequencer
from privacy.log.queries import latest_checkpoint


class Command(BaseCommand):
    help = "Give pending leaves their numbers and sign the tree, every few seconds or --once. One works at a time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what there is to do, and end")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between two rounds (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["once"]:
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            sequencer.run(options["interval"], stop)
            return
        try:
            done = sequencer.sequence_once()
        except sequencer.BrokenLog as error:
            raise CommandError(f"Not signed: {error}. Run log_verify.") from error
        finally:
            sequencer.look_after()
        latest = latest_checkpoint()
        self.stdout.write(f"{done} entries numbered; signed up to {latest.size if latest else 0}.")
