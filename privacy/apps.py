from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from privacy.access.alerts import watch
        from privacy.access.audit import CASE_READINGS, READINGS
        from privacy.access.recording import after_writing, note_opening
        from privacy.log import audit
        from privacy.sealing import (
            admin,  # noqa: F401
            checks,  # noqa: F401
            opening,
        )

        opening.register(note_opening)
        after_writing(watch)
        audit.register(READINGS)
        audit.register(CASE_READINGS)
