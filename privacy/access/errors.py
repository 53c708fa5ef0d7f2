"""What people are told when a reading, or what follows from it, is refused."""

from django.utils.translation import gettext as _


class ReasonRequired(ValueError):
    """The field is only opened for a reason that the reader types and its owner will read."""

    def __init__(self, label: str) -> None:
        self.label = label
        super().__init__(_("Please say why you need this: whoever it belongs to will read your reason."))


class AlreadyAcknowledged(ValueError):
    """Somebody else looked into the alert first."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else has looked into this in the meantime."))
