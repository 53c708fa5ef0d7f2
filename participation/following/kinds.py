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
    PROPOSAL = "proposal", _("Something that automation proposes waits for me")
    AWARD = "award", _("A case that I follow is nominated or given an award")
    DECISION = "decision", _("News of a decision among options")
    MEETING = "meeting", _("News of a meeting")
    MEETING_PLACE = "meeting_place", _("My place in a meeting")
    OPINION_MAP = "opinion_map", _("An opinion map opens, or its result is published")
    ALLOCATION = "allocation", _("News of a participatory allocation")
    PROJECT = "project", _("A project that I proposed or voted for")


class Cadence(models.TextChoices):
    """How often somebody is told. Every choice but ``NEVER`` is also told on the page of notifications."""

    HERE = "here", _("here only")
    INSTANTLY = "instantly", _("here, and by e-mail at once")
    DAILY = "daily", _("here, and by e-mail once a day")
    WEEKLY = "weekly", _("here, and by e-mail once a week")
    NEVER = "never", _("not at all")


# What is about oneself, or would come too late the next day, is told at once unless somebody chose otherwise.
URGENT = {
    Kind.PROJECT,
    Kind.MEETING_PLACE,
    Kind.ANSWERED,
    Kind.MODERATED,
    Kind.APPEAL,
    Kind.REPLY,
    Kind.DEADLINE,
    Kind.CONSULTATION_CLOSING,
}
DEFAULTS: dict[str, str] = {kind: Cadence.INSTANTLY if kind in URGENT else Cadence.DAILY for kind in Kind}

# (kind, step) -> the sentence. ``title`` names what it is about; other words come from ``announce``. No sentence names
# a person: an author may have withheld the name.
SENTENCES: dict[tuple[str, str], str | Promise] = {
    (Kind.ANSWERED, ""): _("%(title)s has been answered."),
    (Kind.ANSWERED, "corrected"): _("The answer to %(title)s has been corrected."),
    (Kind.FEEDBACK, ""): _("New feedback: %(title)s"),
    (Kind.EVALUATION, ""): _("New third-party evaluation: %(title)s"),
    (Kind.EVALUATION, "called"): _("Evaluators are wanted: %(title)s"),
    (Kind.EVALUATION, "applied"): _("An organisation applied: %(title)s"),
    (Kind.EVALUATION, "invited"): _("Your organisation is asked to evaluate: %(title)s"),
    (Kind.EVALUATION, "seated"): _("Your organisation was chosen to evaluate: %(title)s"),
    (Kind.EVALUATION, "refused"): _("Your organisation was not chosen: %(title)s"),
    (Kind.EVALUATION, "interest"): _("An interest was declared and waits for a decision: %(title)s"),
    (Kind.EVALUATION, "interest_decided"): _("It was decided on a declared interest: %(title)s"),
    (Kind.EVALUATION, "handed_in"): _("An evaluation waits to be checked for its form: %(title)s"),
    (Kind.EVALUATION, "returned"): _("Your evaluation was returned for its form: %(title)s"),
    (Kind.EVALUATION, "to_reply"): _("Your department may reply to an evaluation until %(on)s: %(title)s"),
    (Kind.EVALUATION, "corrected"): _("A corrected evaluation was published: %(title)s"),
    (Kind.TASK, "opened"): _("A task was opened: %(title)s"),
    (Kind.TASK, "accepted"): _("The department took the task on: %(title)s"),
    (Kind.TASK, "progress"): _("Progress was reported: %(title)s"),
    (Kind.TASK, "submitted"): _("Said to be done, and waiting for verification: %(title)s"),
    (Kind.TASK, "verified"): _("Verified as put right: %(title)s"),
    (Kind.TASK, "returned"): _("Returned for more work: %(title)s"),
    (Kind.TASK, "assigned"): _("A task was assigned: %(title)s"),
    (Kind.TASK, "disputed"): _("The department disputes the task: %(title)s"),
    (Kind.TASK, "dispute_decided"): _("The dispute was decided, and the task stands: %(title)s"),
    (Kind.TASK, "withdrawn"): _("The dispute was decided, and the task is withdrawn: %(title)s"),
    (Kind.TASK, "reassigned"): _("Others are responsible now: %(title)s"),
    (Kind.TASK, "closed"): _("The task is closed: %(title)s"),
    (Kind.TASK, "reopened"): _("The task was reopened: %(title)s"),
    (Kind.TASK, "instructed"): _("The supervising leader says what has to be done now: %(title)s"),
    (Kind.TASK, "extension_asked"): _("More time was asked for: %(title)s"),
    (Kind.TASK, "extension_refused"): _("No more time was given: %(title)s"),
    (Kind.TASK, "question"): _("A question on the recommendation waits for its answer: %(title)s"),
    (Kind.TASK, "explained"): _("The question on the recommendation was answered: %(title)s"),
    (Kind.TASK, "panel_called"): _("Citizens are asked to check: %(title)s"),
    (Kind.TASK, "panel_drawn"): _("You were drawn into the panel that checks: %(title)s"),
    (Kind.TASK, "photo"): _("A photo of the place was looked at: %(title)s"),
    (Kind.TASK, "consequence"): _("An accountability record or commendation was decided on: %(title)s"),
    (Kind.TASK, "linked"): _("The result was linked to a later budget: %(title)s"),
    (Kind.CONSULTATION_OPENED, ""): _("Open for input now: %(title)s"),
    (Kind.CONSULTATION_CLOSING, ""): _("Input closes on %(on)s: %(title)s"),
    (Kind.CONSULTATION_CHANGED, ""): _("The dates have changed: %(title)s"),
    (Kind.CONSULTATION_OUTCOME, ""): _("The outcome is published: %(title)s"),
    (Kind.MODERATED, "accepted"): _("%(title)s was accepted for handling."),
    (Kind.MODERATED, "held"): _("%(title)s is looked at by a moderator before it becomes public."),
    (Kind.MODERATED, "hidden"): _("A moderator has hidden %(title)s. You find the reason there."),
    (Kind.MODERATED, "confirmed"): _("A second moderator confirmed that %(title)s stays hidden."),
    (Kind.MODERATED, "released"): _("%(title)s was looked at, and is public now."),
    (Kind.MODERATED, "restored"): _("%(title)s is public again."),
    (Kind.MODERATED, "merged"): _("%(title)s is handled together with others that say the same."),
    (Kind.APPEAL, "upheld"): _("Your appeal about %(title)s was upheld: it is public again."),
    (Kind.APPEAL, "rejected"): _("Your appeal about %(title)s was rejected. You find the reason there."),
    (Kind.REPLY, ""): _("Somebody replied to you: %(title)s"),
    (Kind.REPLY, "named"): _("Somebody named you in a discussion: %(title)s"),
    (Kind.CORRECTION, ""): _("A corrected version was published: %(title)s"),
    (Kind.PAGE, ""): _("A new edition of the page was published: %(title)s"),
    (Kind.DECISION, "options"): _("The options of a decision are public: %(title)s"),
    (Kind.DECISION, "opened"): _("Rate the options until %(on)s: %(title)s"),
    (Kind.DECISION, "closing"): _("Ratings close on %(on)s: %(title)s"),
    (Kind.DECISION, "extended"): _("A side was not heard. Ratings go on until %(on)s: %(title)s"),
    (Kind.DECISION, "objection"): _("An objection was filed: %(title)s"),
    (Kind.DECISION, "objection_moved"): _("An objection of yours came to another state: %(title)s"),
    (Kind.DECISION, "panel"): _("You were drawn into the panel on objections: %(title)s"),
    (Kind.DECISION, "petition"): _("A petition of concern was started: %(title)s"),
    (Kind.DECISION, "petition_panel"): _("You sit in the panel: does a petition have substance? %(title)s"),
    (Kind.DECISION, "flagged"): _("Flagged ballots wait for two auditors: %(title)s"),
    (Kind.DECISION, "counted"): _("The ratings are counted: %(title)s"),
    (Kind.DECISION, "revision"): _("The options are being revised: %(title)s"),
    (Kind.DECISION, "decided"): _("It is decided, and you can check how: %(title)s"),
    (Kind.DECISION, "suspended"): _("A commitment is overdue, and the decision is suspended: %(title)s"),
    (Kind.DECISION, "minority_answered"): _("Your minority report was answered: %(title)s"),
    (Kind.MEETING, "convened"): _("A meeting was convened: %(title)s"),
    (Kind.MEETING, "changed"): _("Time or place of a meeting has changed: %(title)s"),
    (Kind.MEETING, "cancelled"): _("A meeting was cancelled: %(title)s"),
    (Kind.MEETING, "material"): _("Material for a meeting was published: %(title)s"),
    (Kind.MEETING, "published"): _("The minutes were published: %(title)s"),
    (Kind.MEETING_PLACE, "place"): _("You have a place. Your invitation is on the page: %(title)s"),
    (Kind.MEETING_PLACE, "waiting"): _("You are on the waiting list: %(title)s"),
    (Kind.MEETING_PLACE, "reminder"): _("You have a place on %(on)s: %(title)s"),
    (Kind.MEETING_PLACE, "changed"): _("Time or place of your meeting has changed: %(title)s"),
    (Kind.MEETING_PLACE, "cancelled"): _("Your meeting was cancelled: %(title)s"),
    (Kind.MEETING_PLACE, "minutes"): _("Please say by %(on)s whether the minutes are right: %(title)s"),
    (Kind.ALLOCATION, "opened"): _("Residents decide on a part of the budget: %(title)s"),
    (Kind.ALLOCATION, "voting"): _("The vote is open until %(on)s: %(title)s"),
    (Kind.ALLOCATION, "closing"): _("Please close the vote, with a second person: %(title)s"),
    (Kind.ALLOCATION, "changed"): _("The dates have changed: %(title)s"),
    (Kind.ALLOCATION, "counted"): _("The vote is counted, with every step to check: %(title)s"),
    (Kind.PROJECT, "asked"): _("A proposed project waits for your department: %(title)s"),
    (Kind.PROJECT, "feasible"): _("Your project was found feasible: %(title)s"),
    (Kind.PROJECT, "unfeasible"): _("Your project was found not feasible. You may answer once: %(title)s"),
    (Kind.PROJECT, "replied"): _("The proposer answered your department: %(title)s"),
    (Kind.PROJECT, "listed"): _("Your project is on the ballot: %(title)s"),
    (Kind.PROJECT, "withdrawn"): _("A project was withdrawn. Votes for it do not count any more: %(title)s"),
    (Kind.PROJECT, "won"): _("Your project was funded: %(title)s"),
    (Kind.PROJECT, "lost"): _("Your project was not funded. You find out why: %(title)s"),
    (Kind.OPINION_MAP, "opened"): _("Say what you think of statements: %(title)s"),
    (Kind.OPINION_MAP, "published"): _("The result of the opinion map is published: %(title)s"),
    (Kind.OPINION_MAP, "excluded"): _("You were excluded from an opinion map. You find the reason there: %(title)s"),
    (Kind.OPINION_MAP, "readmitted"): _("Your exclusion from an opinion map was lifted: %(title)s"),
    (Kind.PROPOSAL, ""): _("A proposal of automation waits for a decision: %(title)s"),
    (Kind.PROPOSAL, "waiting"): _("A proposal of automation has waited for long: %(title)s"),
    (Kind.AWARD, "nominated"): _("A case was nominated for an award: %(title)s"),
    (Kind.AWARD, "commended"): _("A case was given an award: %(title)s"),
    (Kind.AWARD, "withdrawn"): _("A commendation was withdrawn after an appeal: %(title)s"),
    (Kind.DEADLINE, "near"): _("Due on %(on)s: %(title)s"),
    (Kind.DEADLINE, "passed"): _("Overdue since %(on)s: %(title)s"),
    (Kind.DEADLINE, "extended"): _("The deadline was moved to %(on)s: %(title)s"),
    (Kind.DEADLINE, "escalated"): _("Overdue, and passed on to the next higher office: %(title)s"),
}
# Said to one person, or to those who have something to do: whoever follows the record is not told.
PERSONAL: frozenset[tuple[str, str]] = frozenset(
    (kind, step)
    for kind, steps in {
        Kind.EVALUATION: (
            *("applied", "invited", "seated", "refused", "interest", "interest_decided"),
            *("handed_in", "returned", "to_reply"),
        ),
        Kind.TASK: ("panel_drawn",),
        Kind.APPEAL: ("upheld", "rejected"),
        Kind.REPLY: ("", "named"),
        Kind.DECISION: ("objection_moved", "panel", "petition_panel", "flagged", "minority_answered"),
        Kind.MEETING_PLACE: ("place", "waiting", "reminder", "changed", "cancelled", "minutes"),
        Kind.ALLOCATION: ("closing",),
        Kind.PROJECT: ("asked", "feasible", "unfeasible", "replied", "listed", "won", "lost"),
        Kind.OPINION_MAP: ("excluded", "readmitted"),
        Kind.PROPOSAL: ("", "waiting"),
    }.items()
    for step in steps
)
# Words that ``announce`` takes; ``on`` is a day (ISO 8601), ``title`` stands in for a record that has no name.
WORDS = {"step", "on", "title", "title_en"}
