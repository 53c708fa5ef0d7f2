"""What leaves about decisions among options look like; part of the vocabulary in ``kinds.py``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import DAY, DIGEST, MOMENT, NUMBER, REFERENCE, WORD, ListOf, Optional, PublicType

_OF_ROOM: dict[str, PublicType] = {"room": REFERENCE}
# Options are named by their letters, in small ones: a, b, c, and sq for leaving things as they are.
_LETTERS = ListOf(WORD)

DECISION_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.DECISION_RULE_ENTERED: _shape(_("Rules for decisions were entered."), "rule", valid_from=DAY),
    LeafKind.DECISION_POPULATION: _shape(
        _("How many people live in each part of a place was entered, to weigh ballots by."), "parts", valid_from=DAY
    ),
    LeafKind.DECISION_OPENED: _shape(
        _("Somebody began to prepare a decision among options."), "title", "question", consultation=REFERENCE
    ),
    LeafKind.DECISION_OPTION: _shape(
        _("An option of a decision was added, changed or withdrawn."),
        "plan",
        **_OF_ROOM,
        letter=WORD,
        state=WORD,
        cost=NUMBER,
    ),
    LeafKind.DECISION_MEASURE: _shape(
        _("A measure was named that would make an option bearable."),
        "title",
        **_OF_ROOM,
        letter=WORD,
        measure_kind=WORD,
        cost=NUMBER,
        due_on=DAY,
    ),
    LeafKind.DECISION_SEAT: _shape(
        _("An organisation was put on the roster of a decision or taken off, or shares a ballot."),
        "organisation",
        **_OF_ROOM,
        stakeholder_group=WORD,
        state=WORD,
    ),
    LeafKind.DECISION_CHARTER_FROZEN: _shape(
        _("The charter of a decision was frozen: thresholds, quorums, groups and weights."),
        charter_sha256=DIGEST,
        groups=ListOf(WORD),
        options=_LETTERS,
        panel_commitment=DIGEST,
    ),
    LeafKind.DECISION_ROUND_OPENED: _shape(
        _("A ballot on options opened, and the secret of its lot was committed to."),
        **_OF_ROOM,
        number=NUMBER,
        options=_LETTERS,
        commitment=DIGEST,
        ends_at=MOMENT,
    ),
    LeafKind.DECISION_ROUND_EXTENDED: _shape(
        _("A ballot was opened again because a group had not been heard."),
        number=NUMBER,
        ends_at=MOMENT,
        extensions=NUMBER,
        commitment=DIGEST,
    ),
    LeafKind.DECISION_ROUND_CLOSED: _shape(
        _("A ballot on options was closed, and the secret of its lot opened."),
        secret=DIGEST,
        lot=_LETTERS,
        ballots=NUMBER,
    ),
    LeafKind.DECISION_FLAGGED: _shape(_("Ballots that looked odd were put into quarantine."), ballots=NUMBER),
    LeafKind.DECISION_COUNT_ASKED: _shape(_("A count was asked for once more."), version=NUMBER),
    LeafKind.DECISION_FILE: _shape(
        _("The file of the ballots was fixed before it was counted."),
        version=NUMBER,
        ballots=NUMBER,
        file_sha256=DIGEST,
        whole_sha256=DIGEST,
        withheld=ListOf(WORD),
    ),
    LeafKind.DECISION_COUNTED: _shape(
        _("A ballot on options was counted."),
        version=NUMBER,
        status=WORD,
        option=Optional(WORD),
        result_sha256=DIGEST,
    ),
    LeafKind.DECISION_WORDS_HIDDEN: _shape(
        _("A moderator took words of a ballot from the page of a decision, with a reason."),
        "reason",
        "words",
        version=NUMBER,
        place=NUMBER,
    ),
    LeafKind.DECISION_MOVED: _shape(_("A decision came to another state."), "reason", state=WORD),
    LeafKind.DECISION_DECIDED: _shape(
        _("A decision was published with its reasons."),
        "reasons",
        status=WORD,
        option=WORD,
        round=NUMBER,
        review_on=Optional(DAY),
    ),
    LeafKind.BALLOT_CAST: _shape(
        _("Somebody rated the options of a decision, or rated them anew."), "receipt", round=REFERENCE, state=WORD
    ),
    LeafKind.BALLOT_JUDGED: _shape(
        _("An auditor decided whether a flagged ballot counts."), "reason", round=REFERENCE, state=WORD
    ),
    LeafKind.DECISION_PANEL_JOINED: _shape(
        _("Somebody volunteered for the panel on objections."), **_OF_ROOM, stakeholder_group=WORD
    ),
    LeafKind.DECISION_PANEL_DRAWN: _shape(
        _("The panel on objections was drawn, and the secret of its lot opened."), secret=DIGEST, volunteers=NUMBER
    ),
    LeafKind.OBJECTION_FILED: _shape(
        _("Somebody filed an objection to an option, with a harm and the part of the plan that does it."),
        "part",
        "text",
        **_OF_ROOM,
        letter=WORD,
        harm=WORD,
        stakeholder_group=WORD,
        due_on=DAY,
    ),
    LeafKind.OBJECTION_VOTED: _shape(
        _("A member of the panel voted on an objection."), "vote", "reason", objection=REFERENCE, hearing=NUMBER
    ),
    LeafKind.OBJECTION_MOVED: _shape(
        _("An objection was admitted or not, worked on, resolved, sustained, withdrawn or appealed."),
        "words",
        state=WORD,
        rounds=NUMBER,
    ),
    LeafKind.OBJECTION_LEGAL: _shape(_("The legal unit wrote what it finds on an objection."), "words", finding=WORD),
    LeafKind.PETITION_STARTED: _shape(
        _("A petition of concern about an option was started."),
        "text",
        **_OF_ROOM,
        letter=WORD,
        stakeholder_group=WORD,
    ),
    LeafKind.PETITION_SIGNED: _shape(_("A petition of concern was signed."), petition=REFERENCE),
    LeafKind.PETITION_INTEGRATED: _shape(
        _("A round of integration was held because of a petition."), "words", rounds=NUMBER
    ),
    LeafKind.PETITION_VOTED: _shape(
        _("A member of the panel voted on whether a petition beyond the limit of the year has substance."),
        "vote",
        "reason",
        petition=REFERENCE,
    ),
    LeafKind.PETITION_SETTLED: _shape(
        _("The panel found substance in a petition beyond the limit of the year, or none."), state=WORD
    ),
    LeafKind.COMMITMENT_MADE: _shape(
        _("Something was promised to those whom a decision burdens."),
        "text",
        **_OF_ROOM,
        department=REFERENCE,
        due_on=DAY,
        cost=NUMBER,
    ),
    LeafKind.COMMITMENT_OPENED: _shape(_("A commitment of a decision became a task."), **_OF_ROOM, task=REFERENCE),
    LeafKind.MINORITY_REPORTED: _shape(
        _("A minority report on a decision was handed in."), "text", **_OF_ROOM, stakeholder_group=WORD
    ),
    LeafKind.MINORITY_ANSWERED: _shape(_("A minority report was answered."), "answer"),
}
