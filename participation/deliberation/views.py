"""Opinion maps as everybody sees them, and answering statements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from participation.consultations.stages import Deed, offer
from participation.deliberation import files
from participation.deliberation.actions import cast_vote, submit_statement
from participation.deliberation.forms import StatementForm, VoteForm
from participation.deliberation.models import Conversation, MapVote, OpinionMap, Statement
from participation.deliberation.permissions import (
    ANSWERS_FOR_RESULTS,
    ban_of,
    may_keep,
    participant_of,
    require_open,
    require_voice,
)
from participation.deliberation.queries import (
    answers_of,
    conversation_for,
    conversations_for,
    may_see_result,
    much_the_same,
    next_statement,
    progress_of,
    statement_found,
)
from participation.deliberation.results import Cell, result_of
from participation.deliberation.snapshots import ask_for_redraw, counted_votes, is_stale, printed
from participation.small_cells import LEAST
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, NotFound, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal

PER_PAGE = 20
ROWS_PER_PAGE = 25
# In the order of the keys 1, 2, 3.
BUTTONS = (MapVote.Value.AGREE, MapVote.Value.DISAGREE, MapVote.Value.PASS)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    found = conversations_for(request.user)
    context = {
        "open": found.open(),  # type: ignore[attr-defined]
        "page_obj": Paginator(found.filter(closed_at__isnull=False), PER_PAGE).get_page(request.GET.get("page")),
        "may_open": isinstance(request.user, User) and request.user.has_role(Role.MODERATOR, Role.OFFICER),
    }
    return render(request, "participation/deliberation/index.html", context)


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    return render(request, "participation/deliberation/method.html", {"answers": ANSWERS_FOR_RESULTS, "least": LEAST})


def _voting(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    """What the card with the next statement shows."""
    participant = participant_of(request.user, conversation)
    progress = progress_of(conversation, participant)
    offered = offer(request.user, Deed.VOTE_ON_STATEMENTS, conversation.consultation)
    return {
        "conversation": conversation,
        "participant": participant,
        "ban": ban_of(request.user, conversation) if participant else None,
        "progress": progress,
        "statement": next_statement(conversation, request.user, participant) if not conversation.closed_at else None,
        "offer": offered,
        "needs_sign_in": isinstance(offered.verdict.error, SignInRequired),
        "vote_form": VoteForm(standings=() if participant else offered.standings),
        "buttons": BUTTONS,
        "may_see": may_see_result(conversation, progress),
    }


@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _page(request, conversation_for(request.user, row_id))


def _page(request: HttpRequest, conversation: Conversation, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **_voting(request, conversation),
        "may_keep": may_keep(request.user, conversation),
        "own": conversation.statements.filter(author=request.user.pk, is_seed=False),
        "result": OpinionMap.objects.visible_to(request.user).filter(conversation=conversation).first(),
        **more,
    }
    response = render(request, "participation/deliberation/detail.html", context, status=status)
    if request.user.is_authenticated:
        add_never_cache_headers(response)
    return response


@require_POST
def vote(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One answer. With htmx the card comes back with the next statement; else one is led back to the page."""
    conversation = conversation_for(request.user, row_id)
    person = require_person(request.user)
    participant = participant_of(person, conversation)
    offered = offer(person, Deed.VOTE_ON_STATEMENTS, conversation.consultation)
    form = VoteForm(request.POST, standings=offered.standings)
    require_open(conversation)
    if offered.verdict.error is not None:
        raise offered.verdict.error
    if not form.is_valid():
        return _page(request, conversation, 400, vote_form=form)
    spend("map_vote", str(person.pk))
    statement = statement_found(person, form.cleaned_data["statement"])
    if statement.conversation_id != conversation.pk:
        raise NotFound
    cast_vote(
        statement,
        value=form.cleaned_data["value"],
        standing=_standing_of(participant, form),
        acting_user=person,
    )
    if request.headers.get("HX-Request"):
        return render(request, "participation/deliberation/vote.html", {**_voting(request, conversation), "swapped": 1})
    after = "mine" if request.POST.get("after") == "mine" else "detail"
    return redirect(f"{_address(after, conversation)}{'#vote' if after == 'detail' else ''}")


def _standing_of(participant: Any, form: Any) -> Any:
    """Whoever has spoken goes on speaking for the same side."""
    standing = form.standing()
    if participant is None:
        return standing
    return next(
        (one for one in form.fields["organisation"].standings.values() if one.group == participant.stakeholder_group),
        standing,
    )


def _address(name: str, conversation: Conversation) -> str:
    return reverse(f"participation:deliberation:{name}", args=[conversation.row_id])


@never_cache
@require_GET
def mine(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What somebody has answered, to be looked at and changed."""
    conversation = conversation_for(request.user, row_id)
    person = require_person(request.user)
    participant = participant_of(person, conversation)
    context = {
        "conversation": conversation,
        "answers": answers_of(participant) if participant else [],
        "buttons": BUTTONS,
        "may_change": conversation.closed_at is None
        and offer(person, Deed.VOTE_ON_STATEMENTS, conversation.consultation).verdict.allowed,
    }
    return render(request, "participation/deliberation/mine.html", context)


# Statements --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new_statement(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Hand in a statement; where others say much the same, they are shown first."""
    conversation = conversation_for(request.user, row_id)
    require_open(conversation)
    offered = offer(request.user, Deed.VOTE_ON_STATEMENTS, conversation.consultation)
    if offered.verdict.error is not None:
        raise offered.verdict.error
    form = StatementForm(request.POST or None, standings=offered.standings)
    similar: list[Statement] = []
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            similar = much_the_same(conversation, form.cleaned_data["body"])
            if similar and not form.cleaned_data["is_new"]:
                status = 200
            else:
                try:
                    return _hand_in(request, conversation, form)
                except GongzhiError as error:
                    status = show_refusal(form, error)
    context = {"conversation": conversation, "form": form, "similar": similar}
    if not similar:
        del form.fields["is_new"]
    return render(request, "participation/deliberation/new_statement.html", context, status=status)


def _hand_in(request: HttpRequest, conversation: Conversation, form: StatementForm) -> HttpResponse:
    participant = participant_of(request.user, conversation)
    standing = _standing_of(participant, form)
    person = require_voice(request.user, conversation, standing.group)
    spend("statement", str(person.pk))
    statement = submit_statement(conversation, body=form.cleaned_data["body"], standing=standing, acting_user=person)
    messages.success(request, _("Thank you. A moderator looks at your statement before others vote on it."))
    return redirect(statement)


@require_safe
def statement(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = statement_found(request.user, row_id)
    conversation = conversation_for(request.user, found.conversation.row_id)
    participant = participant_of(request.user, conversation)
    kept = OpinionMap.objects.filter(conversation=conversation).first()
    is_open_to = may_see_result(conversation, progress_of(conversation, participant))
    counts = kept.tallies["all"].get(str(found.number)) if kept and is_open_to else None
    context = {
        "statement": found,
        "conversation": conversation,
        "cell": Cell(*counts) if counts else None,
        "is_mine": found.author_id == request.user.pk,
        "may_moderate": isinstance(request.user, User) and request.user.has_role(Role.MODERATOR),
    }
    response = render(request, "participation/deliberation/statement.html", context)
    if request.user.is_authenticated:
        add_never_cache_headers(response)
    return response


# What came out -----------------------------------------------------------------------------------------------------


@require_safe
def result(request: HttpRequest, row_id: UUID) -> HttpResponse:
    conversation = conversation_for(request.user, row_id)
    participant = participant_of(request.user, conversation)
    progress = progress_of(conversation, participant)
    kept = OpinionMap.objects.filter(conversation=conversation).first()
    may_see = may_see_result(conversation, progress)
    if may_see and is_stale(conversation, kept):
        ask_for_redraw(conversation)
        kept = OpinionMap.objects.filter(conversation=conversation).first()
    told = result_of(conversation, kept, participant) if may_see and kept else None
    context = {
        "conversation": conversation,
        "progress": progress,
        "may_see": may_see,
        "kept": kept,
        "is_enough": kept is not None and kept.participants >= LEAST,
        "result": told,
        "page_obj": Paginator(told.rows if told else (), ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "is_turned": "page" in request.GET,
        "files": files.FILES,
        "least": LEAST,
    }
    response = render(request, "participation/deliberation/result.html", context)
    if request.user.is_authenticated:
        add_never_cache_headers(response)
    return response


@require_safe
def file(request: HttpRequest, row_id: UUID, name: str) -> HttpResponse:
    """One of the published files. There are none before the end, nor of fewer than five people."""
    conversation = conversation_for(request.user, row_id)
    kept = OpinionMap.objects.visible_to(request.user).filter(conversation=conversation).first()
    if kept is None or kept.participants < LEAST or name not in files.FILES:
        raise NotFound
    spend("download", str(request.user.pk or "visitors"))
    kept.conversation = conversation
    made = {
        "votes.csv": lambda: files.votes_csv(counted_votes(conversation)),
        "comments.csv": lambda: files.comments_csv(kept),
        "participants-votes.csv": lambda: files.participants_csv(kept, counted_votes(conversation)),
        "stakeholders.csv": lambda: files.stakeholders_csv(kept),
        "result.json": lambda: printed(kept.result).encode(),
    }
    kind = "application/json" if name.endswith(".json") else "text/csv; charset=utf-8"
    response = HttpResponse(made[name](), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
