"""What goes on about the city's tasks now: rules for late ones, a dispute, more time, a question, a commendation."""

from __future__ import annotations

from typing import Any

from participation.following.telling import of_the_past
from participation.models import EscalationRung, Finding, RectificationTask
from participation.rectification.actions import accept_task, close_task, dispute_task, open_task_from
from participation.rectification.extensions.actions import ask_for_time, decide_on_time
from participation.rectification.ladder.actions import decide_consequence, propose_consequence
from participation.rectification.ladder.sweep import sweep
from participation.rectification.questions.actions import answer_question, ask_question
from participation.rectification.rules.actions import enter_rule
from participation.rectification.rules.files import OWN, read_rules
from participation.rectification.supervision.actions import instruct_department
from portal.demo.city import City

Status = RectificationTask.Status


def load_last_mile(city: City) -> None:
    """Once: what is there already is left alone."""
    if EscalationRung.objects.exists():
        return
    for rule in read_rules(OWN.read_bytes()):
        enter_rule(rule, acting_user=None)
    with of_the_past():
        _tell(city)
        sweep()


def _tell(city: City) -> None:
    moderator = city.people["moderator"]
    first = RectificationTask.objects.filter(status=Status.IN_PROGRESS).order_by("pk").first()
    if first is None:
        return
    officer, department = first.officer, first.department
    leader = city.people["officer.housing" if officer != city.people["officer.housing"] else "officer"]
    audited: dict[str, Any] = {
        "department": department,
        "officer": officer,
        "source_name": "云川市审计局 2025 年第 7 号审计报告",
        "drafted": False,
        "acting_user": moderator,
    }
    disputed = open_task_from(
        Finding.Source.AUDIT,
        finding="三个项目的结余资金超过两年没有收回。",
        title="清理并收回两年以上的结余资金",
        title_en="Recover money left over for more than two years",
        recommendation="年内全部收回国库。",
        working_days=20,
        wanted=[("收回凭证", 3), ("清理台账", 1)],
        money=3_600_000_00,
        cause="demo audit 7-1",
        **audited,
    )
    dispute_task(disputed, reason="其中一个项目已移交区里，应由区里收回。", acting_user=officer)
    asked = open_task_from(
        Finding.Source.AUDIT,
        finding="合同台账与支付记录对不上，差七笔。",
        title="核对合同台账与支付记录",
        title_en="Reconcile the list of contracts with the payments",
        recommendation="健全台账。",
        working_days=30,
        supervisor=leader,
        cause="demo audit 7-2",
        **audited,
    )
    accept_task(asked, acting_user=officer)
    instruct_department(asked, text="七笔差异每周一报一次核对进度，月底前全部查清。", acting_user=leader)
    question = ask_question(asked, question="“健全台账”是指补登，还是换系统？", acting_user=officer)
    answer_question(
        question,
        answer="补登七笔，并每月与国库对一次账。",
        clarified="补登七笔，每月与国库对账一次，差异三个工作日内查清。",
        acting_user=moderator,
    )
    time = ask_for_time(asked, working_days=10, reason="两笔支付要等银行回单。", acting_user=officer)
    decide_on_time(time, is_approved=True, reason="银行的说明已附。", acting_user=moderator)
    kept = RectificationTask.objects.filter(status=Status.VERIFIED, budget_linkage__isnull=False).first()
    if kept is not None:
        close_task(kept, reason="已核验，并与下一年预算挂钩。", acting_user=moderator)
        proposed = propose_consequence(kept, kind="commendation", acting_user=moderator)
        if proposed is not None:
            decide_consequence(proposed, measure="通报表扬", reason="一次通过核验。", acting_user=moderator)
