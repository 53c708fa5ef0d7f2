"""Calls for evaluations: who opens them, who gets a place, and what has to be declared first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from participation.evaluations.calls.actions import (
    answer_invitation,
    apply_for_seat,
    decide_application,
    decide_interest,
    declare_interest,
    invite_evaluator,
    pass_lead,
    recuse_author,
)
from participation.evaluations.calls.models import EvaluationAuthor, EvaluatorSeat
from participation.stakeholders.models import Mandate, Role, User
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed
from tests import log_entries
from tests.factories import (
    make_consultation,
    make_moderator,
    make_officer,
    make_organisation,
    make_programme,
    make_user,
)
from tests.participation.evaluations.panels import (
    make_applicant,
    make_call,
    make_scheme,
    make_seat,
    standing_of,
)

pytestmark = pytest.mark.django_db

Status = EvaluatorSeat.Status


def test_a_call_leaves_a_leaf_with_its_terms() -> None:
    call = make_call()
    entry = log_entries.entry(record_ref=call.row_id)
    assert (entry.kind, "8 万元" in entry.leaf) == ("evaluation.called", False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"eligibility": ""}, "eligibility"),
        ({"paid_by": ""}, "paid_by"),
        ({"places": 0}, "places"),
        ({"due_on": timezone.localdate() - timedelta(days=1)}, "due_on"),
        ({"apply_by": timezone.localdate() + timedelta(days=90)}, "apply_by"),
    ],
    ids=["title", "eligibility", "paid_by", "places", "due_on", "apply_by"],
)
def test_bad_terms_are_refused_with_their_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_call(**fields)
    assert refused.value.data == {"field": field}


def test_a_programme_that_the_consultation_is_not_about_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        make_call(programmes=[make_programme()])
    assert refused.value.data == {"field": "programmes"}


def test_an_officer_of_a_department_calls_for_no_evaluation() -> None:
    consultation = make_consultation()
    with pytest.raises(NotAllowed):
        make_call(consultation, acting_user=make_officer(make_programme().department))


@pytest.mark.both
def test_an_organisation_applies_once_and_waits_for_a_decision() -> None:
    call = make_call()
    seat, person = make_applicant(call)
    with pytest.raises(Conflict):
        apply_for_seat(call, standing=standing_of(seat.organisation), statement="再来", acting_user=person)
    assert seat.status == Status.APPLIED


def test_who_is_not_accredited_applies_in_vain_where_that_is_asked() -> None:
    with pytest.raises(NotAllowed):
        make_applicant(make_call(accredited_only=True))


def test_after_the_last_day_nobody_applies() -> None:
    call = make_call()
    call.apply_by = timezone.localdate() - timedelta(days=1)
    with pytest.raises(Closed):
        make_applicant(call)


@pytest.mark.both
def test_no_more_are_chosen_than_there_are_places() -> None:
    call = make_call(places=1)
    (first, _), (second, _) = make_applicant(call), make_applicant(call)
    moderator = make_moderator()
    decide_application(first, is_chosen=True, reason="合适。", acting_user=moderator)
    with pytest.raises(Conflict):
        decide_application(second, is_chosen=True, reason="合适。", acting_user=moderator)
    assert call.seats.filter(status=Status.SEATED).count() == 1


def test_nobody_chooses_the_own_organisation() -> None:
    seat, _person = make_applicant(make_call())
    moderator = make_moderator()
    Mandate.objects.create(organisation=seat.organisation, person=moderator)
    with pytest.raises(NotAllowed):
        decide_application(seat, is_chosen=True, reason="合适。", acting_user=moderator)


@pytest.mark.parametrize(("is_accepted", "status"), [(True, Status.SEATED), (False, Status.DECLINED)])
def test_who_is_asked_may_decline(is_accepted: bool, status: str) -> None:
    person = make_user()
    organisation = make_organisation("research", member=person)
    seat = invite_evaluator(make_call(), organisation=organisation, reason="指定。", acting_user=make_moderator())
    assert answer_invitation(seat, is_accepted=is_accepted, acting_user=person).status == status


def test_without_the_undertaking_nobody_evaluates() -> None:
    seat, person = make_applicant(make_call())
    decide_application(seat, is_chosen=True, reason="合适。", acting_user=make_moderator())
    with pytest.raises(Invalid) as refused:
        declare_interest(seat, interest="none", undertakes=False, acting_user=person)
    assert refused.value.data == {"field": "undertakes"}


def test_the_first_who_declares_leads_and_has_a_report_for_each_programme() -> None:
    seat, person = make_seat()
    assert (seat.lead, seat.reports.count()) == (person, seat.call.programmes.count())


@pytest.mark.both
def test_an_interest_is_public_in_form_and_sealed_in_detail() -> None:
    seat, person = make_applicant(make_call())
    decide_application(seat, is_chosen=True, reason="合适。", acting_user=make_moderator())
    author = declare_interest(
        seat, interest="worked", details="二〇二四年在该局做顾问", undertakes=True, acting_user=person
    )
    seat.refresh_from_db()
    assert (author.status, seat.lead, seat.reports.count()) == ("waiting", None, 0)
    assert author.confidential is not None
    assert author.confidential.passage == "二〇二四年在该局做顾问"
    assert "顾问" not in "".join(entry.leaf for entry in log_entries.entries())
    decide_interest(author, is_allowed=True, reason="两年前的短期工作。", acting_user=make_moderator())
    seat.refresh_from_db()
    assert (seat.lead, seat.reports.count()) == (person, 1)


def test_an_interest_needs_its_details() -> None:
    seat, person = make_applicant(make_call())
    decide_application(seat, is_chosen=True, reason="合适。", acting_user=make_moderator())
    with pytest.raises(Invalid) as refused:
        declare_interest(seat, interest="family", undertakes=True, acting_user=person)
    assert refused.value.data == {"field": "details"}


def test_an_officer_of_the_evaluated_department_is_no_author() -> None:
    call = make_call()
    officer = make_officer(call.department)
    with pytest.raises(NotAllowed):
        make_applicant(call, officer)


def test_when_the_last_author_steps_back_the_organisation_does() -> None:
    seat, person = make_seat()
    recuse_author(seat.authors.get(), reason="亲属任职。", acting_user=person)
    seat.refresh_from_db()
    assert (seat.status, seat.lead, seat.reports.get().status) == (Status.RECUSED, None, "withdrawn")


@pytest.mark.both
def test_when_the_lead_steps_back_another_author_leads() -> None:
    seat, person = make_seat()
    other = make_user()
    Mandate.objects.create(organisation=seat.organisation, person=other)
    declare_interest(seat, interest="none", undertakes=True, acting_user=other)
    recuse_author(seat.authors.get(person=person), reason="亲属任职。", acting_user=person)
    seat.refresh_from_db()
    assert (seat.status, seat.lead) == (Status.SEATED, other)


def test_only_the_lead_passes_the_lead_on() -> None:
    seat, person = make_seat()
    other = make_user()
    Mandate.objects.create(organisation=seat.organisation, person=other)
    author = declare_interest(seat, interest="none", undertakes=True, acting_user=other)
    with pytest.raises(NotAllowed):
        pass_lead(seat, author=author, acting_user=other)
    assert pass_lead(seat, author=author, acting_user=person).lead == other


def test_the_public_reads_who_evaluates_and_not_who_was_refused() -> None:
    call = make_call()
    chosen, _person = make_seat(call)
    refused, applicant = make_applicant(call)
    decide_application(refused, is_chosen=False, reason="名额已满。", acting_user=make_moderator())
    public = EvaluatorSeat.objects.visible_to(AnonymousUser())
    assert list(public) == [chosen]
    assert set(EvaluatorSeat.objects.visible_to(applicant)) == {chosen, refused}
    assert list(EvaluationAuthor.objects.visible_to(AnonymousUser())) == list(chosen.authors.all())


def test_a_scheme_for_self_evaluations_is_no_scheme_for_a_call() -> None:
    scheme = make_scheme()
    scheme.kind = "self_evaluation"
    with pytest.raises(GongzhiError):
        make_call(scheme=scheme)


def test_an_officer_of_the_evaluated_department_neither_calls_nor_chooses() -> None:
    seat, author = make_applicant(make_call())
    officer = make_officer(seat.call.department)
    officer.appointments.create(role=Role.MODERATOR)
    moderator = User.objects.get(pk=officer.pk)
    consultation, programmes = seat.call.consultation, list(seat.call.programmes.all())
    with pytest.raises(NotAllowed):
        make_call(consultation, programmes=programmes, scheme=seat.call.scheme, acting_user=moderator)
    with pytest.raises(NotAllowed):
        invite_evaluator(seat.call, organisation=make_organisation(), reason="合适。", acting_user=moderator)
    with pytest.raises(NotAllowed):
        decide_application(seat, is_chosen=True, reason="合适。", acting_user=moderator)
    decide_application(seat, is_chosen=True, reason="合适。", acting_user=make_moderator())
    declared = declare_interest(seat, interest="other", details="表亲", undertakes=True, acting_user=author)
    with pytest.raises(NotAllowed):
        decide_interest(declared, is_allowed=False, reason="有关联。", acting_user=moderator)
    with pytest.raises(NotAllowed):
        recuse_author(declared, reason="有关联。", acting_user=moderator)


def test_the_page_of_a_call_offers_the_evaluated_department_no_choice() -> None:
    seat, _author = make_applicant(make_call())
    officer, client = make_officer(seat.call.department), Client()
    officer.appointments.create(role=Role.MODERATOR)
    offered = []
    for person in (make_moderator(), officer):
        client.force_login(person)
        offered.append(
            "invite_form" in client.get(seat.call.get_absolute_url()).context
            and bool(client.get(seat.call.get_absolute_url()).context["invite_form"])
        )
    assert offered == [True, False]
