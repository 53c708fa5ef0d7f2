"""What the public or an auditor relies on has a history, or a reason why it has none."""

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from privacy.log.kinds import SHAPES

# A model without history, and why nobody needs one.
WITHOUT_HISTORY = {
    "cms.Government": "Its name is committed to by every release; a change of its jurisdiction is a record of its own.",
    "cms.JurisdictionChange": "Written once, with a leaf.",
    "cms.Department": "Its name is what the source file says; each release commits to its source.",
    "cms.Programme": "Its name is what the source file says; each release commits to its source.",
    "cms.ClassificationEntry": "Part of an edition, whose file has a leaf; every correction is a record of its own.",
    "cms.ClassificationMatch": "Part of an edition, whose file has a leaf.",
    "cms.ClassificationCorrection": "Written once, with a leaf.",
    "cms.CalendarDay": "Every change of a year's days is a record of its own, with a leaf.",
    "cms.CalendarChange": "Written once, with a leaf.",
    "cms.Line": "Never changed within a release: a correction is a new release, whose totals the log commits to.",
    "cms.ImportDraft": "A file on its way; the release that is made of it has a history.",
    "cms.MappingProfile": "A convenience of editors; each release keeps the mapping it was read with.",
    "cms.DisclosureTable": "Taken over once from a document; a leaf commits to all tables of a release.",
    "cms.TableRow": "Taken over once from a document; a leaf commits to all tables of a release.",
    "cms.CheckResult": "Computed from the release and the published rules; running them again computes it again.",
    "cms.CheckFinding": "Computed from the release and the published rules; a leaf commits to those of each run.",
    "cms.ImportProblem": "Written once by an import, with its release.",
    "cms.SchemeWeight": "Part of a version of a scheme, which is never changed; the scheme has a history.",
    "cms.SchemePace": "Part of a version of a scheme, which is never changed; the scheme has a history.",
    "cms.SchemeGrade": "Part of a version of a scheme, which is never changed; the scheme has a history.",
    "cms.SchemeIndicator": "Part of a version of a scheme, which is never changed; the scheme has a history.",
    "cms.SchemeBand": "Part of a version of a scheme, which is never changed; the scheme has a history.",
    "cms.SheetUpload": "The file as it was uploaded; what is taken from it has a history.",
    "cms.DepartmentCell": "Sums of a published release, which never changes; they can be made again at any time.",
    "cms.ProgrammeCell": "Sums of a published release, which never changes; they can be made again at any time.",
    "cms.Snapshot": "A file made of a published release, which never changes.",
    "cms.DataFile": "Made of a published release, which never changes; its digest can be had again from the lines.",
    "cms.PublicEdition": "A number that says whether kept pages are still right.",
    "cms.HomePage": "Wagtail keeps every revision and a log of who published what.",
    "cms.DisclosureIndexPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.DisclosurePage": "Wagtail keeps every revision and a log of who published what; see cms/pages/history.py.",
    "cms.StandardPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.NewsIndexPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.NewsPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.CaseIndexPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.CasePage": "Wagtail keeps every revision and a log of who published what.",
    "cms.GlossaryPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.CalendarPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.GuideIndexPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.CoursePage": "Wagtail keeps every revision and a log of who published what.",
    "cms.LessonPage": "Wagtail keeps every revision and a log of who published what.",
    "cms.ConsentNotice": "Wagtail keeps every revision; each version that was published is a record of its own.",
    "cms.GlossaryTerm": "Wagtail keeps every revision and a log of who changed what.",
    "cms.CalendarEntry": "Wagtail keeps every revision and a log of who changed what.",
    "cms.LessonDone": "What somebody has read is nobody else's business.",
    "cms.Certificate": "Written once, with a leaf; a better score is the holder's own.",
    "participation.WayIn": "Written once when a consultation opens; its leaf tells every way in and every group.",
    "participation.ClockStep": "Written once by the clock; what it is about has a history.",
    "participation.EvaluationReport": "On its way; every published version of it has a history.",
    "participation.EvaluationEvidence": "Belongs to a version of an evaluation, whose leaf commits to its digest.",
    "participation.PublicScore": "Only counted: a history would tell what small numbers hide.",
    "participation.Reaction": "Only counted: a history of single taps would tell what small numbers hide.",
    "participation.Draft": "What somebody has not said yet is nobody else's business.",
    "participation.AnsweredInput": "Written once with its answer, whose leaf names every input.",
    # A row of history keeps the minute and the hand: by them a reporter could be found.
    "participation.Case": "Every step of it stands in its thread, and each has a leaf.",
    "participation.CaseEntry": "Written once, with a leaf; nothing in it is changed but by destroying the case.",
    "participation.CaseFile": "Written once with its entry.",
    "participation.Recusal": "Written once; its leaf says that it happened.",
    "participation.Opinion": "Only counted: a history would tell what small numbers hide.",
    "participation.ReadMark": "How far somebody has read is nobody else's business.",
    "participation.Follow": "What somebody follows is nobody else's business.",
    "participation.Announcement": "Tells again what records with a history of their own say.",
    "participation.Notification": "That somebody was told of something, which has a history of its own.",
    "participation.Preference": "How often somebody wants to be told is nobody else's business.",
    "participation.Letter": "Says whether an e-mail went out.",
    "participation.PhoneCode": "Worth nothing after ten minutes.",
    "participation.RosterEntry": "Written once with its roster, which has a history; only a keyed mark of a number.",
    "participation.Side": "Written once, with the first word, whose leaf tells the group.",
    "participation.AnswerDraft": "An answer on its way; the published one has a history.",
    "participation.DraftInput": "Says what an answer on its way will answer; its leaf names every input.",
    "participation.PartAsked": "Part of an answer on its way; what is published of it has a history.",
    "participation.Theme": "How moderators sort what was said on their desk; nothing public is made of it.",
    "participation.ThemeTag": "How moderators sort what was said on their desk; nothing public is made of it.",
    "participation.MeetingPlaces": "Written with the meeting; each leaf of convening or changing it tells all places.",
    "participation.AllocationBallot": "Sealed: the last one counts, and each casting has a leaf that commits to it.",
    "participation.DecisionBallot": "Secret: the latest one counts, and each casting has a leaf that commits to it.",
    "participation.PetitionSignature": "Written once, with a leaf.",
    "participation.SpeakingTurn": "Who asked to speak and when; what was said stands in the minutes.",
    "participation.MeetingVote": "Only counted: a history would tell what small numbers hide.",
    "participation.MinutesOpinion": "Written once, with a leaf.",
    "participation.MapParticipant": "Counts a person once and by a number; a history would tell who came when.",
    "participation.MapVote": "Only counted: a history would tell what somebody thinks, and when they changed it.",
    "participation.MapBan": "Written once, with a leaf.",
    "participation.MapBanLifting": "Written once, with a leaf.",
    "participation.FileCount": "A ballot file of somebody, forgotten after a day.",
    "participation.OpinionMap": "Drawn from the answers; the final one has a leaf with its hash, and is never changed.",
    "participation.AutomationRun": "Numbers of what was done, each of which has a history of its own.",
    "participation.AwardBallot": "Only counted: a history would tell what small numbers hide.",
    "participation.OptIn": "Taking an agreement back leaves nothing.",
    "participation.TaskStep": "Written once by its step, whose leaf tells it; the task has a history.",
    "participation.WantedEvidence": "Written once with its task.",
    "participation.EscalationStep": "Written once by the clock, with a leaf; the task has a history.",
    "participation.Room": "Counts the messages of a discussion; the messages have a history.",
    "privacy.ReadingDay": "Says only whether the readings of a day have their leaf, which the log shows.",
    "privacy.AccessEvent": "Only ever added, and committed to by a leaf.",
    "privacy.NoticeVersion": "Only ever added, with a leaf.",
    "privacy.Consent": "Only ever added, with a leaf.",
    "privacy.ProcessingRecord": "Only ever added, with a leaf.",
    "privacy.LogEntry": "Only ever added; the database refuses everything else.",
    "privacy.PendingLeaf": "Waits for its number in the log.",
    "privacy.Tile": "Computed from the entries of the log, only ever added.",
    "privacy.Checkpoint": "Signed, and only ever added.",
    "privacy.Cosignature": "A signature of somebody else, which proves itself.",
    "privacy.Witness": "How far another log keeper has come; what they signed is kept as cosignatures.",
    "privacy.LeafSecret": "Salts of commitments: a copy would outlive their erasure.",
    "privacy.Reconciled": "How far the search for rows without a leaf has come.",
    "privacy.Unrecorded": "What that search found; looking again finds it again.",
    "privacy.AffectedPerson": "Found out by a run whose sums have a leaf; a history would outlive the erasure of a person.",
    "privacy.NoticeTemplate": "Written once; its leaf tells the hash of its words.",
    "privacy.NoticeBatch": "How far the sending has come; its beginning and its end have a leaf.",
    "privacy.HoneyRecord": "Whoever reads about it knows what to leave alone.",
    "privacy.ExportJob": "How far an export has come; that it was made and fetched has a leaf.",
    "privacy.RetentionRun": "Written once, with a leaf.",
    "privacy.KeyOperation": "How far a change of keys has come.",
    "privacy.RecordedState": "Says which leaf covers a row; the leaf says it too.",
    "privacy.DataKey": "A copy of a key would outlive its destruction.",
}


def test_every_model_has_a_history_or_a_reason_why_not() -> None:
    without = {
        model._meta.label
        for app in ("cms", "participation", "privacy")
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model, "history") and not hasattr(model, "instance_type") and not model._meta.proxy
    }
    assert without == set(WITHOUT_HISTORY)


def test_what_has_a_public_history_says_who_may_see_it() -> None:
    missing = {
        model._meta.label
        for app in ("cms", "participation", "privacy")
        for model in apps.get_app_config(app).get_models()
        if hasattr(model, "history")
        and model.history.model.public_fields is not None
        and not hasattr(model._default_manager, "visible_to")
        # Told in the history of what they belong to.
        and model._meta.label not in {"cms.Goal", "cms.Indicator", "cms.MonitoringReading", "participation.Stage"}
    }
    assert missing == set()


def test_every_public_field_is_a_field_and_none_is_sealed() -> None:
    wrong = {
        f"{model._meta.label}.{name}"
        for app in ("cms", "participation", "privacy")
        for model in apps.get_app_config(app).get_models()
        if hasattr(model, "history")
        for name in model.history.model.public_fields or ()
        if name not in {field.name for field in model._meta.concrete_fields}
        or hasattr(model._meta.get_field(name), "needs_reason")
    }
    assert wrong == set()


def test_every_public_text_is_a_text_that_some_kind_of_leaf_commits_to() -> None:
    """Its salt is handed to whoever may read the record."""
    committed = {name for shape in SHAPES.values() for name in shape.committed}
    wrong = {
        f"{model._meta.label}.{name}"
        for model in apps.get_models()
        for name in getattr(model, "public_texts", ())
        if name not in committed
        or not isinstance(model._meta.get_field(name), models.CharField | models.TextField)
        or not hasattr(model._default_manager, "visible_to")
    }
    assert wrong == set()


def test_every_public_text_has_a_name_in_words() -> None:
    """The page that verifies a record calls it by that name."""
    nameless = {
        f"{model._meta.label}.{name}"
        for model in apps.get_models()
        for name in getattr(model, "public_texts", ())
        if not isinstance(model._meta.get_field(name).verbose_name, Promise)
    }
    assert nameless == set()
