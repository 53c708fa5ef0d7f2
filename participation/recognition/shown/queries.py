"""Badges and training: what somebody has earned, and who has agreed that others see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from cms.pages.content.training import Certificate
from participation.balance.models import Answer, AnsweredInput
from participation.consultations.models import Contribution
from participation.evaluations.models import Evaluation
from participation.recognition.models import Commendation, OptIn
from participation.rectification.models import Verification
from participation.stakeholders.models import Appointment, Mandate, Organisation, Role, User

Shows = OptIn.Shows


@dataclass(frozen=True)
class Badge:
    name: str
    label: str | Promise
    explanation: str | Promise


BADGES = (
    Badge("heard", _("Heard"), _("Said something that an answer adopted, wholly or in part.")),
    Badge("evaluator", _("Evaluator"), _("Published a third-party evaluation.")),
    Badge("checker", _("Looked for themselves"), _("Checked whether something was put right.")),
    Badge("learner", _("Learner"), _("Passed the quiz of a course.")),
    Badge("discoverer", _("Discoverer"), _("Nominated a case that was given an award.")),
)


def badges_of(people: Collection[int]) -> dict[int, list[Badge]]:
    """What each has earned, in the order of ``BADGES``; by the primary key, five queries for however many."""
    adopted = (Answer.Outcome.ADOPTED, Answer.Outcome.PARTLY)
    holders = {
        "heard": AnsweredInput.objects.filter(
            feedback__author__in=people,
            feedback__status=Contribution.Status.VISIBLE,
            answer__outcome__in=adopted,
        ).values_list("feedback__author", flat=True),
        "evaluator": Evaluation.objects.filter(author__in=people, status=Contribution.Status.VISIBLE).values_list(
            "author", flat=True
        ),
        "checker": Verification.objects.filter(checked_by__in=people).values_list("checked_by", flat=True),
        "learner": Certificate.objects.filter(person__in=people).values_list("person", flat=True),
        "discoverer": Commendation.objects.standing()
        .filter(nomination__author__in=people)
        .values_list("nomination__author", flat=True),
    }
    earned: dict[int, list[Badge]] = defaultdict(list)
    for badge in BADGES:
        for person in set(holders[badge.name].order_by()):
            earned[person].append(badge)
    return earned


def shown_by(person: User) -> set[str]:
    """What somebody has agreed to show."""
    return set(OptIn.objects.filter(person=person).values_list("shows", flat=True))


def people_shown() -> list[tuple[User, list[Badge]]]:
    """Everybody who agreed to it and has a badge, by name."""
    people = list(
        User.objects.filter(opt_ins__shows=Shows.BADGES, is_active=True, shows_name=True).order_by("display_name", "pk")
    )
    earned = badges_of([person.pk for person in people])
    return [(person, earned[person.pk]) for person in people if earned[person.pk]]


@dataclass(frozen=True)
class Trained:
    person: User
    certificates: list[Certificate]


def trained_officers(department: Department) -> list[Trained]:
    """Officers of a department who agreed to show their certificates; two queries."""
    offices = Appointment.objects.current().filter(role=Role.OFFICER, department=department)
    return _trained(User.objects.filter(pk__in=offices.values("person")))


def trained_members(organisation: Organisation) -> list[Trained]:
    """People who speak for an organisation and agreed to show their certificates; two queries."""
    mandates = Mandate.objects.current().filter(organisation=organisation)
    return _trained(User.objects.filter(pk__in=mandates.values("person")))


def _trained(people: QuerySet[User]) -> list[Trained]:
    agreed = people.filter(opt_ins__shows=Shows.TRAINING, is_active=True, shows_name=True).order_by(
        "display_name", "pk"
    )
    held: dict[int, list[Certificate]] = defaultdict(list)
    for certificate in Certificate.objects.filter(Q(person__in=agreed.values("pk"))).order_by("passed_on", "pk"):
        held[certificate.person_id].append(certificate)
    return [Trained(person, held[person.pk]) for person in agreed if held[person.pk]]
