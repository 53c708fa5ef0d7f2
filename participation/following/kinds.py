"""What people are told, and how often: a closed vocabulary, with the words for each in the reader's language."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Each has its own choice of how often to be told. A kind is never renamed: choices and old rows keep it."""

    ANSWERED = "answered", _("An answer to what I said or follow")
    FEEDBACK = "feedback", _("New feedback on what I follow")
    EVALUATION = "evaluation", _("A new evaluation of what I follow")
    TASK = "task", _("A step of a rectification task")
    CONSULTATION_OPENED = "consultation_opened", _("A consultation opens")
    CONSULTATION_CLOSING = "consultation_closing", _("A consultation closes soon")
    CONSULTATION_CHANGED = "consultation_changed", _("The dates of a consultation change")
    CONSULTATION_OUTCOME = "consultation_outcome", _("The outcome of a consultation")
    MODERATED = "moderated", _("A moderator decides on what I said")
    APPEAL = "appeal", _("An appeal is decided")
    REPLY = "reply", _("Somebody replies to me or names me")
    CORRECTION = "correction", _("A disclosure is corrected")
    PAGE = "page", _("A page that I follow has a new edition")
    DEADLINE = "deadline", _("A deadline comes near or has passed")


class Cadence(models.TextChoices):
    """How often somebody is told. Every choice but ``NEVER`` is also told on the page of notifications."""

    HERE = "here", _("here only")
    INSTANTLY = "instantly", _("here, and by e-mail at once")
    DAILY = "daily", _("here, and by e-mail once a day")
    WEEKLY = "weekly", _("here, and by e-mail once a week")
    NEVER = "never", _("not at all")


# What is about oneself, or would come too late the next day, is told at once unless somebody chose otherwise.
URGENT = {Kind.ANSWERED, Kind.MODERATED, Kind.APPEAL, Kind.REPLY, Kind.DEADLINE, Kind.CONSULTATION_CLOSING}
DEFAULTS: dict[str, str] = {kind: Cadence.INSTANTLY if kind in URGENT else Cadence.DAILY for kind in Kind}

# (kind, step) -> the sentence. ``title`` names what it is about; other words come from ``announce``. No sentence names
# a person: an author may have withheld the name.
SENTENCES: dict[tuple[str, str], str | Promise] = {
    (Kind.ANSWERED, ""): _("%(title)s has been answered."),
    (Kind.ANSWERED, "corrected"): _("The answer to %(title)s has been corrected."),
    (Kind.FEEDBACK, ""): _("New feedback: %(title)s"),
    (Kind.EVALUATION, ""): _("New third-party evaluation: %(title)s"),
    (Kind.TASK, "opened"): _("A task was opened: %(title)s"),
    (Kind.TASK, "accepted"): _("The department took the task on: %(title)s"),
    (Kind.TASK, "progress"): _("Progress was reported: %(title)s"),
    (Kind.TASK, "submitted"): _("Said to be done, and waiting for verification: %(title)s"),
    (Kind.TASK, "verified"): _("Verified as put right: %(title)s"),
    (Kind.TASK, "returned"): _("Returned for more work: %(title)s"),
    (Kind.TASK, "linked"): _("The result was linked to a later budget: %(title)s"),
    (Kind.CONSULTATION_OPENED, ""): _("Open for input now: %(title)s"),
    (Kind.CONSULTATION_CLOSING, ""): _("Input closes on %(on)s: %(title)s"),
    (Kind.CONSULTATION_CHANGED, ""): _("The dates have changed: %(title)s"),
    (Kind.CONSULTATION_OUTCOME, ""): _("The outcome is published: %(title)s"),
    (Kind.MODERATED, "accepted"): _("%(title)s was accepted for handling."),
    (Kind.MODERATED, "held"): _("%(title)s is looked at by a moderator before it becomes public."),
    (Kind.MODERATED, "hidden"): _("A moderator has hidden %(title)s. You find the reason there."),
    (Kind.MODERATED, "confirmed"): _("A second moderator confirmed that %(title)s stays hidden."),
    (Kind.MODERATED, "restored"): _("%(title)s is public again."),
    (Kind.MODERATED, "merged"): _("%(title)s is handled together with others that say the same."),
    (Kind.APPEAL, "upheld"): _("Your appeal about %(title)s was upheld: it is public again."),
    (Kind.APPEAL, "rejected"): _("Your appeal about %(title)s was rejected. You find the reason there."),
    (Kind.REPLY, ""): _("Somebody replied to you: %(title)s"),
    (Kind.REPLY, "named"): _("Somebody named you in a discussion: %(title)s"),
    (Kind.CORRECTION, ""): _("A corrected version was published: %(title)s"),
    (Kind.PAGE, ""): _("A new edition of the page was published: %(title)s"),
    (Kind.DEADLINE, "near"): _("Due on %(on)s: %(title)s"),
    (Kind.DEADLINE, "passed"): _("Overdue since %(on)s: %(title)s"),
    (Kind.DEADLINE, "extended"): _("The deadline was moved to %(on)s: %(title)s"),
    (Kind.DEADLINE, "escalated"): _("Overdue, and passed on to the next higher office: %(title)s"),
}
# Words that ``announce`` takes; ``on`` is a day (ISO 8601), ``title`` stands in for a record that has no name.
WORDS = {"step", "on", "title", "title_en"}
