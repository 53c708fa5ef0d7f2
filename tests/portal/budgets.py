"""What addresses of cms are about: a budget that everybody reads, and one that is being prepared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cms.budget.checks import blocking
from cms.budget.checks.actions import override_check
from cms.budget.drafts.actions import upload_draft
from cms.budget.drafts.models import ImportDraft, MappingProfile
from cms.pages.actions import publish_disclosure
from cms.pages.content.actions import issue_certificate
from cms.pages.content.models import CoursePage, GuideIndexPage, LessonPage
from cms.pages.models import DisclosureIndexPage, DisclosurePage, HomePage
from cms.performance.actions import keep_sheet, record_goals
from cms.performance.approval.actions import approve_goals, propose_goal_change
from cms.performance.models import Goal, ProgrammeYear
from participation.stakeholders.models import Role, User
from tests.cms.budget.checks.made_up import SUMMARY, with_tables
from tests.cms.pages.content.test_quiz import ONE, SEVERAL, passed, stream
from tests.cms.performance.approval.test_goals import indicator
from tests.cms.performance.sheets import form
from tests.cms.performance.test_records import ROWS
from tests.factories import (
    make_code,
    make_department,
    make_line,
    make_officeholder,
    make_programme,
    make_release,
    make_user,
)

YEAR = 2024
WRONG = (SUMMARY, 5, 3, "1,006.00")


class Budget:
    """A release of one department's tables and lines, a second department, and what offices have handed in for it.

    The first department is the same in every budget, the second is in this one only. The public one has an import
    beside it that was only uploaded; that of the draft is imported and waits for somebody to sign it off.
    """

    def __init__(self, home: HomePage, *, is_public: bool) -> None:
        self.release = with_tables(WRONG)
        (self.finding,) = blocking(self.release)
        self.department = self.finding.department
        self.line = make_line(self.release, make_programme(self.department))
        self.other = make_department()
        make_line(self.release, make_programme(self.other))
        self.release.line_count = 2
        self.release.save()
        self.change = propose(self.line.programme)
        file, editor = form(ROWS, name=self.line.programme.name), make_officeholder(Role.EDITOR)
        self.sheet = keep_sheet(
            self.line.programme, fiscal_year=YEAR, name="自评表.xlsx", content=file, acting_user=editor
        )
        self.page = publish(self.release, self.finding) if is_public else draft_page(self.release)
        self.upload = upload(editor)
        if not is_public:
            self.upload.release, self.upload.state = self.release, ImportDraft.State.IMPORTED
            self.upload.problems_file.save("problems.csv", ContentFile(b"row"))

    def record(self, room: str, page: str) -> Any:
        """The one whose number is in the address."""
        if room == "budget_imports":
            return self.upload
        programmes = ("programme", "goals", "report", "sheet_file", "upload_sheet")
        return {
            "department": self.other,
            "department_atom": self.other,
            "department_rss": self.other,
            "goal_change": self.change,
            "line": self.line,
            "override_check": self.finding,
            "sheet": self.sheet,
            **dict.fromkeys(programmes, self.line.programme),
        }.get(page, self.release)


class Budgets:
    """One of each, and what stands beside them on the site."""

    def __init__(self, home: HomePage) -> None:
        # What the public one corrects.
        make_release(fiscal_year=YEAR)
        self.public, self.draft = Budget(home, is_public=True), Budget(home, is_public=False)
        guides = home.add_child(instance=GuideIndexPage(title="指南", slug="guides", locale=home.locale))
        quiz = stream(ONE, SEVERAL)
        self.course = guides.add_child(
            instance=CoursePage(title="读预算", slug="read", locale=home.locale, quiz=quiz, pass_mark=80)
        )
        self.lesson = self.course.add_child(instance=LessonPage(title="第一课", slug="l1", locale=home.locale))
        self.certificate = issue_certificate(self.course, passed(), acting_user=make_user())
        self.profile = MappingProfile.objects.create(
            name="每年", government="云川市", saved_by=make_officeholder(Role.EDITOR)
        )
        make_code("functional", "205", "教育支出", "Education")

    def of(self, name: str, argument: str, budget: Budget) -> Any:
        room, page = name.split(":")[-2:]
        values = {
            "pk": budget.page.pk if page == "page_history" else budget.release.government_id,
            "subject": budget.release.row_id,
            "kind": "execution",
            "fiscal_year": YEAR,
            "course": self.course.translation_key,
            "lesson": self.lesson.translation_key,
            "code": self.certificate.code if page == "certificate" else "205",
            "scheme": "functional",
            "jurisdiction": "CN",
            "year": str(YEAR),
            "month": "1",
            "name": "scores",
            "ending": "csv",
            "file": "lines.csv",
            "work": "check",
        }
        if page == "remove_profile":
            return self.profile.row_id
        return values[argument] if argument in values else budget.record(room, page).row_id

    def questions(self) -> dict[str, str]:
        """Figures that are asked without a record, by their names."""
        picks = f"{self.public.department.row_id},{self.public.other.row_id}"
        asked = urlencode({"by": "department", "pick": picks})
        return {
            f"a question: cms:figures:{page}": reverse(f"cms:figures:{page}", args=["comparison"]) + f"?{asked}"
            for page in ("csv", "embed", "figure", "svg")
        }


def propose(programme: Any) -> Any:
    """A change of the approved goals of a programme, that nobody has decided yet."""
    year = ProgrammeYear(programme=programme, fiscal_year=YEAR)
    year = record_goals(year, goals=[(Goal(text="目标"), [indicator("户数")])], acting_user=None)
    approve_goals(year, acting_user=None)
    wanted = {year.goals.get().indicators.get(): {"target": Decimal(80)}}
    officer = make_officeholder(Role.EDITOR)
    return propose_goal_change(year, wanted=wanted, reason="申报人数少于预计。", acting_user=officer)


def publish(release: Any, finding: Any) -> DisclosurePage:
    override_check(finding, reason="原件如此，财政部门已确认。", acting_user=None)
    words = {"title": "预算", "title_en": "Budget", "summary": "摘要", "summary_en": "Summary"}
    page = publish_disclosure(release=release, acting_user=None, **words)
    release.refresh_from_db()
    return page


def draft_page(release: Any) -> DisclosurePage:
    index = DisclosureIndexPage.objects.order_by("pk").first()
    page: DisclosurePage = index.add_child(
        instance=DisclosurePage(title="草稿", slug="draft", release=release, live=False, locale=index.locale)
    )
    return page


def upload(editor: User) -> ImportDraft:
    content = "部门,预算数\n教育局,1234.50\n".encode()
    return upload_draft(SimpleUploadedFile("预算.csv", content), name="预算.csv", sha256="0" * 64, acting_user=editor)
