"""What people are told when an erasure, or a hold, cannot be done. ``status`` is that of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from privacy.rights.erasing.hooks import Obstacle
from privacy.rights.refusals import Refused


class ErasingError(Refused):
    status = 409


class NotYours(ErasingError):
    status = 403

    def __init__(self) -> None:
        super().__init__(_("Only the person, the owner of the organisation or a privacy officer may do this."))


class AskedAlready(ErasingError):
    def __init__(self) -> None:
        super().__init__(_("This erasure has been asked for already."))


class ErasedAlready(ErasingError):
    def __init__(self) -> None:
        super().__init__(_("This has been erased already."))


class NotOpen(ErasingError):
    def __init__(self) -> None:
        super().__init__(_("This erasure has ended in the meantime: nothing can be changed any more."))


class SettleFirst(ErasingError):
    """``obstacles`` say what, and where."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        self.obstacles = list(obstacles)
        super().__init__(_("Please settle this first: %(what)s") % {"what": " ".join(one.words for one in obstacles)})


class WordsMissing(ErasingError):
    status = 400

    def __init__(self) -> None:
        super().__init__(_("Please give the legal basis and the reason."))


class NobodyFound(ErasingError):
    status = 400

    def __init__(self) -> None:
        super().__init__(_("Nobody, and no record, is found under this."))


class LiftedAlready(ErasingError):
    def __init__(self) -> None:
        super().__init__(_("This hold has been lifted already."))
