"""What becomes of panels by the clock."""

from __future__ import annotations

import contextlib

from django.utils import timezone

from participation.rectification.panels.actions import conclude_panel, draw_panel
from participation.rectification.panels.models import Panel
from portal.errors import Conflict


def look_after_panels() -> None:
    """Regular work: draw panels that nobody can volunteer for any more, and close those whose time to vote is over."""
    today = timezone.localdate()
    running = Panel.objects.filter(ended_at__isnull=True)
    for panel in running.filter(drawn_at__isnull=True, volunteers_until__lt=today):
        # Another process was first.
        with contextlib.suppress(Conflict):
            draw_panel(panel, acting_user=None)
    for panel in running.filter(votes_until__lt=today):
        with contextlib.suppress(Conflict):
            conclude_panel(panel, acting_user=None)
