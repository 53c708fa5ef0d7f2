"""Notifications, what one follows, how often one is told, and the way out of e-mails."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.following import actions
from participation.following.forms import NotificationFilterForm, PreferencesForm
from participation.following.kinds import Kind
from participation.following.models import Follow
from participation.following.queries import cadences_of, follows_of, in_words, is_following, notifications_for
from participation.following.subjects import Subject, address_of, find, name_of
from participation.following.tokens import read_token
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal

PER_PAGE = 30


@never_cache
@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    person = require_person(request.user)
    form = NotificationFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = notifications_for(person, kind=chosen.get("kind", ""), unread=chosen.get("unread", False))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": form,
        "is_narrowed": any(chosen.values()),
        "page_obj": page,
        "told": in_words(page.object_list, person),
    }
    return render(request, "participation/following/index.html", context)


@never_cache
@login_required
@require_GET
def open_one(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Lead to what a notification is about. Having been there is having read it."""
    person = require_person(request.user)
    notification = notifications_for(person).filter(row_id=row_id).first()
    if notification is None:
        raise NotFound
    actions.mark_read(only=row_id, acting_user=person)
    [told] = in_words([notification], person)
    if not told.is_visible:
        raise NotFound
    return redirect(told.url)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    person = require_person(request.user)
    spend("follow", str(person.pk))
    actions.mark_read(acting_user=person)
    messages.success(request, _("Everything is marked as read."))
    return redirect("participation:following:index")


@never_cache
@login_required
@require_GET
def follows(request: HttpRequest) -> HttpResponse:
    person = require_person(request.user)
    page = Paginator(Follow.objects.visible_to(person), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "followed": follows_of(person, page.object_list)}
    return render(request, "participation/following/follows.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest, subject: str, row_id: UUID) -> HttpResponse:
    """The page with the button, to which visitors come by signing in; and what the button does."""
    person = require_person(request.user)
    if request.method == "POST":
        spend("follow", str(person.pk))
        if "end" in request.POST:
            actions.unfollow(subject, row_id, acting_user=person)
            messages.success(request, _("You do not follow this any more."))
            if "list" in request.POST:
                return redirect("participation:following:follows")
        else:
            actions.follow(subject, row_id, acting_user=person)
            messages.success(request, _("You follow this now. You choose on your page how often you are told."))
        return redirect(address_of(find(subject, row_id, person)))
    record = find(subject, row_id, person)
    context = {
        "subject": Subject(subject),
        "row_id": row_id,
        "name": name_of(record),
        "url": address_of(record),
        "is_following": is_following(person, subject, row_id),
    }
    return render(request, "participation/following/follow.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    person = require_person(request.user)
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=cadences_of(person))
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("follow", str(person.pk))
                actions.choose_cadence(form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Your choice is saved."))
                return redirect("participation:following:preferences")
    return render(request, "participation/following/preferences.html", {"form": form}, status=status)


# The mail program that sends the one click (RFC 8058) has no token of ours but the one in the address.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End e-mails without signing in. Opening the address only asks: programs open addresses on their own."""
    spend("unsubscribe", client_address(request))
    person, scope = read_token(token)
    is_done = request.method == "POST"
    if is_done:
        actions.stop_mail("all" if "all" in request.POST else scope, acting_user=person)
    label = str(Kind(scope).label) if scope in Kind.values else ""
    context = {"scope": scope, "label": label, "is_done": is_done}
    return render(request, "participation/following/unsubscribe.html", context)
