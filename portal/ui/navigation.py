"""What stands around every page: navigation, the way to the other language, the name of the site.

The context processor runs for every template, so all of it is lazy. For a visitor without a session cookie it reads
neither the session nor the database: such a page carries no ``Vary: Cookie`` and can be kept by any cache.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse, translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class NavItem:
    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class LanguageLink:
    """The same page in another language. ``code`` is a BCP 47 tag (zh-Hans), ``name`` its own name for itself."""

    code: str
    name: str
    url: str
    is_current: bool = False


def language_tag(code: str) -> str:
    """``zh-hans`` -> ``zh-Hans``: what belongs into ``lang`` and ``hreflang``."""
    language, _dash, script = code.partition("-")
    return f"{language}-{script.title()}" if script else language


def path_to(name: str, *args: Any) -> str | None:
    """The path of a named URL, or None while no room serves it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def home_path(language: str | None = None) -> str:
    """The front page in ``language`` (the active one when left out)."""
    code = language or get_language() or settings.LANGUAGE_CODE
    return get_script_prefix() + ("" if code == settings.LANGUAGE_CODE else f"{code}/")


def is_signed_in(request: HttpRequest) -> bool:
    """Whether a person is signed in, without opening the session of somebody who has none."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        # A test client or a view may have put a user on the request without a cookie.
        user = request.__dict__.get("user")
        return type(user) is not SimpleLazyObject and getattr(user, "is_authenticated", False)
    return bool(getattr(request, "user", None) and request.user.is_authenticated)


def _item(request: HttpRequest, label: str, name: str) -> NavItem | None:
    path = path_to(name)
    if path is None:
        return None
    # A page whose address lies elsewhere says itself where it belongs.
    belongs = getattr(request, "section", None) == name
    return NavItem(label, path, is_current=belongs or (request.path.startswith(path) and path != home_path()))


def _items(request: HttpRequest, named: list[tuple[str, str]]) -> list[NavItem]:
    return [item for label, name in named if (item := _item(request, label, name))]


def site_navigation(request: HttpRequest) -> list[NavItem]:
    """The rooms of the house, in the order of the journey, and what belongs to the reader's office."""
    named = [
        (_("Open budgets"), "cms:budget:index"),
        (_("Have your say"), "participation:consultations:index"),
        (_("Promises kept"), "participation:rectification:index"),
        (_("Verify"), "privacy:log:index"),
    ]
    if is_signed_in(request) and not {"moderator", "auditor"}.isdisjoint(getattr(request.user, "role_names", ())):
        named.append((_("Desk"), "participation:balance:index"))
    if is_signed_in(request) and not {"integrity", "auditor"}.isdisjoint(getattr(request.user, "role_names", ())):
        named.append((_("Cases"), "participation:whistleblowing:desk"))
    if is_signed_in(request) and (
        not {"auditor", "privacy"}.isdisjoint(getattr(request.user, "role_names", ()))
        or getattr(request.user, "is_superuser", False)
    ):
        named.append((_("Readings"), "privacy:access:index"))
    if is_signed_in(request) and (
        "privacy" in getattr(request.user, "role_names", ())
        or (getattr(request.user, "is_superuser", False) and not getattr(request.user, "needs_second_factor", False))
    ):
        named.append((_("Privacy desk"), "privacy:requests:desk"))
    return _items(request, named)


def more_navigation(request: HttpRequest) -> list[NavItem]:
    """What helps with the rooms of the house, for the foot of every page."""
    return _items(
        request,
        [
            (_("Guides and training"), "cms:budget:guides"),
            (_("Glossary"), "cms:budget:glossary"),
            (_("Calendar"), "cms:budget:calendar"),
            (_("Meetings"), "participation:meetings:index"),
            (_("Opinion maps"), "participation:deliberation:index"),
            (_("Decisions among options"), "participation:decisions:index"),
            (_("Participatory allocation"), "participation:allocation:index"),
            (_("Case library"), "cms:budget:cases"),
            (_("News"), "cms:budget:news"),
            (_("Awards for cases"), "participation:recognition:index"),
            (_("Rules of automation"), "participation:automation:rules"),
            (_("Who may do what"), "charter"),
            (_("House rules"), "participation:moderation:rules"),
            (_("Rights over my data"), "privacy:requests:new"),
            (_("Incidents with data"), "privacy:incidents:index"),
            (_("How soon departments answer"), "participation:feedback:response_times"),
        ],
    )


def account_navigation(request: HttpRequest) -> list[NavItem]:
    if is_signed_in(request):
        return _items(
            request,
            [
                (_("My page"), "participation:me"),
                (_("My data"), "privacy:rights:mine"),
                (_("Sign out"), "account_logout"),
            ],
        )
    items = _items(request, [(_("Sign in"), "account_login"), (_("Sign up"), "account_signup")])
    match = request.resolver_match
    if request.method != "GET" or match is None or (match.url_name or "").startswith("account_"):
        return items
    after = urlencode({"next": request.get_full_path()})
    return [replace(item, url=f"{item.url}?{after}") for item in items]


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """This page in every language, its query kept; the front page where this one has no other language."""
    current = get_language() or settings.LANGUAGE_CODE
    here = request.get_full_path()
    links = []
    for code, _name in settings.LANGUAGES:
        there = here if code == current else translate_url(here, code)
        if code != current and there == here:
            there = home_path(code)
        links.append(LanguageLink(language_tag(code), get_language_info(code)["name_local"], there, code == current))
    return links


def alternates(request: HttpRequest) -> list[tuple[str, str]]:
    """``(hreflang, absolute URL)`` of this page in every language, and x-default; empty where there is only one."""
    found = {code: translate_url(request.path, code) for code, _name in settings.LANGUAGES}
    if len(set(found.values())) < len(found):
        return []
    try:
        absolute = [(language_tag(code), request.build_absolute_uri(path)) for code, path in found.items()]
        return [*absolute, ("x-default", request.build_absolute_uri(found[settings.LANGUAGE_CODE]))]
    except DisallowedHost:
        # The page that reports a forged Host header is drawn with this, too.
        return []


def may_have_messages(request: HttpRequest) -> bool:
    """Whether looking for messages is worth opening the session."""
    cookies = {settings.SESSION_COOKIE_NAME, "messages"}
    return not cookies.isdisjoint(request.COOKIES) or getattr(getattr(request, "_messages", None), "added_new", False)


def site_furniture(request: HttpRequest) -> Mapping[str, Any]:
    """Context processor. A view that knows better puts its own ``language_links`` or ``alternates`` in its context."""
    code = get_language() or settings.LANGUAGE_CODE
    return {
        "site_name": _("Gongzhi"),
        "site_language": language_tag(code),
        "home_url": home_path(code),
        "nav": SimpleLazyObject(lambda: site_navigation(request)),
        "more_nav": SimpleLazyObject(lambda: more_navigation(request)),
        "account_nav": SimpleLazyObject(lambda: account_navigation(request)),
        "language_links": SimpleLazyObject(lambda: language_links(request)),
        "alternates": SimpleLazyObject(lambda: alternates(request)),
        "verify_url": path_to("privacy:log:index"),
        "open_data_url": path_to("cms:open_data:index"),
        "report_url": path_to("participation:whistleblowing:index"),
        "show_messages": may_have_messages(request),
    }
