"""Template library ``furniture``: the small parts that every room puts on its pages."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

register = template.Library()

GROUPS = {
    "citizen": ("g-citizen", gettext_lazy("Citizen")),
    "social_organisation": ("g-social", gettext_lazy("Social organisation")),
    "enterprise": ("g-enterprise", gettext_lazy("Enterprise")),
    "government": ("g-gov", gettext_lazy("Government department")),
    "research": ("g-research", gettext_lazy("Research institution")),
}

# Status value -> tone. Only what is going on now and what is proven may wear the seal (``now``).
TONES = {
    "done": (
        "adopted",
        "approved",
        "answered",
        "verified",
        "published",
        "executed",
        "closed",
        "passed",
        "ok",
        "in_use",
        "confirmed",
    ),
    "now": ("open", "in_progress", "balance", "follow_up"),
    "due": (
        "partly",
        "submitted",
        "writing",
        "pending",
        "returned",
        "assigned",
        "warning",
        "due",
        "draft",
        "review",
        "asked",
        "held",
        "preview",
    ),
    "late": ("late", "overdue", "rejected", "error", "failed", "critical", "expired", "refused"),
    "hidden": ("hidden", "withdrawn", "not_adopted", "out_of_scope", "superseded", "dropped", "replaced", "ended"),
}
TONE_OF = {status: tone for tone, statuses in TONES.items() for status in statuses}
DUE_SOON_DAYS = 7
HAN = re.compile("[\u3400-\u9fff]")

ERROR_TITLES = {
    400: gettext_lazy("That could not be understood"),
    401: gettext_lazy("Please sign in first"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("This page is not here"),
    409: gettext_lazy("Things have changed in the meantime"),
    413: gettext_lazy("That is too large"),
    429: gettext_lazy("A little slower, please"),
}


@dataclass(frozen=True)
class Step:
    """One station of a chain or tracker. ``detail`` is a date, a count, or who is to act."""

    key: str
    label: str
    state: Literal["ok", "now", "todo"]
    detail: str = ""
    url: str = ""


@register.filter
def local(obj: object, name: str) -> str:
    """``{{ obj|local:"title" }}``: the field in the reader's language, or in the other one where it is empty."""

    def field(key: str) -> str:
        value = obj.get(key) if isinstance(obj, Mapping) else getattr(obj, key, None)
        return "" if value is None else str(value)

    chinese, english = field(name), field(f"{name}_en")
    return (english or chinese) if (get_language() or "").startswith("en") else (chinese or english)


@register.filter
def spoken(obj: object, name: str) -> SafeString:
    """``{{ row|spoken:"fund" }}``: as ``local``, and marked as Chinese on a page in another language."""
    return tongue(local(obj, name))


@register.filter
def tongue(words: str) -> SafeString:
    """``{{ reason|tongue }}``: what somebody wrote, marked as Chinese where it stands on a page in another language."""
    if HAN.search(words) and not (get_language() or "").startswith("zh"):
        return format_html('<span lang="zh-Hans">{}</span>', words)
    return escape(words)


@register.simple_tag
def gap() -> str:
    """``{% gap %}`` between two sentences: a space, and nothing in Chinese, whose full stop brings its own."""
    return "" if (get_language() or "").startswith("zh") else " "


@register.filter
def as_text(sentences: Iterable[str]) -> str:
    """``{{ sentences|as_text }}``: one after the other, as the reader's language joins them."""
    return gap().join(sentences)


@register.filter
def paired(first: Iterable[Any], second: Iterable[Any]) -> list[tuple[Any, Any]]:
    """``{% for label, cell in columns|paired:row.cells %}``: a cell with the head of its column, for narrow pages."""
    return list(zip(first, second, strict=False))


@register.filter
def group_name(group: str) -> str:
    """The name of a stakeholder group in the reader's language, without mark-up."""
    return str(GROUPS[str(group)][1]) if str(group) in GROUPS else str(group)


@register.filter
def group_class(group: str) -> str:
    """The colour class of a stakeholder group, for a list item: ``g-citizen``."""
    return GROUPS[str(group)][0] if str(group) in GROUPS else ""


def stakeholder(group: str) -> str:
    """The name of a stakeholder group in its colour; the name always stands there, colour never speaks alone."""
    css, name = GROUPS.get(str(group), ("", group))
    return format_html('<b class="group {}">{}</b>', css, name)


register.filter("stakeholder", stakeholder)
register.simple_tag(stakeholder, name="stakeholder")


def status_tag(status: Any, label: str | None = None, tone: str | None = None) -> str:
    """``{% status_tag obj.status obj.get_status_display %}``: a status in words, with a tone that repeats it."""
    css = tone or TONE_OF.get(str(getattr(status, "value", status)), "plain")
    return format_html('<span class="tag {}">{}</span>', css, label or getattr(status, "label", status))


register.filter("status_tag", status_tag)
register.simple_tag(status_tag, name="status_tag")


@register.filter
def days_left(day: date | datetime | None) -> str:
    """What is left until ``day`` in local time: "3 days left", "due today", "overdue by 2 days"."""
    if not day:
        return ""
    due = (timezone.localtime(day) if timezone.is_aware(day) else day).date() if isinstance(day, datetime) else day
    left = (due - timezone.localdate()).days
    if left < 0:
        css, text = "late", ngettext("overdue by %(days)s day", "overdue by %(days)s days", -left) % {"days": -left}
    elif left == 0:
        css, text = "due", _("due today")
    else:
        css = "due" if left <= DUE_SOON_DAYS else "in-time"
        text = ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
    return format_html('<time class="{}" datetime="{}">{}</time>', css, due.isoformat(), text)


@register.filter
def moment(value: datetime | str | None) -> str:
    """A point in time, from a datetime or its ISO form, as local day and hour; the year only where it is another."""
    when = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    if not isinstance(when, datetime):
        return ""
    local_time = timezone.localtime(when)
    style = "%m-%d %H:%M" if local_time.year == timezone.localdate().year else "%Y-%m-%d %H:%M"
    return format_html('<time datetime="{}" data-created>{}</time>', when.isoformat(), local_time.strftime(style))


@register.inclusion_tag("ui/chain.html")
def chain(steps: Iterable[Step], label: str = "") -> dict[str, Any]:
    """The chain from publication to next year's budget, with the place that this record has reached."""
    return {"steps": steps, "label": label or _("How far this has come")}


@register.inclusion_tag("ui/tracker.html")
def tracker(steps: Iterable[Step], label: str = "", full: bool = False) -> dict[str, Any]:
    """The five steps of one matter: received, accepted, answered, put right, verified.

    ``full`` keeps dates and names on a phone, too, one step a line: for the page of that matter alone.
    """
    return {"steps": steps, "label": label or _("Progress of this matter"), "full": full}


def _verify_url(record: Any) -> str:
    """Where ``record``, or the record with this row id, is verified. A page is known by what its languages share."""
    ref = record if isinstance(record, UUID | str) else getattr(record, "row_id", None) or record.translation_key
    try:
        return reverse("privacy:log:verify", args=[ref])
    except NoReverseMatch:
        return ""


@register.inclusion_tag("ui/seal.html")
def seal(record: Any, recorded_on: date | datetime | None = None) -> dict[str, Any]:
    """The seal of a record that stands in the public log, with the way to check it."""
    return {"url": _verify_url(record), "recorded_on": recorded_on}


@register.simple_tag
def verify_link(record: Any, label: str = "") -> str:
    """A plain link to the check of one record among many: ``record`` is the record or its row id."""
    return format_html('<a class="nowrap" href="{}">{}</a>', _verify_url(record), label or _("Verify this record"))


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(context: Context, page_obj: Page[Any], name: str = "page") -> dict[str, Any]:
    """Links to the other pages of a list; the rest of the query stays as it is."""
    request = context.get("request")
    query = request.GET.copy() if request else None

    def link(number: int) -> str:
        if query is None:
            return f"?{name}={number}"
        query[name] = str(number)
        return f"?{query.urlencode()}"

    numbers: list[tuple[int | None, str]] = [
        (number, link(number)) if isinstance(number, int) else (None, "")
        for number in page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    ]
    return {
        "page": page_obj,
        "numbers": numbers,
        "previous": link(page_obj.number - 1) if page_obj.has_previous() else "",
        "next": link(page_obj.number + 1) if page_obj.has_next() else "",
    }


@register.simple_tag(takes_context=True)
def query_string(context: Context, **changes: Any) -> str:
    """The query of this request with some keys changed; a key set to None is left out."""
    request = context.get("request")
    query = request.GET.copy() if request else None
    if query is None:
        return ""
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag
def icon(name: str, label: str = "") -> str:
    """An icon of ``gongzhi/icons.svg``; decoration unless it is given a label."""
    href = f"{static('gongzhi/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@register.inclusion_tag("ui/error_summary.html")
def field_error_summary(form: BaseForm | None = None) -> dict[str, Any]:
    """What is wrong with a form, each with a link to its field. Shown once per form, wherever it comes first."""
    if not form or not form.is_bound or not form.errors or getattr(form, "error_summary_shown", False):
        return {}
    form.error_summary_shown = True  # type: ignore[attr-defined]
    hidden = [(field.label, error) for field in form.hidden_fields() for error in field.errors]
    fields = [
        (field.id_for_label or field.auto_id, field.label, error)
        for field in form.visible_fields()
        for error in field.errors
    ]
    return {"general": form.non_field_errors(), "hidden": hidden, "fields": fields}


@register.simple_tag
def error_title(status: int) -> str:
    """What happened, in the plain words that head the error page."""
    return str(ERROR_TITLES.get(status, ERROR_TITLES[400]))


@register.simple_tag
def asset(path: str) -> str:
    """The URL of a static file, even when the manifest that should know it is what broke."""
    try:
        return static(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


@register.simple_tag(takes_context=True)
def back_url(context: Context) -> str:
    """The page of this site that the reader came from, or an empty string."""
    request = context.get("request")
    referer = request.META.get("HTTP_REFERER", "") if request else ""
    host = request.META.get("HTTP_HOST", "") if request else ""
    if request is None or not referer or not url_has_allowed_host_and_scheme(referer, allowed_hosts={host}):
        return ""
    parts = urlsplit(referer)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return "" if path == request.get_full_path() else path


@register.simple_tag
def stakeholder_words() -> str:
    """The names of the groups as ``data-g-...`` attributes, for the live client."""
    return format_html_join("", ' data-g-{}="{}"', ((value, name) for value, (_css, name) in GROUPS.items()))
