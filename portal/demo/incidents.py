"""The city's incidents: one of last spring that people were told of, and an exercise that is under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import pre_save
from django.utils import timezone

from participation.models import User
from portal.demo.backdate import at
from portal.demo.city import City
from privacy.incidents.actions import (
    add_lesson,
    change_facts,
    finish_lesson,
    move_incident,
    open_incident,
    tick_step,
)
from privacy.incidents.containing import contain_incident, lift_containment
from privacy.incidents.models import (
    AffectedPerson,
    AuthorityReport,
    Containment,
    Incident,
    IncidentStep,
    Lesson,
    NoticeBatch,
)
from privacy.incidents.notices import NOWHERE, begin_notices, set_template, supplied_templates
from privacy.incidents.reporting import draft_report, hand_in_report
from privacy.incidents.scope import assess_incident, by_name, made_up
from privacy.sealing.keys import Subject

TOUCHED = (Incident, Containment, AffectedPerson, AuthorityReport, Lesson, NoticeBatch)
MADE_UP = 120
CONTACT = "privacy@example.org"
AUTHORITY = "云川市互联网信息办公室"


def load_incidents(city: City) -> None:
    if Incident.objects.exists():
        return
    guard = city.people["privacy"]
    for kind, texts in supplied_templates().items():
        set_template(kind=kind, texts=texts, acting_user=guard)
    with no_letters():
        _lost_laptop(city, guard)
        with transaction.atomic():
            _exercise(guard)


@contextmanager
def no_letters() -> Iterator[None]:
    """The people of the demonstration are told by nobody's mail server."""
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = NOWHERE
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before


@contextmanager
def _lines_of(moment: datetime) -> Iterator[None]:
    """Lines of timelines are dated when they are written: afterwards the database lets nobody change them."""

    def date_back(instance: IncidentStep, **details: Any) -> None:
        instance.created = moment

    pre_save.connect(date_back, sender=IncidentStep, weak=False)
    try:
        yield
    finally:
        pre_save.disconnect(date_back, sender=IncidentStep)


def _lost_laptop(city: City, guard: User) -> None:
    began = timezone.localtime().replace(hour=9, minute=10, second=0, microsecond=0) - timedelta(days=96)
    incident: list[Incident] = []

    def later(delay: timedelta, do: Callable[[], Any]) -> None:
        # Notices are sent when the transaction has been committed, at the same moment of the past.
        with _lines_of(began + delay), at(began + delay, *TOUCHED), transaction.atomic():
            do()

    def open_it() -> None:
        incident.append(
            open_incident(
                kind="lost_device",
                what_happened="工作人员的笔记本电脑在动车上遗失，登录着核对居民材料的账号。",
                aware_at=began,
                jurisdiction=settings.PRIVACY_JURISDICTION,
                acting_user=guard,
            )
        )
        tick_step(incident[0], key="ask_holder", words="硬盘未加密，屏幕已锁。", acting_user=guard)
        change_facts(
            incident[0],
            severity="medium",
            occurred_from=began - timedelta(hours=14),
            occurred_until=began + timedelta(hours=1),
            harm="遗失者登录期间看到过的电话号码可能被他人得到，请留意陌生来电。",
            measures="账号已在所有设备上退出，设备已远程擦除。",
            public_statement="一台工作用笔记本电脑遗失，其上可能留有三名居民的电话号码。设备已被远程擦除，"
            "三人均已收到通知，主管部门已收到报告。",
            reason="问过持有人",
            acting_user=guard,
        )
        move_incident(incident[0], to="triaged", words="属实，设备未加密。", acting_user=guard)

    def contain() -> None:
        contain_incident(
            incident[0],
            action="end_sessions",
            subjects=[city.people["reviewer"].row_id],
            reason="让遗失的设备什么也打不开",
            acting_user=guard,
        )
        tick_step(incident[0], key="sign_out", acting_user=guard)
        move_incident(incident[0], to="contained", words="已退出登录并远程擦除。", acting_user=guard)

    def assess() -> None:
        people = [Subject("person", city.people[key].row_id) for key in ("citizen", "unverified", "enterprise")]
        found = by_name(people, fields=["participation.user.phone"])
        assess_incident(incident[0], found, words="按持有人当日的查阅记录核对。", acting_user=guard)
        move_incident(incident[0], to="assessed", words="三人，各一个电话号码。", acting_user=guard)

    def report() -> None:
        made = draft_report(incident[0], kind="first", authority=AUTHORITY, acting_user=guard)
        hand_in_report(made, handed_in_at=began + timedelta(hours=3), reference="云网信〔0417〕", acting_user=guard)

    def tell() -> None:
        begin_notices(incident[0], message="", contact=CONTACT, acting_user=guard)

    def learn() -> None:
        move_incident(incident[0], to="notified", words="三人均已送达，首次报告已提交。", acting_user=guard)
        lesson = add_lesson(
            incident[0],
            text="所有能登录平台的设备一律全盘加密，登记入册。",
            responsible="信息中心",
            due_on=timezone.localdate() + timedelta(days=30),
            acting_user=guard,
        )
        finish_lesson(lesson, result="二十三台设备已加密并登记。", acting_user=guard)
        move_incident(incident[0], to="reviewed", words="复盘会已开。", acting_user=guard)
        move_incident(incident[0], to="closed", words="措施都已落实。", acting_user=guard)

    for delay, do in (
        (timedelta(minutes=5), open_it),
        (timedelta(minutes=40), contain),
        (timedelta(hours=2), assess),
        (timedelta(hours=3), report),
        (timedelta(hours=4), tell),
        (timedelta(days=12), learn),
    ):
        later(delay, do)


def _exercise(guard: User) -> None:
    aware: datetime = timezone.now() - timedelta(hours=2)
    incident = open_incident(
        kind="leaked_export",
        what_happened="演练：一份“居民名单”导出文件出现在公共网盘上。",
        aware_at=aware,
        jurisdiction=settings.PRIVACY_JURISDICTION,
        is_exercise=True,
        acting_user=guard,
    )
    tick_step(incident, key="secure_copy", acting_user=guard)
    change_facts(
        incident,
        severity="high",
        harm="名单上的人可能接到冒充工作人员的电话。",
        measures="网盘链接已失效，导出已停止。",
        reason="演练脚本",
        acting_user=guard,
    )
    move_incident(incident, to="triaged", words="演练：视为属实。", acting_user=guard)
    measure = contain_incident(incident, action="freeze_exports", reason="演练：先停止导出", acting_user=guard)
    tick_step(incident, key="freeze", acting_user=guard)
    move_incident(incident, to="contained", words="演练：已止住。", acting_user=guard)
    assess_incident(incident, made_up(MADE_UP), words="演练名单。", acting_user=guard)
    lift_containment(measure, reason="演练：范围已清楚", acting_user=guard)
    move_incident(incident, to="assessed", words="演练：范围已清楚。", acting_user=guard)
