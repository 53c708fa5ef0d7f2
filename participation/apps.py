from functools import partial

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "participation"

    def ready(self) -> None:
        from cms.analysis import scores
        from cms.pages.content import agenda
        from participation.consultations.dates import consultation_dates
        from participation.evaluations.scores import scores_by_evaluators
        from participation.whistleblowing.actions import enter_receipts
        from privacy.log.sequencer import regular_work

        agenda.register("consultations", consultation_dates)
        regular_work.append(partial(enter_receipts, acting_user=None))
        scores.register(scores_by_evaluators)
