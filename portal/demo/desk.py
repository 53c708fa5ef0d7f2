"""What waits at the desk of the city, and the laws that its charter rests on."""

from __future__ import annotations

from participation.balance.actions import draft_answer, submit_draft
from participation.balance.models import Answer
from participation.balance.theme_actions import make_theme, tag_inputs
from participation.balance.themes import Theme
from participation.feedback.models import Feedback
from participation.following.telling import of_the_past
from participation.moderation.actions import lodge_appeal, report_item
from participation.moderation.models import Decision, Report
from participation.stakeholders.legal_basis import LegalBasis
from portal.charter.matrix import Act
from portal.demo.city import City
from privacy.history.actor import acting

BUDGET_LAW = "中华人民共和国预算法第{}条", "Budget Law, article {}"
DECISIONS = "重大行政决策程序暂行条例第{}条", "Interim Regulations on Major Administrative Decisions, article {}"
PERSONAL = "中华人民共和国个人信息保护法第{}条", "Personal Information Protection Law, article {}"
LAWS = {
    Act.READ: (BUDGET_LAW, "十四", 14),
    Act.PUBLISH_BUDGET: (BUDGET_LAW, "十四", 14),
    Act.REPORT_WRONGDOING: (BUDGET_LAW, "九十一", 91),
    Act.GIVE_FEEDBACK: (DECISIONS, "十四", 14),
    Act.OPEN_CONSULTATION: (DECISIONS, "十五", 15),
    Act.TAKE_PART_IN_MEETING: (DECISIONS, "十六", 16),
    Act.OPEN_SEALED: (PERSONAL, "五十一", 51),
}


def load_desk(city: City) -> None:
    """A report, an appeal, an answer for a second person, a theme. Once: what is there already is left alone."""
    if Theme.objects.exists():
        return
    with of_the_past():
        _tell(city)
    with acting(city.people["moderator"]):
        for act, ((name, name_en), article, number) in LAWS.items():
            LegalBasis.objects.create(act=act.value, basis=name.format(article), basis_en=name_en.format(number))


def _tell(city: City) -> None:
    moderator, citizen = city.people["moderator"], city.people["citizen"]
    waiting = Feedback.objects.filter(status="visible", answered=None, merged_into=None).order_by("pk")
    lunches = list(waiting.filter(consultation__title__contains="午餐"))
    estates = list(waiting.filter(consultation__title__contains="老旧小区").exclude(author=moderator))
    about = [said for said in lunches if "食堂" in said.body]
    theme = make_theme(about[0].consultation, name="食堂改造进度", acting_user=moderator)
    tag_inputs(theme, feedback=about, acting_user=moderator)
    draft = draft_answer(
        estates[0].consultation,
        feedback=estates[:2],
        outcome=Answer.Outcome.PARTLY,
        reason="先改管网和外墙，停车位另行征求意见：地下管线图还没有测完，现在定位置会返工。",
        department=estates[0].consultation.department,
        acting_user=moderator,
    )
    submit_draft(draft, acting_user=moderator)
    reported = next(said for said in lunches if said.author_id != citizen.pk)
    report_item(reported, reason=Report.Reason.OFF_TOPIC, words="说的是别的学校的事。", acting_user=citizen)
    hidden = Decision.objects.filter(deed=Decision.Deed.HIDE, feedback__status="hidden").order_by("pk").first()
    if hidden is not None and hidden.feedback is not None:
        lodge_appeal(hidden, words="我只写了门牌号的前一半，别人找不到。", acting_user=hidden.feedback.author)
