"""Calling for evaluations, choosing evaluators, declaring interests, stepping back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Programme
from cms.performance.schemes import ScoringScheme
from participation.consultations.models import Consultation
from participation.consultations.queries import scope_lines
from participation.evaluations.calls.models import EvaluationAuthor, EvaluationCall, EvaluatorSeat
from participation.evaluations.calls.permissions import (
    require_chooser,
    require_commissioner,
    require_eligible,
    require_may_evaluate,
    require_member,
    require_not_evaluated,
)
from participation.evaluations.reports.models import EvaluationReport
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.actions import hand_in_confidential
from participation.stakeholders.confidential import Confidential, ConfidentialPart
from participation.stakeholders.models import Mandate, Organisation, User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

Status = EvaluatorSeat.Status
REASON = _("Please give the reason.")
IN_PLACE_OF_DETAILS = _("What the interest is; the office that chooses the evaluators reads it.")


@transaction.atomic
def open_call(
    consultation: Consultation,
    *,
    programmes: Iterable[Programme],
    scheme: ScoringScheme,
    title: str,
    title_en: str = "",
    mode: str = EvaluationCall.Mode.OPEN,
    eligibility: str,
    accredited_only: bool = True,
    places: int,
    apply_by: date | None = None,
    due_on: date,
    paid_by: str,
    acting_user: User,
) -> EvaluationCall:
    """Call for evaluations of programmes of one department, which the consultation is about."""
    person = require_commissioner(acting_user)
    wanted = list(programmes)
    if not wanted or len({programme.department_id for programme in wanted}) > 1:
        raise Invalid(_("Please choose programmes of one department."), field="programmes")
    require_not_evaluated(person, wanted[0].department_id)
    covered = set(scope_lines(consultation).filter(programme__in=wanted).values_list("programme", flat=True))
    if covered != {programme.pk for programme in wanted}:
        raise Invalid(_("This consultation is not about that programme."), field="programmes")
    if scheme.kind != ScoringScheme.Kind.EVALUATION or not scheme.indicators.exists():
        raise Invalid(_("Please choose a scheme for evaluations."), field="scheme")
    if due_on < timezone.localdate():
        raise Invalid(_("Please choose a day that is to come."), field="due_on")
    if apply_by is not None and apply_by > due_on:
        raise Invalid(_("Applications end before the evaluations are due."), field="apply_by")
    if places < 1:
        raise Invalid(_("There is at least one evaluator."), field="places")
    call = EvaluationCall(
        consultation=consultation,
        department=wanted[0].department,
        scheme=scheme,
        title=typed_text(title, field="title", limit=200, missing=_("Please give it a title.")),
        title_en=typed_text(title_en, field="title_en", limit=200),
        mode=EvaluationCall.Mode(mode),
        eligibility=typed_text(eligibility, field="eligibility", limit=1000, missing=_("Please say who may evaluate.")),
        accredited_only=accredited_only,
        places=places,
        apply_by=apply_by,
        due_on=due_on,
        paid_by=typed_text(paid_by, field="paid_by", limit=200, missing=_("Please say who pays, and how much.")),
        opened_by=person,
    )
    with acting(person):
        call.save()
    call.programmes.set(wanted)
    append_leaf(
        LeafKind.EVALUATION_CALLED,
        call,
        public={
            "consultation": str(consultation.row_id),
            "department": str(call.department.row_id),
            "programmes": sorted(str(programme.row_id) for programme in wanted),
            "scheme": str(scheme.row_id),
            "places": places,
            "due_on": due_on.isoformat(),
        },
        committed={
            "terms": canonical(
                {
                    name: str(getattr(call, name))
                    for name in (
                        *("title", "mode", "eligibility", "accredited_only", "apply_by", "paid_by"),
                        *("reason_below", "reason_above", "outlier_points"),
                    )
                }
            )
        },
    )
    announce(
        Kind.EVALUATION,
        call,
        of=[consultation, call.department, *wanted],
        words={"step": "called"},
        key="called",
        acting_user=person,
    )
    return call


@transaction.atomic
def apply_for_seat(call: EvaluationCall, *, standing: Standing, statement: str, acting_user: User) -> EvaluatorSeat:
    """An organisation applies, in the words of somebody who acts for it."""
    organisation = require_eligible(standing, call)
    seat = EvaluatorSeat(call=call, organisation=organisation, status=Status.APPLIED)
    person = require_member(acting_user, seat)
    if not call.takes_applications:
        raise Closed(_("This call takes no applications now."))
    seat.statement = typed_text(
        statement, field="statement", limit=2000, missing=_("Please say why your organisation is suited.")
    )
    _require_new(call, organisation)
    _keep(seat, seat.statement, person)
    announce(Kind.EVALUATION, call, to=[call.opened_by], words={"step": "applied"}, acting_user=person)
    return seat


@transaction.atomic
def invite_evaluator(
    call: EvaluationCall, *, organisation: Organisation, reason: str, acting_user: User
) -> EvaluatorSeat:
    """Ask an organisation by name (assignment). It may decline."""
    person = require_chooser(acting_user, organisation, call)
    require_may_evaluate(organisation, call)
    reason = typed_text(reason, field="reason", limit=1000, missing=REASON)
    _require_free_place(call)
    _require_new(call, organisation)
    seat = EvaluatorSeat(call=call, organisation=organisation, status=Status.INVITED, reason=reason)
    _keep(seat, reason, person)
    _tell_members(seat, "invited", person)
    return seat


@transaction.atomic
def answer_invitation(seat: EvaluatorSeat, *, is_accepted: bool, acting_user: User) -> EvaluatorSeat:
    locked = _locked(seat)
    person = require_member(acting_user, locked)
    if locked.status != Status.INVITED:
        raise Conflict(_("This invitation has been answered already."))
    if is_accepted:
        require_may_evaluate(locked.organisation, locked.call)
        _require_free_place(locked.call)
    locked.status = Status.SEATED if is_accepted else Status.DECLINED
    _keep(locked, "", person)
    return locked


@transaction.atomic
def decide_application(seat: EvaluatorSeat, *, is_chosen: bool, reason: str, acting_user: User) -> EvaluatorSeat:
    """Give an applicant a place, or none. The reason stands in public for those who are chosen."""
    locked = _locked(seat)
    person = require_chooser(acting_user, locked.organisation, locked.call)
    if locked.status != Status.APPLIED:
        raise Conflict(_("This application has been decided already."))
    reason = typed_text(reason, field="reason", limit=1000, missing=REASON)
    if is_chosen:
        require_may_evaluate(locked.organisation, locked.call)
        _require_free_place(locked.call)
    locked.status, locked.reason = (Status.SEATED if is_chosen else Status.REFUSED), reason
    _keep(locked, reason, person)
    _tell_members(locked, "seated" if is_chosen else "refused", person)
    return locked


@sensitive_variables("details")
@transaction.atomic
def declare_interest(
    seat: EvaluatorSeat, *, interest: str, details: str = "", undertakes: bool, acting_user: User
) -> EvaluationAuthor:
    """Somebody declares interests, undertakes independence and confidentiality, and becomes an author.

    The first one leads. With an interest nobody takes part until the office has decided on it. ``details`` are sealed.
    """
    locked = _locked(seat)
    person = require_member(acting_user, locked)
    if not locked.is_seated:
        raise Conflict(_("This organisation does not evaluate here."))
    if not undertakes:
        raise Invalid(_("Without this undertaking nobody evaluates."), field="undertakes")
    if locked.authors.filter(person=person).exists():
        raise Conflict(_("You have declared your interests already."))
    kind = EvaluationAuthor.Interest(interest)
    details = typed_text(details, field="details", limit=4000)
    if kind != EvaluationAuthor.Interest.NONE and not details:
        raise Invalid(_("Please say what the interest is. It is sealed."), field="details")
    take_side(person, locked.call.consultation, locked.organisation.group)
    is_clear = kind == EvaluationAuthor.Interest.NONE
    author = EvaluationAuthor(
        seat=locked,
        person=person,
        interest=kind,
        status=EvaluationAuthor.Status.ACTIVE if is_clear else EvaluationAuthor.Status.WAITING,
        undertook_at=timezone.now(),
    )
    if not is_clear:
        sealed = Confidential(
            passage=details, ground=ConfidentialPart.Ground.PERSONAL, justification=str(IN_PLACE_OF_DETAILS)
        )
        author.confidential = hand_in_confidential(author, sealed, organisation=locked.organisation, acting_user=person)
    _keep_author(author, "", person)
    _begin(locked, author)
    if not is_clear:
        announce(
            Kind.EVALUATION, locked.call, to=[locked.call.opened_by], words={"step": "interest"}, acting_user=person
        )
    return author


@transaction.atomic
def decide_interest(author: EvaluationAuthor, *, is_allowed: bool, reason: str, acting_user: User) -> EvaluationAuthor:
    """Let somebody evaluate in spite of an interest, or not. The reason is public."""
    locked = EvaluationAuthor.objects.select_for_update().get(pk=author.pk)
    person = require_chooser(acting_user, locked.seat.organisation, locked.seat.call)
    if locked.status != EvaluationAuthor.Status.WAITING:
        raise Conflict(_("This has been decided already."))
    locked.reason = typed_text(reason, field="reason", limit=1000, missing=REASON)
    locked.status = EvaluationAuthor.Status.ACTIVE if is_allowed else EvaluationAuthor.Status.RECUSED
    _keep_author(locked, locked.reason, person)
    _begin(_locked(locked.seat), locked)
    _tell_members(locked.seat, "interest_decided", person)
    return locked


@transaction.atomic
def recuse_author(author: EvaluationAuthor, *, reason: str, acting_user: User) -> EvaluationAuthor:
    """Step back because of an interest that came up. Without any author left, the organisation steps back."""
    seat = _locked(author.seat)
    locked = EvaluationAuthor.objects.select_for_update().get(pk=author.pk)
    person = require_person(acting_user)
    if person.pk != locked.person_id:
        require_chooser(person, seat.organisation, seat.call)
    if locked.status == EvaluationAuthor.Status.RECUSED:
        raise Conflict(_("This has been decided already."))
    locked.reason = typed_text(reason, field="reason", limit=1000, missing=REASON)
    locked.status = EvaluationAuthor.Status.RECUSED
    _keep_author(locked, locked.reason, person)
    left = seat.authors.filter(status=EvaluationAuthor.Status.ACTIVE).first()
    if seat.lead_id == locked.person_id:
        seat.lead = left.person if left else None
        if left is None:
            seat.status, seat.reason = Status.RECUSED, locked.reason
            unpublished = seat.reports.filter(evaluation=None)
            unpublished.update(status=EvaluationReport.Status.WITHDRAWN)
        _keep(seat, locked.reason, person)
    return locked


@transaction.atomic
def pass_lead(seat: EvaluatorSeat, *, author: EvaluationAuthor, acting_user: User) -> EvaluatorSeat:
    """The lead lets another author lead."""
    locked = _locked(seat)
    person = require_member(acting_user, locked)
    if locked.lead_id != person.pk:
        raise NotAllowed(_("Only the lead of the evaluation does this."))
    if author.seat_id != locked.pk or author.status != EvaluationAuthor.Status.ACTIVE:
        raise Invalid(_("Please choose somebody who takes part."), field="author")
    locked.lead = author.person
    _keep(locked, "", person)
    return locked


def _begin(seat: EvaluatorSeat, author: EvaluationAuthor) -> None:
    """With its first author a seat has a lead, and a report for every programme."""
    if author.status != EvaluationAuthor.Status.ACTIVE or seat.lead_id is not None:
        return
    seat.lead = author.person
    _keep(seat, "", author.person)
    for programme in seat.call.programmes.order_by("pk"):
        EvaluationReport.objects.get_or_create(seat=seat, programme=programme)


def _locked(seat: EvaluatorSeat) -> EvaluatorSeat:
    # The call is what the number of places belongs to.
    call = EvaluationCall.objects.select_for_update().get(pk=seat.call_id)
    locked = EvaluatorSeat.objects.select_for_update().get(pk=seat.pk)
    locked.call = call
    return locked


def _require_free_place(call: EvaluationCall) -> None:
    EvaluationCall.objects.select_for_update().get(pk=call.pk)
    if call.seats.filter(status=Status.SEATED).count() >= call.places:
        raise Conflict(_("All places of this call are taken."))


def _require_new(call: EvaluationCall, organisation: Organisation) -> None:
    EvaluationCall.objects.select_for_update().get(pk=call.pk)
    if call.seats.filter(organisation=organisation).exists():
        raise Conflict(_("This organisation has applied or was asked already."))


def _keep(seat: EvaluatorSeat, words: str, person: User) -> None:
    with acting(person, reason=words):
        seat.save()
    append_leaf(
        LeafKind.EVALUATOR_SEAT,
        seat,
        public={"call": str(seat.call.row_id), "state": seat.status},
        committed={"reason": words},
    )


def _keep_author(author: EvaluationAuthor, words: str, person: User) -> None:
    with acting(person, reason=words):
        author.save()
    append_leaf(
        LeafKind.EVALUATION_INTEREST,
        author,
        public={"seat": str(author.seat.row_id), "interest": author.interest, "state": author.status},
        committed={"reason": words},
    )


def _tell_members(seat: EvaluatorSeat, step: str, person: User) -> None:
    members = Mandate.objects.current().filter(organisation=seat.organisation).values("person")
    announce(
        Kind.EVALUATION, seat.call, to=User.objects.filter(pk__in=members), words={"step": step}, acting_user=person
    )
