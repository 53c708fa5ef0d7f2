"""Template library ``glossary``: terms explained where they first occur on a page, and the way to a PDF."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cms.budget.models import Release
from cms.pages import pdf
from cms.pages.content.popovers import explained, popover, words_of

register = template.Library()

# The term that explains a word of a form: a phase of the money, or the first level of an indicator.
TERM_OF = {
    "adopted": "initial-budget",
    "adjusted": "adjusted-budget",
    "executed": "executed",
    "output": "output-indicator",
    "benefit": "benefit-indicator",
    "satisfaction": "satisfaction-indicator",
}


@register.simple_tag(takes_context=True)
def term(context: Context, key: str, shown: str) -> SafeString:
    """``{% term phase phase.label %}``: a label explained by one term of the glossary, by its short name or by what it
    is about in ``TERM_OF``; the bare label where there is no such term, or where the page has explained it already."""
    slug, seen = TERM_OF.get(str(key), str(key)), _seen_on(context.get("request"))
    word = next((word for word in words_of(get_language() or "") if word.slug == slug), None)
    label = conditional_escape(shown)
    if word is None or slug in seen:
        return label
    seen.add(slug)
    return popover(word, label)


@register.simple_tag(takes_context=True)
def with_terms(context: Context, text: Any) -> SafeString:
    """``{% with_terms page.summary %}``: plain text or safe HTML, with the terms of the glossary explained.

    Each term once on a page: what was explained is remembered on the request.
    """
    return explained(text or "", get_language() or "", _seen_on(context.get("request")))


@register.inclusion_tag("cms/pages/pdf_link.html")
def pdf_link(release: Release) -> dict[str, Any]:
    """``{% pdf_link release %}``: nothing where this installation makes no PDF."""
    return {"release": release if pdf.is_available() else None}


@register.filter
def terms_in(text: Any, request: Any) -> SafeString:
    """``{{ text|terms_in:request }}``: the same as a filter, for templates that hand their text on."""
    return explained(text or "", get_language() or "", _seen_on(request))


def _seen_on(request: Any) -> set[str]:
    if request is None:
        return set()
    if not hasattr(request, "terms_explained"):
        request.terms_explained = set()
    found: set[str] = request.terms_explained
    return found
