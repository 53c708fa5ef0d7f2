"""The made-up city: complete, the same every time, and never where real people are served."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from pytest_django.asserts import assertContains

from cms.budget.corrections import difference
from cms.models import (
    DisclosurePage,
    GoalChange,
    Indicator,
    Line,
    MonitoringReading,
    MonitoringRecord,
    Programme,
    ProgrammeYear,
    Release,
)
from participation.consultations.stages import current_stage
from participation.models import (
    Answer,
    BudgetLinkage,
    ConfidentialPart,
    Consultation,
    Evaluation,
    Event,
    Feedback,
    Organisation,
    RectificationTask,
    Stage,
    User,
)
from participation.stakeholders.credit_code import has_valid_check
from participation.stakeholders.models import Role, StakeholderGroup
from portal.demo.calendar import Calendar
from portal.demo.content import read
from portal.demo.files import checks_csv, report_pdf
from portal.demo.ledger import budget_file
from portal.demo.loading import start_over
from portal.demo.people import PASSWORD
from privacy.log.audit import audit_log
from privacy.log.models import Checkpoint, LogEntry, PendingLeaf
from privacy.log.reconcile import look_for_unrecorded
from privacy.log.triggers import missing
from privacy.sealing.open_keys import open_keys
from tests import city
from tests.factories import make_evaluation, make_user
from tests.migrated import Copies

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


@pytest.fixture(scope="class")
def _loaded_city(
    django_db_setup: Copies,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Iterator[None]:
    """As its command leaves it. With SQLite a copy of the city that the browser tests visit."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            data = city.loaded(tmp_path_factory, worker_id)
            shutil.copytree(data / "media", settings.MEDIA_ROOT, dirs_exist_ok=True)
            shutil.copytree(data / "attachments", storages["attachments"].location, dirs_exist_ok=True)
            connection.ensure_connection()
            with closing(sqlite3.connect(data / "db.sqlite3")) as database:
                database.backup(connection.connection)
        else:
            call_command("demo", no_serve=True, verbosity=0)
    open_keys.clear()
    yield
    with django_db_blocker.unblock():
        django_db_setup.take_back()
    open_keys.clear()


@pytest.mark.both
@pytest.mark.usefixtures("_loaded_city", "db")
class TestLoadedCity:
    def test_loading_again_changes_nothing(self) -> None:
        before = row_counts()
        call_command("demo", no_serve=True, verbosity=0)
        assert row_counts() == before

    def test_it_has_the_numbers_of_a_living_city(self) -> None:
        numbers = {
            "years": Release.objects.published().values("fiscal_year").distinct().count(),
            "corrections": Release.objects.published().filter(version=2).count(),
            "departments": Line.objects.values("department").distinct().count(),
            "programmes": Programme.objects.filter(allocation_results=None).count(),
            "people": len(read("people")["people"]),
            "organisations": Organisation.objects.count(),
            "pages": DisclosurePage.objects.live().count(),
        }
        assert numbers == {
            "years": 3,
            "corrections": 1,
            "departments": 6,
            "programmes": 60,
            "people": 42,
            "organisations": 14,
            "pages": 8,
        }
        assert 1_450 <= Line.objects.filter(release__version=1).facts().count() <= 1_600
        assert Feedback.objects.count() >= 110
        assert Event.objects.filter(kind=Event.Kind.MESSAGE).count() == 80
        assert Evaluation.objects.count() == 13

    def test_a_correction_tells_what_it_changed(self) -> None:
        old, new = Release.objects.filter(fiscal_year__in=Release.objects.filter(version=2).values("fiscal_year"))
        found = difference(*sorted((old, new), key=lambda release: release.version))
        changed = {total.phase: total.difference for total in found.totals if total.difference}
        assert (len(found.changed), found.added, found.removed, changed) == (3, [], [], {"executed": 3_600_000})

    def test_there_is_a_consultation_in_every_stage(self) -> None:
        stages = Counter(stage.kind for row in Consultation.objects.all() if (stage := current_stage(row)))
        assert stages == {
            Stage.Kind.ANNOUNCED: 1,
            Stage.Kind.OPEN: 5,
            Stage.Kind.BALANCE: 1,
            Stage.Kind.ANSWERED: 1,
            Stage.Kind.FOLLOW_UP: 2,
            Stage.Kind.CLOSED: 1,
        }

    def test_every_group_speaks_and_two_contributions_are_hidden_with_a_reason(self) -> None:
        groups = set(Feedback.objects.values_list("stakeholder_group", flat=True))
        hidden = Feedback.objects.filter(status=Feedback.Status.HIDDEN)
        assert groups == set(StakeholderGroup.values)
        assert (hidden.count(), hidden.filter(hidden_reason="").count()) == (2, 0)

    def test_answers_of_every_outcome_and_tasks_of_every_status_are_there(self) -> None:
        tasks = RectificationTask.objects.all()
        assert set(Answer.objects.values_list("outcome", flat=True)) == set(Answer.Outcome.values)
        # Drafts are not public, and no dispute in the city has ended a task.
        told = set(RectificationTask.Status.values) - {"withdrawn", "drafted"}
        assert set(tasks.values_list("status", flat=True)) == told
        assert {task.is_overdue for task in tasks} == {True, False}

    def test_one_promise_leads_to_a_line_of_the_next_budget(self) -> None:
        linkage = BudgetLinkage.objects.get()
        assert linkage.line is not None
        evaluated = linkage.task.finding.answer.consultation.release.fiscal_year
        assert (linkage.line.release.fiscal_year, linkage.fiscal_year) == (evaluated + 1, evaluated + 1)

    def test_answered_consultations_leave_nothing_public_unanswered(self) -> None:
        finished = [
            row
            for row in Consultation.objects.all()
            if (stage := current_stage(row)) and stage.kind in {"answered", "follow_up", "closed"}
        ]
        waiting = Feedback.objects.filter(
            consultation__in=finished, status=Feedback.Status.VISIBLE, answered__isnull=True
        )
        assert (len(finished), waiting.count()) == (4, 0)

    def test_departments_score_themselves_high_once_the_year_is_over(self) -> None:
        newest = Release.objects.order_by("-fiscal_year")[0].fiscal_year
        scored = ProgrammeYear.objects.filter(fiscal_year__lt=newest)
        high = scored.filter(self_score__gte=Decimal(90)).count()
        assert ProgrammeYear.objects.filter(fiscal_year=newest, self_score__isnull=False).count() == 0
        assert high > scored.count() * 0.9

    def test_goals_are_approved_watched_and_sometimes_moved(self) -> None:
        newest = ProgrammeYear.objects.order_by("-fiscal_year")[0].fiscal_year
        running = Indicator.objects.filter(goal__programme_year__fiscal_year=newest)
        assert ProgrammeYear.objects.filter(approval=None).count() == 0
        assert set(GoalChange.objects.values_list("status", flat=True)) == set(GoalChange.Status.values)
        assert running.exclude(actual=None, level="").count() == 0
        assert MonitoringReading.objects.filter(indicator__in=running).count() > 300
        # Whoever does not report is not counted as tracked.
        tracked = ProgrammeYear.objects.filter(tracked_on__isnull=False)
        assert tracked.count() == MonitoringRecord.objects.values("programme_year").distinct().count()

    def test_nothing_happens_in_the_future_and_the_newest_is_hours_old(self) -> None:
        now = timezone.now()
        moments = [Feedback.objects.order_by("-created")[0].created, Event.objects.order_by("-created")[0].created]
        assert max(moments) < now
        assert now - max(moments) < timedelta(hours=36)

    def test_history_has_the_dates_of_the_story(self) -> None:
        oldest = Feedback.objects.order_by("created")[0]
        first = oldest.history.order_by("history_id")[0]
        assert (first.history_date, first.created, first.history_user) == (
            oldest.created,
            oldest.created,
            oldest.author,
        )

    def test_messages_of_a_room_are_in_the_order_of_their_numbers(self) -> None:
        for earlier, later in pairwise(Event.objects.order_by("room", "seq")):
            assert earlier.room_id != later.room_id or earlier.created <= later.created

    def test_everything_in_it_can_be_proven(self) -> None:
        entries = LogEntry.objects.count()
        audit = audit_log()
        assert audit.problems == []
        assert (PendingLeaf.objects.count(), audit.size) == (0, entries)
        assert entries > 400
        assert audit.rows > entries
        assert Checkpoint.objects.latest("size").size == entries

    def test_nothing_in_it_is_without_a_leaf(self) -> None:
        assert look_for_unrecorded() == 0

    def test_no_telephone_number_is_stored_in_plain(self) -> None:
        people = read("people")["people"]
        stories = [read(f"stories/{name}") for name in ("bus", "water", "doctors", "estates")]
        entries = [*people, *(entry for story in stories for entry in story["feedback"])]
        numbers = {entry["phone"] for entry in entries if "phone" in entry}
        assert len(numbers) >= 7
        stored = "\n".join(every_stored_row())
        assert {number for number in numbers if number in stored} == set()

    def test_nothing_that_is_sealed_is_stored_in_plain(self) -> None:
        people = [person for person in read("people")["people"] if "identity_number" in person]
        organisations = [entry["sealed"] for entry in read("people")["organisations"] if "sealed" in entry]
        stories = [read(f"stories/{name}") for name in ("bus", "lunch")]
        said = [entry for story in stories for entry in (*story["feedback"], *story["evaluations"])]
        passages = [entry["confidential"]["passage"] for entry in said if "confidential" in entry]
        texts = {
            *(person[name] for person in people for name in ("identity_number", "real_name")),
            *("".join(entry["bank_account"].split()) for entry in organisations),
            *passages,
        }
        stored = "\n".join(every_stored_row())
        assert (len(people), len(organisations), len(passages)) == (2, 3, 2)
        assert {text for text in texts if text in stored} == set()

    def test_an_enterprise_and_a_social_organisation_hand_in_something_confidential(self) -> None:
        parts = ConfidentialPart.objects.order_by("pk")
        assert {part.organisation.group for part in parts} == {
            StakeholderGroup.ENTERPRISE,
            StakeholderGroup.SOCIAL_ORGANISATION,
        }
        assert [(part.has_passage, part.has_attachment) for part in parts] == [(True, True), (True, True)]
        assert [part.created == part.handed_in_with.created for part in parts] == [True, True]

    def test_one_account_is_unconfirmed_and_all_share_the_published_password(self) -> None:
        unconfirmed = User.objects.filter(emailaddress__verified=False).values_list("email", flat=True)
        assert list(unconfirmed) == ["unverified@example.org"]
        # Checking is slow by design; one hash is one check.
        hashes = {hashed for hashed in User.objects.values_list("password", flat=True) if is_password_usable(hashed)}
        assert all(check_password(PASSWORD, hashed) for hashed in hashes)

    def test_there_is_somebody_for_every_office(self) -> None:
        offices = Counter(User.objects.filter(appointments__isnull=False).values_list("appointments__role", flat=True))
        assert offices == {
            Role.EDITOR: 1,
            Role.REVIEWER: 1,
            Role.AUDITOR: 1,
            Role.MODERATOR: 3,
            Role.OFFICER: 6,
            Role.INTEGRITY: 2,
            Role.PRIVACY: 1,
        }

    def test_every_page_says_that_the_city_is_made_up(self, client: Client) -> None:
        for path in ("/", "/consultations/", "/en/rectification/"):
            assertContains(client.get(path), 'class="notice"')


def every_stored_row() -> list[str]:
    """The raw content of every table, binary columns as their hexadecimal digits and as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                found += [bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for v in row]
    return found


@pytest.mark.django_db
def test_an_installation_with_a_secret_of_its_own_is_refused(settings: Any) -> None:
    settings.SECRET_KEY = "x" * 60
    with pytest.raises(CommandError, match="Refused"):
        call_command("demo", no_serve=True, verbosity=0)
    assert User.objects.count() == 0


@pytest.mark.django_db
def test_a_page_of_a_real_government_carries_no_notice(client: Client, site: Any) -> None:
    assert b'class="notice"' not in client.get("/").content


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_starting_over_empties_everything_and_leaves_the_log_guarded() -> None:
    make_user()
    evaluation = make_evaluation(attachment=None)
    assert evaluation.pk
    start_over()
    assert (User.objects.count(), Evaluation.objects.count(), LogEntry.objects.count()) == (0, 0, 0)
    assert missing(connection) == []


@pytest.mark.parametrize(
    ("now", "as_of"),
    [
        (datetime(2026, 11, 21, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 11, 10, tzinfo=UTC), date(2026, 9, 30)),
        (datetime(2027, 1, 25, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2027, 6, 30, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2027, 9, 1, tzinfo=UTC), date(2027, 7, 31)),
    ],
)
def test_newest_figures_cover_the_last_month_that_can_have_been_published(now: datetime, as_of: date) -> None:
    assert Calendar.at(now).as_of == as_of


def test_what_people_do_is_spread_in_order_over_their_waking_hours() -> None:
    calendar = Calendar.at(NOW)
    moments = calendar.spread(40, -30, -2, Random(1))
    assert moments == sorted(set(moments))
    assert {timezone.localtime(moment).hour for moment in moments} <= set(range(7, 23))


def test_nothing_is_spread_into_the_last_two_hours() -> None:
    calendar = Calendar.at(NOW)
    assert max(calendar.spread(30, -10, 12, Random(2))) < NOW - timedelta(hours=1)


def test_a_budget_file_is_drawn_up_the_same_every_time() -> None:
    assert budget_file(2026, offset=0, month=10) == budget_file(2026, offset=0, month=10)


def test_subtotals_of_a_budget_file_equal_their_lines() -> None:
    rows = [line.split(",") for line in budget_file(2025, offset=-1, month=12).decode().splitlines()[1:]]
    stated = {row[3]: [Decimal(cell) for cell in row[-4:]] for row in rows if row[0] == "小计"}
    summed = {
        name: [
            sum(Decimal(row[-4 + place]) for row in rows if (row[0], row[3]) == ("明细", name)) for place in range(4)
        ]
        for name in stated
    }
    assert summed == stated


def test_nobody_spends_more_than_the_adjusted_budget() -> None:
    rows = [line.split(",") for line in budget_file(2026, offset=0, month=12).decode().splitlines()[1:]]
    assert [row for row in rows if Decimal(row[-1]) > Decimal(row[-2])] == []


def test_credit_codes_of_the_made_up_organisations_are_valid() -> None:
    codes = [entry["credit_code"] for entry in read("people")["organisations"]]
    assert [code for code in codes if not has_valid_check(code)] == []


def test_attached_files_are_what_their_names_say() -> None:
    report = report_pdf(["云川市", "Yunchuan"])
    table = checks_csv("x", date(2026, 1, 1)).decode("utf-8-sig").splitlines()
    assert (report[:5], report[-6:], len(table)) == (b"%PDF-", b"%%EOF\n", 25)
