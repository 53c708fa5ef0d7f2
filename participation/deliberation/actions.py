"""Opening a conversation, putting statements into it, answering them, excluding somebody, closing it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation, Contribution, Stage, WayIn
from participation.consultations.notices import matters_of
from participation.consultations.stages import current_stage
from participation.deliberation.models import (
    STATEMENT_CHARS,
    Conversation,
    MapBan,
    MapBanLifting,
    MapParticipant,
    MapVote,
    OpinionMap,
    Statement,
)
from participation.deliberation.permissions import participant_of, require_map_keeper, require_open, require_voice
from participation.deliberation.queries import same_words
from participation.deliberation.snapshots import ask_for_redraw, draw
from participation.following.actions import announce, follow_own
from participation.following.kinds import Kind
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.permissions import require_uninvolved
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Closed, Conflict, Invalid, NotFound
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

# Stages in which nothing is answered any more.
OVER = frozenset({Stage.Kind.BALANCE, Stage.Kind.ANSWERED, Stage.Kind.FOLLOW_UP, Stage.Kind.CLOSED})
NUMBERS = 2**31 - 1
SEEDS_MOST = 100
# What one map can take (as Polis): known people go on answering what is there.
PEOPLE_MOST, STATEMENTS_MOST = 100_000, 10_000


@transaction.atomic
def open_conversation(
    consultation: Consultation,
    *,
    title: str,
    purpose: str,
    title_en: str = "",
    purpose_en: str = "",
    acting_user: User,
) -> Conversation:
    """Ask a question whose answers are mapped. It is public as soon as its consultation is, and takes votes while that
    takes input. Raises ``Closed`` where the consultation has no opinion maps, or no longer takes input."""
    keeper = require_map_keeper(acting_user, consultation)
    texts = {
        "title": typed_text(title, field="title", limit=200, missing=_("Please write the question.")),
        "purpose": typed_text(purpose, field="purpose", limit=2000, missing=_("Please say what it is for.")),
        "title_en": typed_text(title_en, field="title_en", limit=200),
        "purpose_en": typed_text(purpose_en, field="purpose_en", limit=2000),
    }
    if not consultation.ways_in.filter(way=WayIn.Way.OPINION_MAP).exists():
        raise Closed(_("This consultation does not use this way of taking part."))
    stage = current_stage(consultation)
    if stage is not None and stage.kind in OVER:
        raise Closed(_("This consultation no longer takes input."))
    with acting(keeper):
        conversation = Conversation.objects.create(consultation=consultation, opened_by=keeper, **texts)
    append_leaf(
        LeafKind.CONVERSATION_OPENED,
        conversation,
        public={"consultation": str(consultation.row_id)},
        committed={name: texts[name] for name in Conversation.public_texts},
    )
    words = {"step": "opened"}
    announce(Kind.OPINION_MAP, conversation, of=matters_of(consultation), words=words, acting_user=keeper)
    return conversation


def _locked(conversation: Conversation) -> Conversation:
    """Whoever answers, adds a statement or closes waits here: what is counted at the end is what was there."""
    locked = Conversation.objects.select_for_update(of=("self",), no_key=True).get(pk=conversation.pk)
    locked.consultation = conversation.consultation
    require_open(locked)
    return locked


# Statements --------------------------------------------------------------------------------------------------------


@transaction.atomic
def seed_statements(
    conversation: Conversation, *, texts: Sequence[tuple[str, str]], is_meta: bool = False, acting_user: User
) -> list[Statement]:
    """Put the first statements to the vote. ``texts``: (statement, the same in English or nothing)."""
    keeper = require_map_keeper(acting_user, conversation.consultation)
    if not 1 <= len(texts) <= SEEDS_MOST:
        raise Invalid(_("Please write between 1 and %(most)d statements.") % {"most": SEEDS_MOST}, field="texts")
    locked = _locked(conversation)
    made = [
        _add(
            locked,
            _checked(locked, body, "texts"),
            keeper,
            body_en=typed_text(body_en, field="texts", limit=STATEMENT_CHARS),
            is_seed=True,
            is_meta=is_meta,
            stakeholder_group=StakeholderGroup.GOVERNMENT,
        )
        for body, body_en in texts
    ]
    ask_for_redraw(locked)
    return made


@transaction.atomic
def submit_statement(conversation: Conversation, *, body: str, standing: Standing, acting_user: User) -> Statement:
    """Hand in a statement. A moderator looks at it before it is put to the vote.

    Raises ``Conflict`` with its ``number`` where the same sentence is there already.
    """
    author = require_voice(acting_user, conversation, standing.group)
    locked = _locked(conversation)
    body = _checked(locked, body, "body")
    participant = _participant(locked, author, standing)
    statement = _add(
        locked,
        body,
        author,
        status=Contribution.Status.HELD,
        stakeholder_group=participant.stakeholder_group,
        organisation=participant.organisation,
    )
    follow_own(statement, acting_user=author)
    return statement


def _checked(conversation: Conversation, body: str, field: str) -> str:
    """One line. The same sentence twice would share its votes."""
    typed = typed_text(body, field=field, limit=STATEMENT_CHARS, missing=_("Please write a statement."))
    text = " ".join(typed.split())
    same = same_words(conversation, text)
    if same is not None:
        words = _("This statement is there already: no. %(number)d.") % {"number": same.number}
        raise Conflict(words, field=field, number=same.number)
    return text


def _add(conversation: Conversation, body: str, author: User, **fields: Any) -> Statement:
    last = conversation.statements.aggregate(last=Max("number"))["last"]
    if last is not None and last + 1 >= STATEMENTS_MOST:
        raise Closed(_("This opinion map takes no further statements: it has as many as it can have."))
    with acting(author):
        statement = Statement.objects.create(
            conversation=conversation,
            consultation=conversation.consultation,
            author=author,
            number=0 if last is None else last + 1,
            body=body,
            **fields,
        )
    append_leaf(
        LeafKind.STATEMENT_SUBMITTED,
        statement,
        public={
            "conversation": str(conversation.row_id),
            "number": statement.number,
            "stakeholder_group": statement.stakeholder_group,
            "state": statement.status,
        },
        committed={"body": body},
    )
    return statement


# Answers -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def cast_vote(statement: Statement, *, value: int, standing: Standing, acting_user: User) -> MapVote:
    """Agree (1), disagree (-1) or pass (0). The same again changes nothing; another answer replaces the first one.

    Raises ``NotFound`` for a statement that is not public.
    """
    if value not in MapVote.Value.values:
        raise Invalid(_("Please choose: agree, disagree or pass."), field="value")
    person = require_voice(acting_user, statement.conversation, standing.group)
    conversation = _locked(statement.conversation)
    if not Statement.objects.filter(pk=statement.pk, status=Contribution.Status.VISIBLE).exists():
        raise NotFound
    participant = _participant(conversation, person, standing)
    vote, is_new = MapVote.objects.get_or_create(
        participant=participant, statement=statement, defaults={"value": value}
    )
    if not is_new and vote.value != value:
        vote.value, vote.cast_at = value, timezone.now()
        vote.save()
    ask_for_redraw(conversation)
    return vote


def _participant(conversation: Conversation, person: User, standing: Standing) -> MapParticipant:
    """The one row of ``person``; for which side they speak is settled by their first deed."""
    take_side(person, conversation.consultation, standing.group)
    found = participant_of(person, conversation)
    if found is None and conversation.participants.count() >= PEOPLE_MOST:
        raise Closed(_("This opinion map takes no further people: it has as many as it can have."))
    while found is None:
        # A number that is taken is drawn again.
        number = 1 + secrets.randbelow(NUMBERS)
        if not conversation.participants.filter(number=number).exists():
            found = MapParticipant.objects.create(
                conversation=conversation,
                person=person,
                number=number,
                stakeholder_group=standing.group,
                organisation=standing.organisation,
            )
    return found


# Those who keep it -------------------------------------------------------------------------------------------------


@transaction.atomic
def ban_participant(participant: MapParticipant, *, reason: str, acting_user: User) -> MapBan:
    """Exclude somebody who disturbs the conversation. Nothing they answered is counted, from now on and at the end."""
    conversation = participant.conversation
    keeper = require_map_keeper(acting_user, conversation.consultation)
    require_uninvolved(keeper, author_id=participant.person_id, organisation=participant.organisation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason: they will read it."))
    locked = _locked(conversation)
    if MapBan.objects.in_force().filter(participant=participant).exists():
        raise Conflict(_("This person has been excluded already."))
    ban = MapBan.objects.create(participant=participant, reason=reason, banned_by=keeper)
    told = {"conversation": str(locked.row_id)}
    append_leaf(LeafKind.CONVERSATION_BANNED, ban, public=told, committed={"reason": reason})
    words = {"step": "excluded"}
    announce(Kind.OPINION_MAP, locked, to=participant.person, words=words, acting_user=keeper)
    ask_for_redraw(locked)
    return ban


@transaction.atomic
def lift_ban(ban: MapBan, *, reason: str, acting_user: User) -> MapBanLifting:
    """Let somebody who was excluded take part again: what they answered counts as before."""
    participant = ban.participant
    conversation = participant.conversation
    keeper = require_map_keeper(acting_user, conversation.consultation)
    require_uninvolved(keeper, author_id=participant.person_id, organisation=participant.organisation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason: they will read it."))
    locked = _locked(conversation)
    if MapBanLifting.objects.filter(ban=ban).exists():
        raise Conflict(_("This exclusion has been lifted already."))
    lifting = MapBanLifting.objects.create(ban=ban, reason=reason, lifted_by=keeper)
    told = {"conversation": str(locked.row_id)}
    append_leaf(LeafKind.CONVERSATION_BAN_LIFTED, lifting, public=told, committed={"reason": reason})
    words = {"step": "readmitted"}
    announce(Kind.OPINION_MAP, locked, to=participant.person, words=words, acting_user=keeper)
    ask_for_redraw(locked)
    return lifting


@transaction.atomic
def close_conversation(conversation: Conversation, *, reason: str = "", acting_user: User | None) -> OpinionMap:
    """Close the map, draw it once more from nothing but what will be published, and publish both.

    With no ``acting_user`` it is the clock: the consultation no longer takes input. Before that it needs a reason.
    """
    if acting_user is not None:
        require_map_keeper(acting_user, conversation.consultation)
        reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason: it is published."))
    reason = reason or _now("The consultation no longer takes input.")
    locked = _locked(conversation)
    locked.closed_at = timezone.now()
    with acting(acting_user, reason=reason):
        locked.save()
    result = draw(locked, is_final=True)
    told = {"participants": result.participants, "votes": result.votes}
    append_leaf(LeafKind.CONVERSATION_CLOSED, locked, public=told, committed={"reason": reason})
    append_leaf(
        LeafKind.OPINION_MAP_PUBLISHED,
        result,
        public={
            "conversation": str(locked.row_id),
            "votes_sha256": result.votes_sha256,
            "result_sha256": result.result_sha256,
            **told,
        },
        committed={},
    )
    people = User.objects.filter(map_participations__conversation=locked)
    announce(
        Kind.OPINION_MAP,
        locked,
        to=people,
        of=matters_of(locked.consultation),
        words={"step": "published"},
        url=result.get_absolute_url(),
        acting_user=acting_user,
    )
    return result
