"""Template library ``ways_in``: what the later rooms put on the pages of the earlier ones.

A consultation's page shows feedback, discussion and evaluations, but its room comes before theirs.
"""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.core.cache import cache
from django.core.paginator import Paginator
from django.template.context import Context

from participation.consultations.models import Consultation
from participation.consultations.returning import kept_draft
from participation.consultations.stages import Deed, offer
from participation.discussion.places import kind_of
from participation.discussion.queries import head_of
from participation.discussion.showing import room_shown
from participation.evaluations import queries as evaluations
from participation.evaluations.models import Evaluation
from participation.feedback import queries as feedback
from participation.feedback.forms import FeedbackForm
from participation.feedback.models import Feedback
from participation.live_numbers import live_numbers
from participation.stakeholders.models import Organisation, User
from participation.templatetags.journey import reader, voices

register = template.Library()

FEEDBACK_PER_PAGE = 10
EVALUATIONS_SHOWN = 10
# Fewer than on the page of the discussion itself: a consultation holds much else.
MESSAGES_SHOWN = 20
NUMBERS_SECONDS = 10
OWN_SHOWN = 50


@register.inclusion_tag("participation/feedback/composer.html", takes_context=True)
def feedback_composer(context: Context, consultation: Consultation) -> dict[str, Any]:
    """The form for feedback where the reader may give it; otherwise what is needed for it."""
    request = context["request"]
    offered = offer(reader(context), Deed.GIVE_FEEDBACK, consultation)
    key = f"feedback-{consultation.row_id}"
    form = None
    if offered.verdict.allowed:
        form = FeedbackForm(draft_key=key, offer=offered, lines=(), initial={"body": kept_draft(request, key)})
    return {"request": request, "user": request.user, "consultation": consultation, "offer": offered, "form": form}


@register.inclusion_tag("participation/feedback/list.html", takes_context=True)
def feedback_list(context: Context, consultation: Consultation) -> dict[str, Any]:
    """One page of the feedback, every side in turn unless the reader asks for the order of time."""
    request = context["request"]
    is_balanced = request.GET.get("order") != "time"
    found = feedback.feedback_of(reader(context), consultation, balanced=is_balanced)
    page = Paginator(found, FEEDBACK_PER_PAGE).get_page(request.GET.get("page"))
    return {"request": request, "consultation": consultation, "page_obj": page, "is_balanced": is_balanced}


@register.inclusion_tag("participation/journey/voices.html", takes_context=True)
def voices_of_consultation(context: Context, consultation: Consultation) -> dict[str, Any]:
    user = reader(context)
    counts = feedback.counts_by_group(Feedback.objects.visible_to(user).filter(consultation=consultation))
    submitted = Evaluation.objects.visible_to(user).filter(consultation=consultation)
    for group, number in feedback.counts_by_group(submitted).items():
        counts[group] = counts.get(group, 0) + number
    return voices(counts)


@register.inclusion_tag("participation/discussion/room.html", takes_context=True)
def discussion_room(context: Context, about: Any) -> dict[str, Any]:
    """The discussion of a record: its newest messages, the form, and all that the live client needs."""
    return room_shown(context["request"], reader(context), about, last=MESSAGES_SHOWN)


@register.inclusion_tag("participation/discussion/numbers.html")
def live_site_numbers() -> dict[str, Any]:
    """What is going on in the whole site now; scripts keep it up to date."""
    # Everybody sees the same, and a socket brings what is newer.
    return cast(dict[str, Any], cache.get_or_set("live-site-numbers", lambda: live_numbers(None), NUMBERS_SECONDS))


@register.inclusion_tag("participation/discussion/link.html", takes_context=True)
def discussion_link(context: Context, about: Any) -> dict[str, Any]:
    """The way to the discussion of a record, with how much was said there."""
    head, _room = head_of(about)
    return {"kind": kind_of(about), "about": about, "head": head}


@register.inclusion_tag("participation/evaluations/list.html", takes_context=True)
def evaluation_list(context: Context, consultation: Consultation) -> dict[str, Any]:
    user = reader(context)
    found = evaluations.evaluations_of(user, consultation)
    page = Paginator(found, EVALUATIONS_SHOWN).get_page(context["request"].GET.get("evaluations"))
    return {
        "request": context["request"],
        "user": user,
        "consultation": consultation,
        "page_obj": page,
        "offer": offer(user, Deed.SUBMIT_EVALUATION, consultation),
    }


@register.inclusion_tag("participation/stakeholders/contributions.html")
def contributions_of(person: User) -> dict[str, Any]:
    """What a person contributed, hidden or not, for that person's own page."""
    return {
        "feedback": feedback.feedback_by(person)[:OWN_SHOWN],
        "evaluations": evaluations.evaluations_by(person)[:OWN_SHOWN],
    }


@register.inclusion_tag("participation/stakeholders/evaluations.html", takes_context=True)
def evaluations_of_organisation(context: Context, organisation: Organisation) -> dict[str, Any]:
    """The public record of an organisation."""
    found = evaluations.evaluations_for(reader(context)).filter(organisation=organisation)
    return {"evaluations": found[:OWN_SHOWN]}
