"""What people of the city agreed to and asked about their data, and the record that the privacy officer keeps."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from cms.pages.content.consent_notices import load_notices
from participation.models import User
from portal.demo.backdate import at
from portal.demo.city import City
from portal.demo.incidents import no_letters
from privacy.history.directory import OwnedSubject
from privacy.rights.consent.actions import give_consent, withdraw_consent
from privacy.rights.consent.models import Consent, ConsentPurpose, NoticeVersion
from privacy.rights.processing.actions import approve_assessment, complete_activity, fix_record, write_assessment
from privacy.rights.requests.actions import (
    answer_request,
    ask_request,
    ask_without_account,
    extend_request,
    prove_own_identity,
    refuse_request,
)
from privacy.rights.requests.models import DataRequest
from privacy.rights.requests.wording import template_for

CONTROLLER, CONTACT = "云川市财政局", "privacy@example.org"
ADDED = {
    "taking_part": "公众（公开的部分）；受委托的第三方评价机构只看到公开的部分。",
    "identity": "无。核验人员在平台内查看，每次都有记录。",
    "notices": "主管机关自己的邮件服务器。",
}


def load_rights(city: City) -> None:
    load_notices()
    if Consent.objects.exists():
        return
    with no_letters(), transaction.atomic():
        _agreements(city)
        _requests(city)
        _record(city.people["privacy"])


def _agreements(city: City) -> None:
    notices = {notice.purpose: notice for notice in NoticeVersion.objects.all_current()}

    def agree(key: str, purpose: str) -> None:
        give_consent(purpose, notice_sha256=notices[purpose].sha256, acting_user=city.people[key])

    agree("citizen", ConsentPurpose.PUBLISH_NAME)
    agree("citizen", ConsentPurpose.NOTIFICATIONS)
    agree("citizen", ConsentPurpose.THIRD_PARTY)
    withdraw_consent(ConsentPurpose.THIRD_PARTY, acting_user=city.people["citizen"])
    agree("repair", ConsentPurpose.PUBLISH_NAME)
    withdraw_consent(ConsentPurpose.PUBLISH_NAME, acting_user=city.people["repair"])


def _requests(city: City) -> None:
    officer = city.people["privacy"]

    def ask(key: str, kind: str, words: str, days: int) -> DataRequest:
        person = city.people[key]
        with at(timezone.now() - timedelta(days=days), DataRequest), override(person.preferred_language):
            asked = ask_request(kind, words=words, subject=OwnedSubject(person.row_id), acting_user=person)
            return prove_own_identity(asked, acting_user=person)

    kinds = DataRequest.Kind
    ask("citizen", kinds.COPY, "请把去年以来我留下的电话和地址的使用情况一并告诉我。", 3)
    corrected = ask("twokids", kinds.CORRECTION, "我换了手机号，请更正，并告诉我旧号码还有谁看过。", 6)
    answer_request(corrected, answer=template_for(kinds.CORRECTION, "answered", "zh-hans"), acting_user=officer)
    kept = ask("laolin", kinds.ERASURE, "请删掉我参加评议时的到会记录。", 9)
    refuse_request(
        kept,
        ground="cn_retention",
        answer="到会记录是会议纪要的一部分，保存期限届满前只作存储，不作他用；届满即删除。",
        acting_user=officer,
    )
    explained = ask(
        "emma", kinds.EXPLANATION, "Why did project 3 lose against project 7 although it had more votes?", 8
    )
    extend_request(explained, reason=template_for(kinds.EXPLANATION, "extended", "en"), acting_user=officer)
    ask_without_account(
        kinds.COMPLAINT,
        words="我没有注册过，却收到了通知邮件，请说明我的地址从哪里来。",
        name="秦女士",
        email="qin@example.org",
        acting_user=None,
    )


def _record(officer: User) -> None:
    for activity, recipients in ADDED.items():
        values = {
            "controller": CONTROLLER,
            "contact": CONTACT,
            "recipients": recipients,
            "abroad": "不出境。",
            "security": "敏感字段逐行密封；谁打开过都有记录；改动留有历史和公开日志。",
        }
        complete_activity(activity, values=values, version=0, acting_user=officer)
    assessment = write_assessment(
        "taking_part",
        grounds=["entrusted"],
        risk="low",
        values={
            "necessity": "公开征求意见是预算绩效管理的法定环节；只收集发言、所代表的一方和公开名称，不要求真名。",
            "risks": "发言可能让熟人认出本人，可能因此受到压力。",
            "measures": "可以不显示名称；住址等内容由主持人隐藏；撤回同意后全站改为“一位市民”。",
        },
        acting_user=officer,
    )
    approve_assessment(assessment, acting_user=officer)
    fix_record(acting_user=officer)
