"""The pages of those who open opinion maps, look at statements and close maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.consultations.models import Consultation
from participation.consultations.stages import may_keep as may_keep_consultation
from participation.deliberation import actions
from participation.deliberation.forms import BanForm, ConversationForm, ReasonForm, SeedForm
from participation.deliberation.models import Conversation, MapBan, MapParticipant, OpinionMap, Statement
from participation.deliberation.permissions import require_map_keeper, require_open
from participation.deliberation.queries import conversation_for, held_statements
from participation.deliberation.snapshots import ask_for_redraw
from participation.moderation.actions import hide_item, show_item
from participation.moderation.forms import HideForm
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_role
from portal.errors import GongzhiError, Invalid, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    keeper = require_role(request.user, Role.MODERATOR, Role.OFFICER)
    form = ConversationForm(
        request.POST or None,
        consultations=_kept_by(keeper),
        initial={"consultation": request.GET.get("consultation")},
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(keeper.pk))
                made = actions.open_conversation(**form.cleaned_data, acting_user=keeper)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The opinion map is open. Now write the first statements."))
                return redirect("participation:deliberation:keep", row_id=made.row_id)
    return render(request, "participation/deliberation/new.html", {"form": form}, status=status)


def _kept_by(keeper: User) -> Any:
    seen = Consultation.objects.visible_to(keeper).select_related("department", "programme")
    if keeper.has_role(Role.MODERATOR):
        return seen
    return seen.filter(pk__in=[one.pk for one in seen if may_keep_consultation(keeper, one)])


# One map -----------------------------------------------------------------------------------------------------------


def _kept(request: HttpRequest, row_id: UUID) -> tuple[Conversation, User]:
    conversation = conversation_for(request.user, row_id)
    return conversation, require_map_keeper(request.user, conversation.consultation)


@never_cache
@require_GET
def keep(request: HttpRequest, row_id: UUID) -> HttpResponse:
    conversation, keeper = _kept(request, row_id)
    return _page(request, conversation, keeper)


def _page(
    request: HttpRequest, conversation: Conversation, keeper: User, status: int = 200, **sent: Any
) -> HttpResponse:
    statements = conversation.statements.exclude(status=Statement.Status.HELD)
    # Forms that stand on the page once for each record.
    forms_of = {form.prefix: form for name in ("refuse_form", "lift_form") if (form := sent.pop(name, None))}
    context = {
        "conversation": conversation,
        "held": [
            (one, forms_of.get(_prefix(one)) or HideForm(prefix=_prefix(one))) for one in held_statements(conversation)
        ],
        "statements": statements,
        "bans": [
            (ban, forms_of.get(_lifting(ban)) or ReasonForm(prefix=_lifting(ban)))
            for ban in MapBan.objects.filter(participant__conversation=conversation).select_related("lifting")
        ],
        "kept": OpinionMap.objects.filter(conversation=conversation).first(),
        "is_moderator": keeper.has_role(Role.MODERATOR),
        "seed_form": SeedForm(prefix="seed"),
        "close_form": ReasonForm(prefix="close"),
        "ban_form": BanForm(conversation=conversation, prefix="ban"),
        **sent,
    }
    return render(request, "participation/deliberation/keep.html", context, status=status)


def _prefix(statement: Statement) -> str:
    return f"refuse-{statement.number}"


def _lifting(ban: MapBan) -> str:
    return f"lift-{ban.row_id}"


def _ban_asked(request: HttpRequest, conversation: Conversation) -> MapBan:
    try:
        wanted = UUID(request.POST.get("ban", ""))
    except ValueError:
        raise Invalid from None
    found = MapBan.objects.filter(participant__conversation=conversation, row_id=wanted).first()
    if found is None:
        raise NotFound
    found.participant.conversation = conversation
    return found


def _statement(request: HttpRequest, conversation: Conversation) -> Statement:
    try:
        wanted = UUID(request.POST.get("statement", ""))
    except ValueError:
        raise Invalid from None
    found = conversation.statements.filter(row_id=wanted).select_related("author", "organisation").first()
    if found is None:
        raise NotFound
    found.consultation = conversation.consultation
    return found


def _accept(request: HttpRequest, conversation: Conversation, keeper: User, given: dict[str, Any]) -> None:
    # Nobody could answer it any more.
    require_open(conversation)
    show_item(_statement(request, conversation), reason="", acting_user=keeper)
    ask_for_redraw(conversation)


def _refuse(request: HttpRequest, conversation: Conversation, keeper: User, given: dict[str, Any]) -> None:
    hide_item(_statement(request, conversation), **given, acting_user=keeper)
    ask_for_redraw(conversation)


def _ban(request: HttpRequest, conversation: Conversation, keeper: User, given: dict[str, Any]) -> None:
    author = given["statement"].author_id
    participant = MapParticipant.objects.filter(conversation=conversation, person=author).first()
    if participant is None:
        raise Invalid(_("Whoever wrote this does not take part in the opinion map."))
    actions.ban_participant(participant, reason=given["reason"], acting_user=keeper)


@dataclass(frozen=True)
class Act:
    """What a button of the page does. ``form``: made of what was sent, where something is typed."""

    do: Callable[[HttpRequest, Conversation, User, dict[str, Any]], Any]
    done: str | Promise
    form: Callable[[HttpRequest, Conversation], forms.Form] | None = None
    # Under which name the page knows a form that was refused.
    name: str = ""


ACTS: dict[str, Act] = {
    "seed": Act(
        lambda r, c, k, given: actions.seed_statements(c, **given, acting_user=k),
        gettext_lazy("The statements are put to the vote."),
        lambda r, c: SeedForm(r.POST, prefix="seed"),
        "seed_form",
    ),
    "accept": Act(_accept, gettext_lazy("The statement is put to the vote.")),
    "refuse": Act(
        _refuse,
        gettext_lazy("The statement is not shown. A second moderator looks at that."),
        lambda r, c: HideForm(r.POST, prefix=_prefix(_statement(r, c))),
        "refuse_form",
    ),
    "ban": Act(
        _ban,
        gettext_lazy("This person is excluded."),
        lambda r, c: BanForm(r.POST, conversation=c, prefix="ban"),
        "ban_form",
    ),
    "lift": Act(
        lambda r, c, k, given: actions.lift_ban(_ban_asked(r, c), reason=given["reason"], acting_user=k),
        gettext_lazy("The exclusion is lifted. What this person answered counts as before."),
        lambda r, c: ReasonForm(r.POST, prefix=_lifting(_ban_asked(r, c))),
        "lift_form",
    ),
    "close": Act(
        lambda r, c, k, given: actions.close_conversation(c, reason=given["reason"], acting_user=k),
        gettext_lazy("The opinion map is closed, and its result published."),
        lambda r, c: ReasonForm(r.POST, prefix="close"),
        "close_form",
    ),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    conversation, keeper = _kept(request, row_id)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    spend("moderation", str(keeper.pk))
    form = chosen.form(request, conversation) if chosen.form else None
    status = 400
    if form is None or form.is_valid():
        try:
            chosen.do(request, conversation, keeper, form.cleaned_data if form else {})
        except GongzhiError as error:
            if form is None:
                raise
            status = show_refusal(form, error)
        else:
            messages.success(request, str(chosen.done))
            return redirect("participation:deliberation:keep", row_id=row_id)
    return _page(request, conversation, keeper, status, **{chosen.name: form})
