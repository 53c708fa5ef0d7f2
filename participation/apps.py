from functools import partial

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "participation"

    def ready(self) -> None:
        from participation.whistleblowing.actions import enter_receipts
        from privacy.log.sequencer import regular_work

        regular_work.append(partial(enter_receipts, acting_user=None))
