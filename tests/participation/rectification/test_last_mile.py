"""More time, disputes, questions, panels, photos, the ladder and what a result means for the money."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from cms.calendars.working_days import add_working_days
from participation import drawing
from participation.rectification import actions
from participation.rectification.extensions.actions import ask_for_time, decide_on_time
from participation.rectification.ladder.actions import appeal_consequence, decide_consequence, settle_appeal
from participation.rectification.ladder.models import Consequence, EscalationStep
from participation.rectification.ladder.sweep import sweep
from participation.rectification.models import BudgetLinkage, RectificationTask, Verification
from participation.rectification.opening import Plan
from participation.rectification.panels.actions import call_panel, cast_vote, draw_panel, join_panel, leave_panel
from participation.rectification.panels.models import Panel
from participation.rectification.photos.actions import add_photo, decide_on_photo
from participation.rectification.photos.models import PlacePhoto
from participation.rectification.progress import progress_of
from participation.rectification.questions.actions import answer_question, ask_question
from participation.rectification.results.showing import Verdict, judged
from participation.rectification.rules.actions import enter_rule
from participation.rectification.rules.files import OWN, read_rules
from participation.rectification.tables.actions import import_tasks
from participation.rectification.tables.columns import table_of
from participation.rectification.tables.reading import read_rows
from participation.rectification.tracker import TaskFilter, columns
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.spreadsheets import workbook
from privacy.access.models import AccessEvent
from tests.factories import (
    make_answer,
    make_department,
    make_evaluation,
    make_house_rule,
    make_moderator,
    make_officer,
    make_task,
    make_task_in,
    make_user,
)
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
Status = RectificationTask.Status
Decision = BudgetLinkage.Decision


def test_a_task_opened_for_a_finding_is_a_draft_that_only_the_desk_sees_until_it_is_assigned() -> None:
    department = make_department()
    officer = make_officer(department)
    made = {"finding": "三公经费超支", "title": "压减三公经费", "department": department, "working_days": 10}
    task = actions.open_task_from("audit", cause="audit 7", **made, acting_user=make_moderator())
    again = actions.open_task_from("audit", cause="audit 7", **made, acting_user=make_moderator())
    assert (task.pk, task.status, task.officer) == (again.pk, Status.DRAFTED, officer)
    seen = [list(RectificationTask.objects.visible_to(who)) for who in (officer, make_moderator())]
    assert seen == [[], [task]]
    actions.assign_task(task, acting_user=make_moderator())
    assert RectificationTask.objects.visible_to(officer).get().due_on == add_working_days(timezone.localdate(), 10)


def test_a_dispute_is_decided_by_the_desk_and_not_by_the_department() -> None:
    task = make_task()
    actions.dispute_task(task, reason="不归我们管。", acting_user=task.officer)
    with pytest.raises(NotAllowed):
        actions.decide_dispute(task, stands=False, reason="好。", acting_user=task.officer)
    assert (
        actions.decide_dispute(task, stands=True, reason="归你们管。", acting_user=make_moderator()).status
        == "assigned"
    )


def test_who_was_responsible_stays_on_record_and_does_not_check() -> None:
    task = make_task_in(Status.IN_PROGRESS)
    before, other = task.department, make_department(task.department.government)
    given = make_officer(other)
    moderator = make_moderator()
    actions.reassign_task(task, department=other, officer=given, reason="职能划转。", acting_user=moderator)
    assert task.steps.last().department == before
    actions.post_progress(task := RectificationTask.objects.get(), text="完成。", acting_user=given)
    actions.submit_task(task, acting_user=given)
    earlier = make_officer(before)
    earlier.appointments.create(role="moderator")
    with pytest.raises(NotAllowed):
        actions.verify_task(task, outcome="verified", reason="好。", acting_user=earlier)


def test_more_time_is_asked_for_with_a_reason_decided_by_another_side_and_counted() -> None:
    task = make_task()
    asked = ask_for_time(task, working_days=5, reason="汛期停工。", acting_user=task.officer)
    with pytest.raises(Conflict):
        ask_for_time(task, working_days=5, reason="再要。", acting_user=task.officer)
    with pytest.raises(NotAllowed):
        decide_on_time(asked, is_approved=True, reason="行。", acting_user=task.officer)
    decide_on_time(asked, is_approved=True, reason="属实。", acting_user=make_moderator())
    task.refresh_from_db()
    assert (task.due_on, task.extensions.count()) == (add_working_days(asked.due_before, 5), 1)


def test_progress_follows_the_weights_of_evidence_and_of_parts() -> None:
    whole = make_task(wanted=[("照片", 3), ("验收单", 1)])
    photo = whole.wanted_evidence.get(text="照片")
    actions.post_progress(whole, text="拍了。", proves=photo, done_percent=100, acting_user=whole.officer)
    assert progress_of([whole])[whole.pk] == 75
    with pytest.raises(Invalid):
        actions.submit_task(whole, acting_user=whole.officer)
    due = timezone.localdate() + timedelta(days=9)
    plan = {"department": whole.department, "officer": whole.officer, "due_on": due, "parent": whole}
    for weight in (1, 2):
        actions.add_task(whole.finding, plan=Plan(title="一部分", weight=weight, **plan), acting_user=make_moderator())
    assert progress_of([whole])[whole.pk] == 0


def test_a_question_is_answered_by_the_evaluator_and_the_earlier_words_stay() -> None:
    evaluation = make_evaluation()
    task = make_task(make_answer(evaluations=[evaluation]), recommendation="改进管理。")
    asked = ask_question(task, question="具体改什么？", acting_user=task.officer)
    with pytest.raises(NotAllowed):
        answer_question(asked, answer="随便。", acting_user=make_moderator())
    answer_question(asked, answer="先公示名单。", clarified="公示名单并每月更新。", acting_user=evaluation.author)
    asked.refresh_from_db()
    task.finding.refresh_from_db()
    assert (asked.before, asked.clarified, asked.version) == ("改进管理。", "公示名单并每月更新。", 2)
    assert (task.finding.recommendation, task.finding.version) == ("公示名单并每月更新。", 2)


def drawn_panel(volunteers: int = 5) -> Panel:
    task = make_task_in(Status.SUBMITTED)
    panel = call_panel(task, seats=3, acting_user=make_moderator())
    for _number in range(volunteers):
        join_panel(panel, acting_user=make_user())
    Panel.objects.update(volunteers_until=timezone.localdate() - timedelta(days=1))
    return draw_panel(panel, acting_user=None)


def test_a_panel_is_drawn_by_a_lot_that_anybody_can_draw_again_and_its_majority_decides() -> None:
    panel = drawn_panel()
    secret = bytes.fromhex(panel.opened_secret)
    names = [member.row_id.hex for member in panel.members.all()]
    seated = [member.row_id.hex for member in panel.members.filter(place__isnull=False).order_by("place")]
    assert drawing.commit(secret) == panel.commitment
    assert drawing.draw(secret, names, 3) == seated
    with pytest.raises(Conflict):
        actions.verify_task(panel.task, outcome="verified", reason="好。", acting_user=make_moderator())
    for member, vote in zip(
        panel.members.filter(place__isnull=False), ("verified", "returned", "verified"), strict=True
    ):
        cast_vote(panel, vote=vote, reason="去看过。", acting_user=member.person)
    check = Verification.objects.get()
    assert (check.side, check.outcome, check.checked_by) == ("panel", "verified", None)
    assert RectificationTask.objects.get().status == Status.VERIFIED


def test_that_the_secret_of_a_panel_was_opened_and_what_for_is_on_record() -> None:
    panel = drawn_panel()
    told = AccessEvent.objects.filter(record_ref=panel.row_id).values_list("actor", "purpose", "fields")
    assert list(told) == [(None, _("To draw the lot"), ["secret"])]


def test_a_department_that_helps_reports_once_the_task_is_accepted() -> None:
    helping = make_department()
    task, helper = make_task(co_departments=[helping]), make_officer(helping)
    with pytest.raises(NotAllowed):
        actions.post_progress(task, text="管线已移交。", acting_user=helper)
    task = actions.accept_task(task, acting_user=task.officer)
    report = actions.post_progress(task, text="管线已移交。", acting_user=helper)
    task.refresh_from_db()
    assert (report.posted_by, task.status) == (helper, Status.IN_PROGRESS)
    with pytest.raises(NotAllowed):
        actions.submit_task(task, acting_user=helper)


def test_whoever_steps_back_before_the_draw_is_not_in_the_lot() -> None:
    panel = call_panel(make_task_in(Status.SUBMITTED), seats=3, acting_user=make_moderator())
    people = [make_user() for _ in range(4)]
    members = [join_panel(panel, acting_user=person) for person in people]
    leave_panel(panel, acting_user=people[0])
    leave_panel(panel, acting_user=people[1])
    join_panel(panel, acting_user=people[1])
    Panel.objects.update(volunteers_until=timezone.localdate() - timedelta(days=1))
    draw_panel(panel, acting_user=None)
    assert set(panel.members.filter(place__isnull=False)) == set(members[1:])
    with pytest.raises(Closed):
        leave_panel(panel, acting_user=people[1])


def test_whoever_holds_an_office_does_not_volunteer_and_too_few_end_the_panel() -> None:
    task = make_task_in(Status.SUBMITTED)
    panel = call_panel(task, seats=3, acting_user=make_moderator())
    for person in (task.officer, make_moderator()):
        with pytest.raises(NotAllowed):
            join_panel(panel, acting_user=person)
    Panel.objects.update(volunteers_until=timezone.localdate() - timedelta(days=1))
    ended = draw_panel(panel, acting_user=None)
    assert (ended.ended_at is not None, ended.verification, ended.task.status) == (True, None, Status.SUBMITTED)


def photo_with_a_place() -> SimpleUploadedFile:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    Image.new("RGB", (8, 8), "red").save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("现场.jpg", out.getvalue())


def test_a_photo_loses_what_the_camera_wrote_and_waits_for_a_moderator() -> None:
    task, citizen = make_task(), make_user()
    photo = add_photo(task, caption="西门电梯，今天", attachment=photo_with_a_place(), acting_user=citizen)
    with Image.open(photo.attachment.open()) as kept:
        assert (dict(kept.getexif()), kept.info.get("exif")) == ({}, None)
    assert list(PlacePhoto.objects.visible_to(make_user())) == []
    with pytest.raises(Invalid):
        decide_on_photo(photo, is_shown=False, acting_user=make_moderator())
    decide_on_photo(photo, is_shown=False, rule=make_house_rule(), reason="拍到了人。", acting_user=make_moderator())
    assert list(PlacePhoto.objects.visible_to(make_user())) == []
    photo.refresh_from_db()
    assert list(PlacePhoto.objects.visible_to(citizen)) == [photo]


def ladder() -> None:
    for rule in read_rules(OWN.read_bytes()):
        enter_rule(rule, acting_user=None)


def late_task(days: int) -> RectificationTask:
    task = make_task()
    long_ago = timezone.now() - timedelta(days=days + 30)
    due_on = timezone.localdate() - timedelta(days=days)
    RectificationTask.objects.filter(pk=task.pk).update(assigned_at=long_ago, due_on=due_on)
    return RectificationTask.objects.get(pk=task.pk)


def test_a_late_task_goes_up_the_ladder_once_and_somebody_named_decides() -> None:
    ladder()
    task = late_task(60)
    sweep()
    sweep()
    deeds = sorted(EscalationStep.objects.values_list("rung__deed", flat=True))
    assert deeds == ["account", "publish", "remind", "supervisor"]
    proposed = Consequence.objects.get()
    decider = make_moderator()
    decided = decide_consequence(proposed, measure="约谈", reason="逾期两个月。", acting_user=decider)
    appeal_consequence(decided, reason="汛期停工。", acting_user=task.officer)
    with pytest.raises(NotAllowed):
        settle_appeal(decided, is_upheld=True, reason="维持。", acting_user=decider)
    settled = settle_appeal(decided, is_upheld=False, reason="属实，撤销。", acting_user=make_moderator())
    assert (settled.status, settled.decided_by) == ("lifted", decider)
    assert len(entries(kind="consequence.recorded")) == 4


def test_a_submitted_task_waits_for_others_and_does_not_climb() -> None:
    ladder()
    task = make_task_in(Status.SUBMITTED)
    RectificationTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate() - timedelta(days=60))
    assert sweep() == []


def test_a_rule_is_entered_once_and_a_later_one_ends_it() -> None:
    ladder()
    ladder()
    first = read_rules(OWN.read_bytes())[0]
    first.threshold, first.valid_from = 40, date(2030, 1, 1)
    enter_rule(first, acting_user=None)
    found = type(first).objects.filter(rule_id="half").order_by("valid_from").values_list("threshold", "valid_until")
    assert list(found) == [(50, date(2029, 12, 31)), (40, None)]


@pytest.mark.parametrize(
    ("decision", "ratio", "before", "after", "verdict"),
    [
        (Decision.REDUCE, "0.1", 100, 90, Verdict.FOLLOWED),
        (Decision.REDUCE, "0.1", 100, 91, Verdict.IGNORED),
        (Decision.REDUCE, None, 100, 100, Verdict.IGNORED),
        (Decision.INCREASE, None, 100, 101, Verdict.FOLLOWED),
        (Decision.KEEP, None, 100, 100, Verdict.FOLLOWED),
        (Decision.CANCEL, None, 100, None, Verdict.FOLLOWED),
        (Decision.SUSPEND, None, None, 1, Verdict.IGNORED),
        (Decision.REDUCE, "0.1", None, 90, Verdict.UNKNOWN),
    ],
)
def test_a_later_budget_is_held_to_what_was_decided(
    decision: str, ratio: str | None, before: int | None, after: int | None, verdict: str
) -> None:
    assert judged(decision, Decimal(ratio) if ratio else None, before, after) == verdict


def table(*rows: str) -> bytes:
    return ("number,finding,title,department,working_days\n" + "\n".join(rows)).encode()


def test_a_table_comes_in_as_a_whole_with_whole_numbers_or_not_at_all() -> None:
    department = make_department()
    make_officer(department)
    moderator = make_moderator()
    good = f"00320250000000000012345,超支,压减,{department.code},10"
    with pytest.raises(Invalid, match=r"3"):
        import_tasks(read_rows("t.csv", table(good, "2,超支,压减,没有这个部门,10")), acting_user=moderator)
    assert RectificationTask.objects.count() == 0
    import_tasks(read_rows("t.csv", table(good)), acting_user=moderator)
    assert RectificationTask.objects.get().external_id == "00320250000000000012345"
    with pytest.raises(Invalid):
        import_tasks(read_rows("t.csv", table(good)), acting_user=moderator)
    assert [row[0] for row in table_of(RectificationTask.objects.all())] == ["number", "00320250000000000012345"]


HEAD = ["number", "finding", "title", "department", "working_days"]


def test_a_workbook_that_went_out_comes_in_again_elsewhere() -> None:
    department = make_department()
    make_officer(department)
    sent = workbook([HEAD, ["00320250000000000012345", "=1+1", "压减", department.code, 10]], sheet="tasks")
    import_tasks(read_rows("t.xlsx", sent), acting_user=make_moderator())
    task = RectificationTask.objects.get()
    assert (task.external_id, task.finding.text, task.working_days) == ("00320250000000000012345", "=1+1", 10)
    went_out = workbook(table_of(RectificationTask.objects.all()), sheet="tasks")
    [row] = read_rows("t.xlsx", went_out)
    assert (row["number"], row["finding"], row["title"]) == ("00320250000000000012345", "=1+1", "压减")


def test_tasks_that_follow_from_answers_come_in_again_with_the_number_of_the_answer() -> None:
    task = make_task(make_answer())
    [row] = read_rows("t.xlsx", workbook(table_of(RectificationTask.objects.all()), sheet="tasks"))
    [again] = import_tasks([row], acting_user=make_moderator())
    assert (again.title, again.due_on, again.department) == (task.title, task.due_on, task.department)
    assert (again.finding.source, again.finding.source_name) == ("elsewhere", task.finding.answer.reference)


def test_a_long_number_that_a_workbook_has_cut_is_refused() -> None:
    with pytest.raises(Invalid, match="末尾几位已丢失"):
        read_rows("t.xlsx", workbook([HEAD, [12345678901234567, "超支", "压减", "1", 10]], sheet="tasks"))


def test_the_board_takes_as_many_queries_for_many_tasks_as_for_one(django_assert_num_queries: Any) -> None:
    answer = make_answer()
    make_task(answer)
    for _round in range(2):
        with django_assert_num_queries(2):
            assert [column.label for column in columns(AnonymousUser(), TaskFilter())]
        for _number in range(7):
            make_task(answer)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_report_at_once_nothing_is_lost() -> None:
    task = make_task()
    faults: list[Exception] = []

    def write(number: int) -> None:
        try:
            actions.post_progress(task, text=f"第 {number} 份", acting_user=task.officer)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert (task.progress_reports.count(), task.steps.count()) == (20, 1)
