"""Recording official scores, asking the public for its own, and drawing what is evaluated again."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Programme
from participation.consultations.models import Consultation, Contribution
from participation.consultations.queries import scope_lines
from participation.consultations.stages import Deed, require
from participation.drawing import commit, draw, new_secret
from participation.evaluations.models import Evaluation
from participation.evaluations.opinions.models import OfficialScore, PublicScore, Reevaluation
from participation.lot_secrets import opened_secret
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_right
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.charter.matrix import Act
from portal.errors import Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@transaction.atomic
def record_official_score(
    programme: Programme,
    *,
    fiscal_year: int,
    kind: str,
    score: Decimal,
    summary: str,
    reevaluation: Reevaluation | None = None,
    acting_user: User,
) -> OfficialScore:
    """Record what an official evaluation gave, or change what was recorded: the history keeps what it was."""
    person = require_right(acting_user, Act.RECORD_OFFICIAL_SCORE)
    if kind not in OfficialScore.Kind.values:
        raise Invalid(_("Please choose whose evaluation it is."), field="kind")
    if not Decimal(0) <= score <= Decimal(100):
        raise Invalid(_("The score is a number from 0 to 100."), field="score")
    if reevaluation is not None and not reevaluation.drawn.filter(programme=programme).exists():
        raise Invalid(_("This programme was not drawn."), field="reevaluation")
    summary = typed_text(summary, field="summary", limit=2000, missing=_("Please say what was found."))
    Programme.objects.select_for_update().get(pk=programme.pk)
    found = OfficialScore.objects.filter(programme=programme, fiscal_year=fiscal_year, kind=kind).first()
    found = found or OfficialScore(programme=programme, fiscal_year=fiscal_year, kind=kind, recorded_by=person)
    found.score, found.summary, found.reevaluation = score, summary, reevaluation
    with acting(person):
        found.save()
    append_leaf(
        LeafKind.OFFICIAL_SCORE_RECORDED,
        found,
        public={
            "programme": str(programme.row_id),
            "fiscal_year": fiscal_year,
            "kind": kind,
            "score": str(score),
        },
        committed={"summary": summary},
    )
    return found


@transaction.atomic
def give_public_score(
    consultation: Consultation, *, programme: Programme, points: int, standing: Standing, acting_user: User
) -> PublicScore:
    """Say how satisfied one is with a programme. One a person and consultation, changed at any time."""
    person = require(acting_user, Deed.REACT, consultation, group=standing.group)
    if points not in PublicScore.Level.values:
        raise Invalid(_("Please choose what you want to say."), field="points")
    if not scope_lines(consultation).filter(programme=programme).exists():
        raise Invalid(_("This consultation is not about that programme."), field="programme")
    User.objects.select_for_update().get(pk=person.pk)
    take_side(person, consultation, standing.group)
    values = {"stakeholder_group": standing.group, "points": points, "changed": timezone.now()}
    return PublicScore.objects.update_or_create(
        consultation=consultation, programme=programme, person=person, defaults=values
    )[0]


@transaction.atomic
def announce_reevaluation(*, fiscal_year: int, count: int, reason: str, acting_user: User) -> Reevaluation:
    """Say how many of a year's evaluations will be drawn, and commit to the secret of the lot."""
    person = require_right(acting_user, Act.RECORD_OFFICIAL_SCORE)
    if count < 1:
        raise Invalid(_("At least one is drawn."), field="count")
    secret = new_secret()
    lot = Reevaluation(
        fiscal_year=fiscal_year,
        count=count,
        reason=typed_text(reason, field="reason", limit=1000, missing=_("Please say why.")),
        commitment=commit(secret),
        secret=secret.hex(),
        announced_by=person,
    )
    with acting(person):
        lot.save()
    append_leaf(
        LeafKind.REEVALUATION_ANNOUNCED,
        lot,
        public={"fiscal_year": fiscal_year, "count": count, "commitment": lot.commitment},
        committed={"reason": lot.reason},
    )
    return lot


@sensitive_variables("secret")
def draw_reevaluation(lot: Reevaluation, *, acting_user: User) -> list[Evaluation]:
    """Open the secret and draw from the year's public evaluations. That the secret was opened is on record first."""
    person = require_right(acting_user, Act.RECORD_OFFICIAL_SCORE)
    if lot.drawn_at is not None:
        raise Conflict(_("This has been drawn already."))
    public = Evaluation.objects.filter(
        status=Contribution.Status.VISIBLE, consultation__release__fiscal_year=lot.fiscal_year
    )
    if not public.exists():
        raise Conflict(_("There is no evaluation of that year to draw from."))
    secret = opened_secret(lot, "secret", acting_user=person)
    with transaction.atomic():
        locked = Reevaluation.objects.select_for_update().get(pk=lot.pk)
        if locked.drawn_at is not None:
            raise Conflict(_("This has been drawn already."))
        by_name = {str(evaluation.row_id): evaluation for evaluation in public.all()}
        names = draw(secret, sorted(by_name), locked.count)
        locked.opened_secret, locked.pool, locked.drawn_at = secret.hex(), sorted(by_name), timezone.now()
        with acting(person):
            locked.save()
        locked.drawn.set([by_name[name] for name in names])
        append_leaf(
            LeafKind.REEVALUATION_DRAWN,
            locked,
            public={"secret": locked.opened_secret, "pool": locked.pool, "drawn": names},
            committed={},
        )
    return [by_name[name] for name in names]
