from functools import partial

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_login_failed
        from django.core.signals import request_finished

        from privacy.access.alerts import watch
        from privacy.access.audit import CASE_READINGS, READINGS
        from privacy.access.recording import after_writing, note_opening
        from privacy.incidents import containing, detection
        from privacy.incidents.clocks import look_after_clocks
        from privacy.log import audit
        from privacy.log.sequencer import regular_work
        from privacy.rights.exporting import freezing
        from privacy.rights.exporting.making import end_exports
        from privacy.rights.retention.actions import run_retention
        from privacy.sealing import (
            admin,  # noqa: F401
            checks,  # noqa: F401
            opening,
        )

        opening.register(note_opening)
        after_writing(watch)
        audit.register(READINGS)
        audit.register(CASE_READINGS)
        freezing.stops.append(containing.exports_are_stopped)
        after_writing(detection.look_for_honey)
        request_finished.connect(detection.answer_alarms, dispatch_uid="alarms")
        user_login_failed.connect(detection.count_failed_sign_in, dispatch_uid="failed-sign-ins")
        regular_work.extend([end_exports, partial(run_retention, acting_user=None)])
        regular_work.extend([detection.answer_alarms, detection.look_for_many_exports, look_after_clocks])
