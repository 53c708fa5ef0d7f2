"""Real records for tests, made through the actions wherever there is one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from cms.budget.models import Department, Government, Line, Programme, Release
from cms.classification.models import ClassificationEntry, ClassificationVersion
from participation.balance.actions import draft_answer, publish_answers, review_draft, submit_draft
from participation.balance.models import Answer
from participation.consultations.actions import open_consultation, publish_outcome
from participation.consultations.models import Consultation, Stage, WayIn
from participation.evaluations.actions import submit_evaluation
from participation.evaluations.models import Evaluation
from participation.feedback.actions import submit_feedback
from participation.feedback.models import Feedback
from participation.meetings.actions import convene_meeting
from participation.meetings.models import Meeting
from participation.moderation.models import HouseRule
from participation.rectification.actions import (
    accept_task,
    close_task,
    decide_dispute,
    dispute_task,
    open_task,
    post_progress,
    submit_task,
    verify_task,
)
from participation.rectification.models import Finding, RectificationTask
from participation.stakeholders.confidential import Confidential, ConfidentialPart
from participation.stakeholders.credit_code import check_character
from participation.stakeholders.models import (
    Appointment,
    Mandate,
    Organisation,
    Role,
    StakeholderGroup,
    User,
)
from participation.stakeholders.queries import Standing
from participation.whistleblowing.actions import open_case
from participation.whistleblowing.codes import new_code
from participation.whistleblowing.models import Case

_number = count(1)
PASSWORD = "correct horse battery"
EVERY_GROUP = tuple(StakeholderGroup.values)
CITIZEN = Standing(StakeholderGroup.CITIZEN)


def make_user(*, verified: bool = True, **fields: Any) -> User:
    number = next(_number)
    values = {"email": f"person{number}@example.org", "display_name": f"Person {number}", "password": PASSWORD}
    user = User.objects.create_user(**{**values, **fields})
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def make_officeholder(role: Role, department: Department | None = None) -> User:
    user = make_user()
    Appointment.objects.create(person=user, role=role, department=department)
    return user


def make_moderator() -> User:
    return make_officeholder(Role.MODERATOR)


def make_officer(department: Department) -> User:
    return make_officeholder(Role.OFFICER, department)


def make_integrity_officer() -> User:
    return make_officeholder(Role.INTEGRITY)


def make_case(code: str | None = None, **fields: Any) -> Case:
    """A report, with the code that leads back to it."""
    return open_case(code or new_code(), **{"account": "发票是假的，采购科的人都知道。", **fields})


def make_organisation(
    group: str = StakeholderGroup.SOCIAL_ORGANISATION, *, member: User | None = None, **fields: Any
) -> Organisation:
    stem = f"52310000{next(_number):09d}"
    values = {"name": f"Organisation {stem[-4:]}", "status": Organisation.Status.VERIFIED}
    organisation = Organisation.objects.create(
        group=group, credit_code=stem + check_character(stem), **{**values, **fields}
    )
    if member is not None:
        Mandate.objects.create(person=member, organisation=organisation, is_owner=True)
    return organisation


def make_government(name: str = "云川市", **fields: Any) -> Government:
    """The one of that name, or a new one that follows China's rules unless ``fields`` say otherwise."""
    values = {"name_en": "Yunchuan", "jurisdiction": "CN", **fields}
    return Government.objects.get_or_create(name=name, defaults=values)[0]


def make_department(government: Government | None = None, **fields: Any) -> Department:
    number = next(_number)
    if government is None:
        government = make_government()
    values = {"code": f"{number:03d}", "name": f"部门{number}", "name_en": f"Department {number}"}
    return Department.objects.create(government=government, **{**values, **fields})


def make_programme(department: Department | None = None, **fields: Any) -> Programme:
    number = next(_number)
    values = {"code": f"P{number:04d}", "name": f"项目{number}", "name_en": f"Programme {number}"}
    return Programme.objects.create(department=department or make_department(), **{**values, **fields})


def make_code(scheme: str, code: str, name: str, name_en: str = "", **edition: Any) -> ClassificationEntry:
    """A code of an edition that is valid in every year, unless ``edition`` says otherwise."""
    values = {"label": "all", "name": "科目", "name_en": "Codes", **edition}
    version, _is_new = ClassificationVersion.objects.get_or_create(
        scheme=scheme, label=values.pop("label"), defaults=values
    )
    above = [one for one in version.entries.all() if code.startswith(one.code)]
    parent = max(above, key=lambda one: len(one.code), default=None)
    level = parent.level + 1 if parent else 1
    return ClassificationEntry.objects.create(
        version=version, parent=parent, level=level, code=code, name=name, name_en=name_en
    )


def make_release(*, published: bool = True, government: Government | None = None, **fields: Any) -> Release:
    number = next(_number)
    if government is None:
        government = make_government()
    values = {
        "fiscal_year": 2025,
        "version": number,
        "currency": "CNY",
        "phases": ["adopted", "executed"],
        "source_name": "budget.csv",
        "source_sha256": f"{number:064x}",
        "source_bytes": 1234,
        "mapping_sha256": f"{number:064x}",
        "published_at": timezone.now() if published else None,
    }
    return Release.objects.create(government=government, **{**values, **fields})


def make_line(release: Release | None = None, programme: Programme | None = None, **fields: Any) -> Line:
    number = next(_number)
    release = release or make_release()
    programme = programme or make_programme(make_department(release.government))
    values = {
        "row_number": number,
        "department": programme.department,
        "functional_code": "2050202",
        "functional_name": "小学教育",
        "adopted": 100_000_00,
        "executed": 60_000_00,
    }
    return Line.objects.create(release=release, programme=programme, **{**values, **fields})


def make_consultation(
    *,
    release: Release | None = None,
    stage: str = Stage.Kind.OPEN,
    ways_in: Any = None,
    acting_user: User | None = None,
    **fields: Any,
) -> Consultation:
    """A consultation that stands in ``stage`` now, with every way open to every group unless told otherwise."""
    now = timezone.now()
    kinds = list(Stage.Kind)
    place = kinds.index(Stage.Kind(stage))
    stages = []
    for number, kind in enumerate(kinds):
        starts = now + timedelta(days=10 * (number - place) - 1)
        stages.append((kind, starts, starts + timedelta(days=10) if kind != Stage.Kind.CLOSED else None))
    values: dict[str, Any] = {
        "title": "老旧小区改造怎么花",
        "purpose": "请就 2025 年预算提出意见。",
        "decided_by": "市财政局",
        "limits": "总额不变，项目之间可以调整。",
        "answer_within_days": 20,
        "english": {"title": "How to renew old housing estates"},
    }
    if ways_in is None:
        ways_in = [(way, group) for way in WayIn.Way.values for group in EVERY_GROUP]
    consultation = open_consultation(
        release=release or make_release(),
        stages=stages,
        ways_in=ways_in,
        acting_user=acting_user or make_moderator(),
        **{**values, **fields},
    )
    if stage == Stage.Kind.CLOSED:
        # Nothing closes without an outcome.
        publish_outcome(consultation, outcome="两个小区先装电梯。", acting_user=make_moderator())
        consultation.refresh_from_db()
    return consultation


def make_feedback(consultation: Consultation | None = None, **fields: Any) -> Feedback:
    consultation = consultation or make_consultation()
    values: dict[str, Any] = {
        "line": None,
        "kind": Feedback.Kind.QUESTION,
        "body": "电梯加装的钱为什么只花了四成？",
        "standing": CITIZEN,
    }
    fields.setdefault("acting_user", None)
    fields["acting_user"] = fields["acting_user"] or make_user()
    return submit_feedback(consultation, **{**values, **fields})


def make_evaluation(consultation: Consultation | None = None, **fields: Any) -> Evaluation:
    consultation = consultation or make_consultation()
    author = fields.pop("acting_user", None) or make_user()
    organisation = fields.pop("organisation", None) or make_organisation(member=author)
    programme = fields.pop("programme", None) or make_line(consultation.release).programme
    values: dict[str, Any] = {
        "score": 66,
        "reasoning": "满意度样本不足 200。",
        "standing": Standing(StakeholderGroup(organisation.group), organisation),
    }
    return submit_evaluation(consultation, programme=programme, acting_user=author, **{**values, **fields})


def make_confidential(**fields: Any) -> Confidential:
    values: dict[str, Any] = {
        "passage": "每百公里电耗 96 度",
        "ground": ConfidentialPart.Ground.TRADE_SECRET,
        "justification": "电耗数据是竞标报价的依据。",
    }
    return Confidential(**{**values, **fields})


def make_house_rule(**fields: Any) -> HouseRule:
    """A rule that has been in force for years, unless it is told otherwise."""
    values = {"number": next(_number), "title": "不公开他人的个人信息", "text": "说事，不曝光人。"}
    return HouseRule.objects.create(**{**values, "valid_from": date(2020, 1, 1), **fields})


def make_answer(
    consultation: Consultation | None = None,
    *,
    feedback: Sequence[Feedback] = (),
    evaluations: Sequence[Evaluation] = (),
    **fields: Any,
) -> Answer:
    """A published answer, to new feedback unless it is told what it answers. Somebody else has looked at it."""
    inputs = [*feedback, *evaluations]
    consultation = consultation or (inputs[0].consultation if inputs else make_consultation())
    values: dict[str, Any] = {"outcome": Answer.Outcome.ADOPTED, "reason": "年内完成剩余 12 部电梯。"}
    values["acting_user"] = fields.pop("acting_user", None) or make_moderator()
    reviewer = fields.pop("reviewed_by", None) or make_moderator()
    draft = draft_answer(
        consultation,
        feedback=feedback or ([] if evaluations else [make_feedback(consultation)]),
        evaluations=evaluations,
        **{**values, **fields},
    )
    submit_draft(draft, acting_user=values["acting_user"])
    review_draft(draft, is_approved=True, acting_user=reviewer)
    return publish_answers([draft], acting_user=values["acting_user"])[0]


def make_task(answer: Answer | None = None, **fields: Any) -> RectificationTask:
    """A task that has just been opened, due in 30 days."""
    answer = answer or make_answer()
    department = fields.pop("department", None) or make_department(answer.consultation.release.government)
    values: dict[str, Any] = {
        "finding": "两个标段流标，进度落后。",
        "severity": Finding.Severity.MAJOR,
        "title": "重新招标并在年内开工",
        "title_en": "Tender again and start this year",
        "due_on": timezone.localdate() + timedelta(days=30),
    }
    values["officer"] = fields.pop("officer", None) or make_officer(department)
    values["acting_user"] = fields.pop("acting_user", None) or make_moderator()
    return open_task(answer, department=department, **{**values, **fields})


def make_task_in(status: str, answer: Answer | None = None, **fields: Any) -> RectificationTask:
    """A task that has come to ``status`` by its own steps."""
    task = make_task(answer, **fields)
    if status == RectificationTask.Status.ASSIGNED:
        return task
    if status == RectificationTask.Status.DRAFTED:
        RectificationTask.objects.filter(pk=task.pk).update(status=status, assigned_at=None)
    elif status in (RectificationTask.Status.DISPUTED, RectificationTask.Status.WITHDRAWN):
        dispute_task(task, reason="不是我们部门的事。", acting_user=task.officer)
        if status == RectificationTask.Status.WITHDRAWN:
            decide_dispute(task, stands=False, reason="确实如此。", acting_user=make_moderator())
    else:
        _work_on(task, status)
    task.refresh_from_db()
    return task


def _work_on(task: RectificationTask, status: str) -> None:
    states = RectificationTask.Status
    accept_task(task, acting_user=task.officer)
    if status == states.ACCEPTED:
        return
    post_progress(task, text="已重新招标，施工单位进场。", acting_user=task.officer)
    if status == states.IN_PROGRESS:
        return
    submit_task(task, acting_user=task.officer)
    if status == states.SUBMITTED:
        return
    outcome = states.RETURNED if status == states.RETURNED else states.VERIFIED
    verify_task(task, outcome=outcome, reason="现场看过。", acting_user=make_moderator())
    if status == states.CLOSED:
        close_task(task, reason="已办结。", acting_user=make_moderator())


def make_meeting(**fields: Any) -> Meeting:
    """A meeting in two weeks that takes registrations for one more: three places for citizens by lot, two for social
    organisations by the hour."""
    starts_at = timezone.now() + timedelta(days=14)
    values: dict[str, Any] = {
        "kind": Meeting.Kind.COORDINATION,
        "title": "老旧小区改造协调会",
        "purpose": "把各方的意见放到一张桌上。",
        "scope": "可以调整先后，不能增加总额。",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "registration_ends_at": starts_at - timedelta(days=7),
        "places": {"citizen": (3, True), "social_organisation": (2, False)},
        "details": {"title_en": "Meeting on old housing estates", "place": "市民中心 301", "place_en": "Room 301"},
    }
    values["acting_user"] = fields.pop("acting_user", None) or make_moderator()
    return convene_meeting(**{**values, **fields})
