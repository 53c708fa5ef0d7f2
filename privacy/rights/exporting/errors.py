"""Why an export, or its link, is refused. ``status`` is that of the answer."""

from __future__ import annotations

from django.utils.translation import gettext as _

from privacy.rights.refusals import Refused


class NotYours(Refused):
    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such export."))


class Frozen(Refused):
    status = 503

    def __init__(self) -> None:
        super().__init__(
            _("For the moment nobody can take data out of the portal, for reasons of security. Please try again later.")
        )


class TooOften(Refused):
    status = 429

    def __init__(self, most: int) -> None:
        super().__init__(
            _("Your data can be put together at most %(number)d times a day. Please come back tomorrow.")
            % {"number": most}
        )


class NotReady(Refused):
    status = 409

    def __init__(self) -> None:
        super().__init__(_("This export is not ready, or is not kept any more. You can ask for a new one."))


class LinkUnknown(Refused):
    status = 404

    def __init__(self) -> None:
        super().__init__(_("This link does not exist, or a newer one has taken its place."))


class LinkUsed(Refused):
    status = 410

    def __init__(self) -> None:
        super().__init__(_("This link has been used: each works once. If that was not you, tell the privacy officer."))


class LinkExpired(Refused):
    status = 410

    def __init__(self) -> None:
        super().__init__(_("This link has expired, and the file is gone with it. You can ask for a new export."))


class OtherSession(Refused):
    status = 403

    def __init__(self) -> None:
        super().__init__(
            _("This link works only in the browser and the session in which it was asked for. Ask for one here.")
        )
