from functools import partial

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "participation"

    def ready(self) -> None:
        from wagtail.signals import page_published

        from cms.analysis import scores
        from cms.budget.publication import follow as when_published
        from cms.pages.content import agenda
        from participation.consultations.clock import take_steps
        from participation.consultations.dates import consultation_dates
        from participation.consultations.notices import announce_dates
        from participation.discussion import counters
        from participation.discussion.authority import follow_rights
        from participation.evaluations.scores import scores_by_evaluators
        from participation.following.digests import look_after_letters
        from participation.following.published import announce_correction, announce_page
        from participation.live_numbers import live_numbers
        from participation.rectification.notices import announce_deadlines
        from participation.stakeholders.registration.actions import expire_organisations
        from participation.whistleblowing.actions import enter_receipts
        from privacy.log.sequencer import regular_work

        when_published(announce_correction)
        page_published.connect(announce_page, dispatch_uid="following")
        regular_work.extend([announce_dates, announce_deadlines, look_after_letters])
        agenda.register("consultations", consultation_dates)
        regular_work.append(partial(enter_receipts, acting_user=None))
        regular_work.append(partial(expire_organisations, acting_user=None))
        regular_work.append(take_steps)
        follow_rights()
        counters.register(live_numbers)
        scores.register(scores_by_evaluators)
