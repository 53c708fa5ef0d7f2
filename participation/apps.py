from functools import partial

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "participation"

    def ready(self) -> None:
        from wagtail.signals import page_published

        from cms.analysis import scores
        from cms.budget import line_notes
        from cms.budget.publication import follow as when_published
        from cms.pages.content import agenda
        from participation.allocation.notices import look_after_rounds
        from participation.allocation.proposals import moderating
        from participation.allocation.results.checking import forget_file_counts
        from participation.allocation.results.followup import register_task_opener as register_opener_of_winners
        from participation.automation.clock import run_rules_due
        from participation.consultations.clock import take_steps
        from participation.consultations.dates import consultation_dates
        from participation.consultations.notices import announce_dates
        from participation.decisions.carrying.followup import register_commitment_opener
        from participation.decisions.notices import look_after_decisions
        from participation.decisions.queries import decision_dates
        from participation.deliberation.clock import close_ended
        from participation.deliberation.moderating import register_statements
        from participation.deliberation.snapshots import redraw_stale
        from participation.discussion import counters, deeds
        from participation.discussion.authority import follow_rights
        from participation.erasing import register as register_erasing
        from participation.evaluations.reports.actions import publish_due
        from participation.evaluations.scores import scores_by_evaluators
        from participation.following.digests import look_after_letters
        from participation.following.published import announce_correction, announce_page
        from participation.live_moderating import judge
        from participation.live_numbers import live_numbers
        from participation.meetings.minutes.followup import register_task_opener
        from participation.meetings.notices import enclose_invitations, remind_of_meetings, run_lots
        from participation.meetings.queries import meeting_dates
        from participation.rectification.from_allocations import task_of_winner
        from participation.rectification.from_decisions import task_of_commitment
        from participation.rectification.from_meetings import task_of_action_item
        from participation.rectification.notices import announce_deadlines
        from participation.rectification.panels.clock import look_after_panels
        from participation.rectification.photos.moderating import register_photos
        from participation.rectification.results.showing import notes_for
        from participation.stakeholders import consents
        from participation.stakeholders.registration.actions import expire_organisations
        from participation.whistleblowing.actions import enter_receipts
        from privacy.log.sequencer import regular_work
        from privacy.rights.erasing.actions import carry_out_due

        consents.register()
        when_published(announce_correction)
        line_notes.register(notes_for)
        page_published.connect(announce_page, dispatch_uid="following")
        regular_work.extend([announce_dates, announce_deadlines, look_after_letters])
        agenda.register("consultations", consultation_dates)
        agenda.register("meetings", meeting_dates)
        agenda.register("decisions", decision_dates)
        register_task_opener(task_of_action_item)
        register_commitment_opener(task_of_commitment)
        regular_work.append(look_after_decisions)
        regular_work.extend([remind_of_meetings, run_lots])
        enclose_invitations()
        register_opener_of_winners(task_of_winner)
        moderating.register()
        regular_work.extend([look_after_rounds, forget_file_counts])
        register_statements()
        register_photos()
        regular_work.extend([redraw_stale, close_ended])
        regular_work.append(partial(enter_receipts, acting_user=None))
        regular_work.append(partial(expire_organisations, acting_user=None))
        register_erasing()
        regular_work.append(carry_out_due)
        regular_work.append(take_steps)
        regular_work.append(look_after_panels)
        regular_work.append(run_rules_due)
        regular_work.append(partial(publish_due, acting_user=None))
        follow_rights()
        counters.register(live_numbers)
        deeds.register(judge)
        scores.register(scores_by_evaluators)
