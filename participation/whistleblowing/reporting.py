"""What somebody who reports wrongdoing sees. No account, no session and no cookie is needed or made.

The forms carry no CSRF token, because a token needs a cookie. A forged form could use nothing of the visitor's: these
pages know nobody, and who sends the code is in the form itself. Forms from other sites are refused by what the
browser says of where they come from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from participation.whistleblowing.actions import add_reporter_message, open_case
from participation.whistleblowing.codes import code_of, new_ticket, plain, written
from participation.whistleblowing.files import KeptInMemory
from participation.whistleblowing.forms import CodeForm, ReporterMessageForm, ReportForm
from participation.whistleblowing.models import Case
from participation.whistleblowing.queries import case_of_code, opened_for_reporter
from portal.errors import GongzhiError, NotAllowed, NotFound, bad_request, error_response
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal

View = Callable[[HttpRequest], HttpResponse]


def mark_of(request: HttpRequest) -> str:
    """What attempts are counted by: the same for one address during one day, and no way back to the address."""
    today = timezone.localdate().isoformat()
    return salted_hmac(
        "participation.whistleblowing", f"{today} {client_address(request)}", algorithm="sha256"
    ).hexdigest()


def refuse_other_sites(request: HttpRequest) -> None:
    """Raise ``NotAllowed`` for a form that another site sent. Browsers that say nothing of it are let through."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        # "null" is what a page without a referrer, such as ours, says of itself.
        origin = request.headers.get("Origin", "null")
        is_ours = origin == "null" or urlsplit(origin).netloc == request.get_host()
    if not is_ours:
        raise NotAllowed(_("This form was not sent from our own page. Please open the page here and send it again."))


def traceless(view: View) -> View:
    """A page that no cache keeps, that tells no other page where the visitor was, and whose files stay in memory."""

    @require_http_methods(["GET", "POST"])
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            refuse_other_sites(request)
            request.upload_handlers = [KeptInMemory(request)]
        return view(request)

    @csrf_exempt
    @never_cache
    @sensitive_post_parameters()
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        # A refusal is answered here, not further out: it leaves no more behind than the page.
        try:
            response = checked(request)
        except GongzhiError as error:
            response = error_response(request, error)
        except SuspiciousOperation as error:
            response = bad_request(request, error)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return answer


@traceless
@sensitive_variables()
def index(request: HttpRequest) -> HttpResponse:
    """What to know before reporting, and the form. Once it is sent, the code."""
    if request.method != "POST":
        return _report_page(request, ReportForm(initial={"ticket": new_ticket()}))
    typed = request.POST.copy()
    code = code_of(typed.get("ticket", ""))
    if code is None:
        # What was typed stays; the next attempt has a new code.
        typed["ticket"] = new_ticket()
    form = ReportForm(typed, request.FILES)
    if code is None:
        form.add_error(None, _("This page was open for more than a day. Please look over your text and send it again."))
        return _report_page(request, form, 400)
    if not form.is_valid():
        return _report_page(request, form, 400)
    try:
        spend("report", mark_of(request))
        given = form.cleaned_data
        open_case(
            code,
            account=given["account"],
            place_and_time=given["place_and_time"],
            department=given["department"],
            item=given["item"],
            contact=given["contact"],
            files=given["attachments"],
        )
    except GongzhiError as error:
        return _report_page(request, form, show_refusal(form, error))
    return render(request, "participation/whistleblowing/sent.html", {"code": code})


def _report_page(request: HttpRequest, form: ReportForm, status: int = 200) -> HttpResponse:
    return render(request, "participation/whistleblowing/index.html", {"form": form}, status=status)


@traceless
@sensitive_variables()
def case(request: HttpRequest) -> HttpResponse:
    """The thread of a case, for whoever sends its code; with ``send``, a further message in it."""
    if request.method != "POST":
        return _code_page(request, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, 400)
    typed = form.cleaned_data["code"]
    try:
        spend("case_code", mark_of(request))
        found = case_of_code(typed)
        if found is None:
            raise NotFound(
                _("We have no case with this code. Please compare it with what you wrote down."), field="code"
            )
    except GongzhiError as error:
        return _code_page(request, form, show_refusal(form, error))
    code = written(plain(typed))
    if "send" not in request.POST:
        return _thread(request, found, code, ReporterMessageForm(initial={"code": code}))
    return _send(request, found, code)


@sensitive_variables()
def _send(request: HttpRequest, found: Case, code: str) -> HttpResponse:
    form = ReporterMessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _thread(request, found, code, form, status=400)
    values = form.cleaned_data
    try:
        spend("report_message", mark_of(request))
        add_reporter_message(found, text=values["text"], files=values["attachments"], client_id=values["cid"])
    except GongzhiError as error:
        return _thread(request, found, code, form, status=show_refusal(form, error))
    fresh = ReporterMessageForm(initial={"code": code, "cid": uuid4()})
    return _thread(request, found, code, fresh, is_sent=True)


@sensitive_variables()
def _thread(
    request: HttpRequest, found: Case, code: str, form: ReporterMessageForm, *, is_sent: bool = False, status: int = 200
) -> HttpResponse:
    found.refresh_from_db()
    context: dict[str, Any] = {
        "case": found,
        "entries": () if found.is_destroyed else opened_for_reporter(found),
        "form": form,
        "code": code,
        "is_sent": is_sent,
    }
    return render(request, "participation/whistleblowing/case.html", context, status=status)


def _code_page(request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    return render(request, "participation/whistleblowing/code.html", {"form": form}, status=status)
