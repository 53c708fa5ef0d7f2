"""Who may do what, and in which stage of a consultation. Knows no app: offices and stages are named by their values.

What depends on the record (the own department, never the own words) stands beside it in words, and in the permission
functions of the rooms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Actor(TextChoices):
    """Everybody there is. The value of an office is that of ``Role``; the others are nobody's to give."""

    VISITOR = "visitor", _("Visitor")
    CITIZEN = "citizen", _("Citizen")
    MEMBER = "member", _("Member of an organisation")
    OWNER = "owner", _("Owner of an organisation")
    EVALUATOR = "evaluator", _("Accredited third-party evaluator")
    OFFICER = "officer", _("Officer of a department")
    MODERATOR = "moderator", _("Moderator")
    EDITOR = "editor", _("Budget editor")
    REVIEWER = "reviewer", _("Budget reviewer")
    AUDITOR = "auditor", _("Auditor")
    INTEGRITY = "integrity", _("Integrity officer")
    PRIVACY = "privacy", _("Privacy officer")
    ADMINISTRATOR = "administrator", _("Administrator")


DUTIES: dict[Actor, Promise | str] = {
    Actor.VISITOR: _("Reads and checks everything that is public, without an account."),
    Actor.CITIZEN: _("Speaks for themselves, under a public name of their choice, and owes nobody a reason."),
    Actor.MEMBER: _("Speaks for an organisation and under its name, as long as the mandate lasts."),
    Actor.OWNER: _("Registers an organisation, keeps its papers true and says who may speak for it."),
    Actor.EVALUATOR: _("Evaluates programmes independently, in public and with reasons."),
    Actor.OFFICER: _("Answers for one department: its figures, its dates and the work that was promised."),
    Actor.MODERATOR: _("Sees to it that everybody is heard by the house rules and answered in time, with reasons."),
    Actor.EDITOR: _("Brings budgets and goals in, and signs for what others brought in."),
    Actor.REVIEWER: _("Looks at what editors prepared and puts it before the public."),
    Actor.AUDITOR: _("Reads everything but sealed data, sees who opened what, and changes nothing of the record."),
    Actor.INTEGRITY: _("Follows up reports of wrongdoing and protects those who report."),
    Actor.PRIVACY: _("Watches over sealed data and rosters of residents, and answers what people ask about theirs."),
    Actor.ADMINISTRATOR: _("Appoints people to offices and keeps the service running; opens nothing that is sealed."),
}

ANYBODY = frozenset(Actor)
SIGNED_IN = ANYBODY - {Actor.VISITOR}
ORGANISED = frozenset({Actor.MEMBER, Actor.OWNER, Actor.EVALUATOR})

OPEN = frozenset({"open"})
AFTER_INPUT = frozenset({"balance", "answered", "follow_up"})
ANSWERING = OPEN | AFTER_INPUT
EVERY_STAGE = frozenset({"announced", "closed"}) | ANSWERING


class Act(TextChoices):
    """What can be done. An act within a consultation has the value of its ``Deed``."""

    READ = "read", _("Read what is disclosed, said, answered and promised; check the public log")
    REPORT_WRONGDOING = "report_wrongdoing", _("Report wrongdoing confidentially")
    GIVE_FEEDBACK = "give_feedback", _("Give feedback")
    REACT = "react", _("React to a line")
    POST_MESSAGE = "post_message", _("Join the discussion")
    SUBMIT_EVALUATION = "submit_evaluation", _("Submit an evaluation")
    CALL_FOR_EVALUATIONS = "call_for_evaluations", _("Call for evaluations and choose the evaluators")
    WORK_ON_EVALUATION = "work_on_evaluation", _("Apply for an evaluation, and write it")
    CHECK_EVALUATION = "check_evaluation", _("Check the form of an evaluation before it is published")
    REPLY_TO_FINDING = "reply_to_finding", _("Reply to the findings of an evaluation before it is published")
    RECORD_OFFICIAL_SCORE = "record_official_score", _("Record official scores, and draw what is evaluated again")
    SPEAK_ON_TASK = "speak_on_task", _("Speak about what was promised")
    PROPOSE_PROJECT = "propose_project", _("Propose a project for a part of the budget")
    VOTE_ON_PROJECTS = "vote_on_projects", _("Vote on proposed projects")
    REGISTER_ORGANISATION = "register_organisation", _("Register an organisation")
    CONFIRM_LEVEL = "confirm_level", _("Have the own telephone and residence confirmed")
    GRANT_MANDATE = "grant_mandate", _("Say who may speak for an organisation, and end it")
    HAND_IN_PAPERS = "hand_in_papers", _("Hand in the papers of an organisation and ask for its renewal")
    OPEN_CONSULTATION = "open_consultation", _("Open a consultation")
    CHANGE_DATES = "change_dates", _("Change the dates of a consultation")
    MODERATE = "moderate", _("Hide and restore what was said, with a reason")
    MERGE = "merge", _("Bring together what says the same")
    ANSWER = "answer", _("Answer what was said")
    CONTRIBUTE_ANSWER = "contribute_answer", _("Write the part of a department in an answer")
    APPEAL = "appeal", _("Appeal against hiding of what one said")
    EXTEND_ANSWER = "extend_answer", _("Take longer for an answer")
    PUBLISH_OUTCOME = "publish_outcome", _("Publish the outcome of a consultation")
    CLOSE = "close", _("Close a consultation")
    RATE_OPTIONS = "rate_options", _("Rate the options of a decision, object to them, sign a petition of concern")
    KEEP_DECISION = "keep_decision", _("Prepare a decision among options, open its ballot, publish what came of it")
    JUDGE_BALLOT = "judge_ballot", _("Say whether a flagged ballot counts, without seeing what is in it")
    RECORD_LEGAL_FINDING = "record_legal_finding", _("Write down what the legal unit finds on an objection")
    TAKE_PART_IN_MEETING = "take_part_in_meeting", _("Register for a meeting, speak in it and judge its minutes")
    CONVENE_MEETING = "convene_meeting", _("Convene a meeting, draw its lot, lead it and publish its minutes")
    KEEP_ALLOCATION = "keep_allocation", _("Open an allocation, publish its list, close its vote, start its winners")
    REVIEW_PROJECT = "review_project", _("Say whether a proposed project is feasible, and what it costs")
    VOTE_ON_STATEMENTS = "vote_on_statements", _("Answer the statements of an opinion map, and hand in statements")
    KEEP_OPINION_MAP = "keep_opinion_map", _("Open an opinion map, put the first statements in, close it")
    WORK_ON_TASK = "work_on_task", _("Carry out what was promised and report on it")
    VERIFY_TASK = "verify_task", _("Check whether what was promised was done")
    JOIN_PANEL = "join_panel", _("Volunteer for a panel of citizens that checks a task")
    CALL_PANEL = "call_panel", _("Have a panel of citizens check a task, and draw it by lot")
    ADD_PHOTO = "add_photo", _("Attach a photo of the real place to an open task")
    SUPERVISE_TASK = "supervise_task", _("Say in public what those who carry out a task have to do now")
    DECIDE_CONSEQUENCE = "decide_consequence", _("Hold a department to account for a task, or commend it")
    APPEAL_CONSEQUENCE = "appeal_consequence", _("Appeal against an accountability record, or a commendation")
    DECIDE_ON_MONEY = "decide_on_money", _("Decide what the result of a task means for a later budget")
    VERIFY_ORGANISATION = "verify_organisation", _("Verify and accredit organisations")
    CHECK_RESIDENCE = "check_residence", _("Compare papers of residents")
    READ_HIDDEN = "read_hidden", _("Read what was hidden from the public")
    OPEN_SEALED = "open_sealed", _("Open a sealed value for a typed purpose, on record")
    IMPORT_BUDGET = "import_budget", _("Bring budgets in")
    PUBLISH_BUDGET = "publish_budget", _("Publish budgets, and approve goals")
    REPORT_PERFORMANCE = "report_performance", _("Report goals, indicators and self-evaluations")
    MAINTAIN_NAMES = "maintain_names", _("Maintain names of departments and the calendar of working days")
    SET_RULES = "set_rules", _("Load classifications, statutory periods and scoring rules")
    LOAD_ROSTER = "load_roster", _("Load rosters of residents")
    HANDLE_REPORTS = "handle_reports", _("Read reports of wrongdoing and answer them")
    COUNT_REPORTS = "count_reports", _("Know how many reports of wrongdoing there are")
    READ_READINGS = "read_readings", _("See who opened which sealed value")
    LOOK_INTO_ALERTS = "look_into_alerts", _("Look into alerts about openings, and write down what was found")
    ASK_ABOUT_OWN_DATA = "ask_about_own_data", _("Ask for rights over the own data; agree to something, take it back")
    ANSWER_DATA_REQUEST = "answer_data_request", _("Answer requests about personal data, with reasons and legal basis")
    EXPORT_OWN_DATA = "export_own_data", _("See what is held about oneself, and take it along")
    ERASE_OWN_DATA = "erase_own_data", _("Have the own data erased, and take that back in time")
    HOLD_ERASURE = "hold_erasure", _("Hold or refuse an erasure, with the law that demands it")
    END_RETENTION = "end_retention", _("Take away what has been kept for as long as it may, before the clock does")
    KEEP_PROCESSING_RECORD = "keep_processing_record", _("Keep the record of processing, and assess its impact")
    WORK_ON_INCIDENTS = "work_on_incidents", _("Contain incidents with data, and tell those concerned")
    PUBLISH_HOUSE_RULE = "publish_house_rule", _("Put a house rule in force")
    KEEP_AWARD = "keep_award", _("Open an award, name its jury and admit nominations")
    NOMINATE_CASE = "nominate_case", _("Nominate a case for an award, and vote")
    DECIDE_AWARD = "decide_award", _("Decide on an award, with published reasons")
    APPEAL_AWARD = "appeal_award", _("Appeal against a commendation")
    DECIDE_AWARD_APPEAL = "decide_award_appeal", _("Decide on an appeal against a commendation")
    DRAFT_CASE = "draft_case", _("Draft a page of the case library from a finished task")
    SET_AUTOMATION = "set_automation", _("Put rules of automation in force")
    STOP_AUTOMATION = "stop_automation", _("Stop a rule of automation, and start it again, with a reason")
    DECIDE_PROPOSAL = "decide_proposal", _("Decide on what a rule of automation proposes")
    APPOINT = "appoint", _("Appoint people to offices and end appointments")
    ENTER_LEGAL_BASIS = "enter_legal_basis", _("Enter the legal basis of this charter")


@dataclass(frozen=True)
class Right:
    """Who may do an act. ``stages``: in which stages of a consultation; None where it belongs to none."""

    actors: frozenset[Actor]
    stages: frozenset[str] | None = None
    condition: str | Promise = ""


def _right(*actors: Actor, stages: frozenset[str] | None = None, condition: str | Promise = "") -> Right:
    return Right(frozenset(actors), stages, condition)


_CONFIRMED = _("with a confirmed e-mail address, for one side in each consultation, where the way in is open to it")
_AS_RESIDENT = _("everybody for themselves, at the level that the round asks for; one ballot each")
_NEVER_OWN = _("never of the own words, or those of an organisation one acts for")
_OWN_DEPARTMENT = _("officers for their own department")
_OWN_ORGANISATION = _("for the own organisation")

MATRIX: dict[Act, Right] = {
    Act.READ: Right(ANYBODY),
    Act.REPORT_WRONGDOING: Right(ANYBODY, condition=_("without a name, if one likes")),
    Act.GIVE_FEEDBACK: Right(SIGNED_IN, OPEN, _CONFIRMED),
    Act.REACT: Right(SIGNED_IN, OPEN, _CONFIRMED),
    Act.POST_MESSAGE: Right(SIGNED_IN, OPEN, _CONFIRMED),
    Act.SUBMIT_EVALUATION: Right(ORGANISED, OPEN, _("for a verified organisation, where the way in is open to it")),
    Act.CALL_FOR_EVALUATIONS: _right(
        Actor.MODERATOR, Actor.REVIEWER, condition=_("never of an organisation one acts for")
    ),
    Act.WORK_ON_EVALUATION: Right(
        ORGANISED, condition=_("for a verified organisation, with a declaration of interests and of independence")
    ),
    Act.CHECK_EVALUATION: _right(Actor.MODERATOR, condition=_("its form, never its content; never the own")),
    Act.REPLY_TO_FINDING: _right(Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.RECORD_OFFICIAL_SCORE: _right(Actor.REVIEWER),
    Act.SPEAK_ON_TASK: Right(SIGNED_IN, ANSWERING, _CONFIRMED),
    Act.PROPOSE_PROJECT: Right(SIGNED_IN, OPEN, _AS_RESIDENT),
    Act.VOTE_ON_PROJECTS: Right(SIGNED_IN, OPEN, _AS_RESIDENT),
    Act.REGISTER_ORGANISATION: Right(SIGNED_IN, condition=_("with a confirmed e-mail address")),
    Act.CONFIRM_LEVEL: Right(SIGNED_IN, condition=_("with a confirmed e-mail address")),
    Act.GRANT_MANDATE: _right(Actor.OWNER, condition=_OWN_ORGANISATION),
    Act.HAND_IN_PAPERS: _right(Actor.OWNER, condition=_OWN_ORGANISATION),
    Act.OPEN_CONSULTATION: _right(Actor.MODERATOR, Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.CHANGE_DATES: _right(
        Actor.MODERATOR, Actor.OFFICER, stages=frozenset({"announced"}) | ANSWERING, condition=_OWN_DEPARTMENT
    ),
    Act.MODERATE: _right(Actor.MODERATOR, stages=EVERY_STAGE, condition=_NEVER_OWN),
    Act.MERGE: _right(Actor.MODERATOR, stages=ANSWERING),
    Act.ANSWER: _right(
        Actor.MODERATOR, stages=ANSWERING, condition=_("published once a second person has looked at it")
    ),
    Act.CONTRIBUTE_ANSWER: _right(Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.APPEAL: Right(SIGNED_IN, condition=_("once, decided by a moderator who had no part in it")),
    Act.EXTEND_ANSWER: _right(Actor.MODERATOR, Actor.OFFICER, stages=ANSWERING, condition=_OWN_DEPARTMENT),
    Act.PUBLISH_OUTCOME: _right(Actor.MODERATOR, Actor.OFFICER, stages=AFTER_INPUT, condition=_OWN_DEPARTMENT),
    # No stage that was announced is skipped: what comes sooner is moved first.
    Act.CLOSE: _right(
        Actor.MODERATOR, Actor.OFFICER, stages=frozenset({"follow_up"}), condition=_("once the outcome is published")
    ),
    Act.RATE_OPTIONS: Right(
        SIGNED_IN,
        frozenset({"open", "balance"}),
        _("with a confirmed e-mail address; one ballot for each person, and for each organisation on the roster"),
    ),
    Act.KEEP_DECISION: _right(Actor.MODERATOR, Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.JUDGE_BALLOT: _right(Actor.AUDITOR, condition=_("two auditors, never of the own ballot")),
    Act.RECORD_LEGAL_FINDING: _right(Actor.REVIEWER, condition=_("never on the own objection")),
    Act.TAKE_PART_IN_MEETING: Right(
        SIGNED_IN, condition=_("with a confirmed e-mail address, for a side that has places; minutes by those who came")
    ),
    Act.CONVENE_MEETING: _right(Actor.MODERATOR, Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.KEEP_ALLOCATION: _right(
        Actor.MODERATOR, Actor.OFFICER, condition=_("officers for their own department; nobody closes a vote alone")
    ),
    Act.REVIEW_PROJECT: _right(Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.VOTE_ON_STATEMENTS: Right(SIGNED_IN, OPEN, _CONFIRMED),
    Act.KEEP_OPINION_MAP: _right(Actor.MODERATOR, Actor.OFFICER, condition=_OWN_DEPARTMENT),
    # A promise is kept to its end, even where the consultation has closed.
    Act.WORK_ON_TASK: _right(Actor.OFFICER, stages=ANSWERING | {"closed"}, condition=_OWN_DEPARTMENT),
    Act.VERIFY_TASK: Right(
        ORGANISED | {Actor.MODERATOR},
        ANSWERING | {"closed"},
        _("organisations where it follows from their evaluation; never whoever did the work"),
    ),
    Act.JOIN_PANEL: Right(
        ORGANISED | {Actor.CITIZEN},
        condition=_("with a confirmed e-mail address; nobody with an office here or a part in the task"),
    ),
    Act.CALL_PANEL: _right(Actor.MODERATOR, condition=_("nobody with a part in the task")),
    Act.ADD_PHOTO: Right(
        SIGNED_IN, condition=_("with a confirmed e-mail address; shown once a moderator has looked at it")
    ),
    Act.SUPERVISE_TASK: _right(Actor.OFFICER, condition=_("the supervising leader that the task names")),
    Act.DECIDE_CONSEQUENCE: _right(
        Actor.MODERATOR,
        Actor.OFFICER,
        condition=_("by name, with reasons; of officers only the supervising leader, and only to hold to account"),
    ),
    Act.APPEAL_CONSEQUENCE: Right(
        ORGANISED | {Actor.OFFICER},
        condition=_("officers for their own department; organisations where it follows from their evaluation"),
    ),
    Act.DECIDE_ON_MONEY: _right(Actor.REVIEWER, condition=_("nobody with a part in the task")),
    Act.VERIFY_ORGANISATION: _right(Actor.MODERATOR, condition=_("never of an organisation one acts for")),
    Act.CHECK_RESIDENCE: _right(Actor.MODERATOR, condition=_("never the own")),
    Act.READ_HIDDEN: _right(Actor.MODERATOR, Actor.AUDITOR, condition=_("everybody reads their own")),
    Act.OPEN_SEALED: _right(Actor.MODERATOR, condition=_("whoever it belongs to reads who did it, when and for what")),
    Act.IMPORT_BUDGET: _right(Actor.EDITOR, Actor.REVIEWER, condition=_("signed off by somebody else")),
    Act.PUBLISH_BUDGET: _right(Actor.REVIEWER, condition=_("never alone what one imported oneself")),
    Act.REPORT_PERFORMANCE: _right(Actor.EDITOR, Actor.REVIEWER, Actor.OFFICER, condition=_OWN_DEPARTMENT),
    Act.MAINTAIN_NAMES: _right(Actor.EDITOR, Actor.REVIEWER),
    Act.SET_RULES: _right(Actor.REVIEWER),
    Act.LOAD_ROSTER: _right(Actor.PRIVACY),
    Act.HANDLE_REPORTS: _right(Actor.INTEGRITY, condition=_("nobody else, and never in an own case")),
    Act.COUNT_REPORTS: _right(Actor.INTEGRITY, Actor.AUDITOR),
    Act.READ_READINGS: _right(
        Actor.AUDITOR, Actor.PRIVACY, Actor.ADMINISTRATOR, condition=_("everybody sees the readings of the own data")
    ),
    Act.LOOK_INTO_ALERTS: _right(Actor.PRIVACY, Actor.ADMINISTRATOR, condition=_("never about oneself")),
    Act.ASK_ABOUT_OWN_DATA: Right(ANYBODY, condition=_("once it is shown who asks; without an account, too")),
    Act.ANSWER_DATA_REQUEST: _right(Actor.PRIVACY, condition=_("reads what was asked, on record; never the own")),
    Act.EXPORT_OWN_DATA: Right(SIGNED_IN, condition=_("that of an organisation only its owner")),
    Act.ERASE_OWN_DATA: Right(
        SIGNED_IN, condition=_("offices are handed over first; that of an organisation only its owner")
    ),
    Act.HOLD_ERASURE: _right(Actor.PRIVACY, Actor.ADMINISTRATOR, condition=_("never of the own data")),
    Act.END_RETENTION: _right(Actor.PRIVACY, Actor.ADMINISTRATOR),
    Act.KEEP_PROCESSING_RECORD: _right(Actor.PRIVACY, Actor.ADMINISTRATOR, condition=_("auditors read it")),
    Act.WORK_ON_INCIDENTS: _right(
        Actor.PRIVACY, Actor.ADMINISTRATOR, condition=_("auditors read every step, and everybody what people were told")
    ),
    Act.PUBLISH_HOUSE_RULE: _right(Actor.ADMINISTRATOR, condition=_("dated, and never changed afterwards")),
    Act.KEEP_AWARD: _right(Actor.MODERATOR, condition=_("never the own nomination")),
    Act.NOMINATE_CASE: Right(
        SIGNED_IN, condition=_("with a confirmed e-mail address; one person votes once, in one group")
    ),
    Act.DECIDE_AWARD: _right(Actor.REVIEWER, condition=_("nobody from the jury or with a part in a case")),
    Act.APPEAL_AWARD: Right(SIGNED_IN, condition=_("once, within the time that the award names")),
    Act.DECIDE_AWARD_APPEAL: _right(
        Actor.MODERATOR, Actor.REVIEWER, condition=_("nobody who decided on the award or judged it")
    ),
    Act.DRAFT_CASE: _right(Actor.EDITOR, Actor.REVIEWER, condition=_("public once it is published like every page")),
    Act.SET_AUTOMATION: _right(Actor.REVIEWER, condition=_("dated, and never changed afterwards")),
    Act.STOP_AUTOMATION: _right(Actor.OFFICER, Actor.MODERATOR, Actor.REVIEWER),
    Act.DECIDE_PROPOSAL: _right(
        Actor.OFFICER,
        Actor.MODERATOR,
        Actor.EDITOR,
        Actor.REVIEWER,
        condition=_("tasks of the own department; never evaluations of it"),
    ),
    Act.APPOINT: _right(Actor.ADMINISTRATOR),
    Act.ENTER_LEGAL_BASIS: _right(Actor.ADMINISTRATOR),
}

OFFICES = frozenset(Actor) - {Actor.VISITOR, Actor.CITIZEN, Actor.ADMINISTRATOR} - ORGANISED


def offices(act: Act) -> tuple[str, ...]:
    """The offices (``Role`` values) that may do ``act``."""
    return tuple(actor.value for actor in Actor if actor in MATRIX[act].actors & OFFICES)


def allows(act: Act, actors: Iterable[Actor], stage: str | None = None) -> bool:
    """Whether anybody who is all of ``actors`` may do ``act``, as far as the office and the stage go."""
    right = MATRIX[act]
    if stage is not None and right.stages is not None and stage not in right.stages:
        return False
    return not right.actors.isdisjoint(actors)
