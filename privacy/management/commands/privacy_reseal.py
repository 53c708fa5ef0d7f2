"""Seal values anew under fresh data keys: living rows, history, revisions and files."""

import json
import sys
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.custody.actions import begin_key_operation, finish_key_operation
from privacy.custody.models import KeyOperation
from privacy.incidents.detection import answer_alarms
from privacy.management.progress import ProgressLine
from privacy.sealing.errors import KeyKeeperFailed
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.resealing import Resealed, all_subjects, reseal, subjects_in, unfinished_subjects


class Command(BaseCommand):
    help = (
        "Give subjects a new data key, and seal under it everything that was sealed under the old one: rows, history, "
        "revisions, files. May be stopped; --resume goes on. Exits 1 when values are left under retired keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--subject", action="append", metavar="TYPE:REF", help=f"TYPE is {', '.join(Scope.values)}")
        whose.add_argument("--model", metavar="app.model", help="everybody whose values this model holds")
        whose.add_argument("--all", action="store_true", help="everybody")
        whose.add_argument("--resume", action="store_true", help="no new keys: go on with what is under retired ones")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        subjects = _chosen(options)
        if options["resume"] and not subjects:
            # Nothing is done, so nothing is put on record.
            return self._say(Resealed(), options)
        operation = begin_key_operation(KeyOperation.Kind.RESEAL, keys=len(subjects))
        try:
            with ProgressLine(self.stderr) as progress:  # type: ignore[arg-type]
                report = reseal(
                    subjects, with_new_keys=not options["resume"], progress=progress, expect=progress.expect
                )
        except KeyKeeperFailed as error:
            raise CommandError(f"Stopped: {error}. What is done stays done; go on with --resume.") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. What is done stays done; go on with --resume.", returncode=130) from None
        finish_key_operation(operation, keys=report.subjects, values=report.resealed)
        answer_alarms()
        self._say(report, options)

    def _say(self, report: Resealed, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(report), "resealed": report.resealed}))
        else:
            self._tell(report, is_resumed=options["resume"])
        if report.used_keys:
            sys.exit(1)

    def _tell(self, report: Resealed, *, is_resumed: bool) -> None:
        told = "Subjects with values under retired data keys" if is_resumed else "Subjects with a new data key"
        self.stdout.write(f"{told}: {report.subjects}")
        for name, counts in report.values.items():
            self.stdout.write(f"{name}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
        for key_id in report.unused_keys:
            self.stdout.write(f"Retired data key {key_id}: nothing is sealed under it any more.")
        for key_id in report.used_keys:
            self.stderr.write(f"Retired data key {key_id}: values are left under it; see privacy_selftest.")


def _chosen(options: dict[str, Any]) -> set[Subject]:
    if options["resume"]:
        return unfinished_subjects()
    if options["all"]:
        return all_subjects()
    if options["model"]:
        try:
            return subjects_in(apps.get_model(options["model"]))
        except (LookupError, ValueError) as error:
            raise CommandError(f"There is no model {options['model']}.") from error
    return {_parsed(text) for text in options["subject"]}


def _parsed(text: str) -> Subject:
    scope_type, _, ref = text.partition(":")
    try:
        return Subject(scope_type, UUID(ref))
    except ValueError:
        raise CommandError(f"{text} is not TYPE:REF, such as person:00000000-0000-0000-0000-000000000000.") from None
