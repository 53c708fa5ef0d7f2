"""What readers do on the editors' pages: answer a quiz, keep their progress, show a certificate, take a calendar."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.queries import visible_release
from cms.budget.requests import reader_of
from cms.pages import pdf
from cms.pages.content import agenda, ical, queries
from cms.pages.content.actions import issue_certificate, mark_lesson
from cms.pages.content.forms import QuizForm
from cms.pages.content.glossary import page_context
from cms.pages.content.quiz import mark
from cms.pages.content.training import plain_code
from portal.errors import NotFound, SignInRequired
from portal.rates import client_address, spend

FEED_BACK, FEED_AHEAD = timedelta(days=90), timedelta(days=366)


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Leads to the editors' page; before there is one, shows the terms alone."""
    page = queries.glossary_page(get_language())
    if page is not None and page.url:
        return redirect(page.url)
    return render(request, "cms/content/glossary.html", page_context(request.GET))


@require_safe
def section(request: HttpRequest, name: str) -> HttpResponse:
    """Leads to a section of the editors, wherever they have moved it. Not there before the site is built."""
    page = queries.section_page(name, get_language())
    if page is None or not page.url:
        raise NotFound
    return redirect(page.url)


@require_safe
def calendar_feed(request: HttpRequest) -> HttpResponse:
    """The calendar for calendar programs, as everybody may see it."""
    today = timezone.localdate()
    kind = request.GET.get("kind", "")
    kind = kind if kind in agenda.KINDS else ""
    entries = agenda.entries_between(reader_of(request), today - FEED_BACK, today + FEED_AHEAD, kind)
    base = request.build_absolute_uri("/")
    text = ical.write_calendar(entries, name=_("Open budgets"), base=base, now=timezone.now())
    response = HttpResponse(text, content_type=ical.CONTENT_TYPE)
    response["Content-Disposition"] = 'inline; filename="gongzhi.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, course: UUID) -> HttpResponse:
    """The questions of a course; a post scores them. Whoever is signed in and passes gets the certificate."""
    page = queries.course_found(course, get_language())
    questions = page.questions()
    if not questions:
        raise NotFound
    reader = reader_of(request)
    context = {"course": page, "pass_mark": page.pass_mark, "is_kept": reader.is_authenticated}
    if request.method != "POST":
        return render(request, "cms/content/quiz.html", {**context, "form": QuizForm(questions)})
    spend("quiz", str(reader.pk) if reader.is_authenticated else client_address(request))
    form = QuizForm(questions, request.POST)
    if not form.is_valid():
        return render(request, "cms/content/quiz.html", {**context, "form": form}, status=400)
    result = mark(questions, form.answers(), page.pass_mark)
    certificate = (
        issue_certificate(page, result, acting_user=reader) if result.is_passed and reader.is_authenticated else None
    )
    return render(request, "cms/content/quiz_result.html", {**context, "result": result, "certificate": certificate})


@require_POST
def lesson_done(request: HttpRequest, lesson: UUID) -> HttpResponse:
    page = queries.lesson_found(lesson, get_language())
    reader = reader_of(request)
    if not reader.is_authenticated:
        raise SignInRequired
    spend("quiz", str(reader.pk))
    mark_lesson(page, is_done=request.POST.get("done") == "1", acting_user=reader)
    following = request.POST.get("next", "")
    if following == "1" and (after := page.get_next_siblings().live().first()):
        return redirect(after.url)
    return redirect(page.get_parent().url)


@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: HttpRequest) -> HttpResponse:
    """One's own certificates, and the way to check one by its code."""
    if request.method == "POST":
        return redirect("cms:budget:certificate", plain_code(request.POST.get("code", "")) or "0")
    return render(request, "cms/content/certificates.html", {"own": queries.certificates_of(reader_of(request))})


@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """A certificate, for its holder and for whoever has the code. Guessing is slow."""
    spend("certificate", client_address(request))
    found = queries.certificate_found(code)
    response = render(
        request,
        "cms/content/certificate.html",
        {"certificate": found, "is_own": found.person_id == getattr(reader_of(request), "pk", None)},
    )
    # It names somebody: neither a cache nor a search engine keeps it.
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def disclosure_pdf(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A disclosure to print. Made once for each release and language; drafts are made anew for those who see them."""
    reader = reader_of(request)
    release = visible_release(row_id, reader)
    if not pdf.is_available():
        raise NotFound(_("This installation makes no PDF. Print the page itself: it is laid out for paper, too."))
    content = pdf.disclosure_pdf(release, get_language() or "", base=request.build_absolute_uri("/"))
    response = HttpResponse(content, content_type="application/pdf")
    name = f"budget-{release.fiscal_year}-v{release.version}-{get_language()}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
