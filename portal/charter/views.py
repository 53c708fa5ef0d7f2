"""The public page "Who may do what" (谁可以做什么), made from the matrix."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participation.consultations.models import Stage
from participation.stakeholders.legal_basis import LegalBasis
from portal.charter.matrix import DUTIES, MATRIX, Act, Actor


@require_safe
def charter(request: HttpRequest) -> HttpResponse:
    bases = {basis.act: basis for basis in LegalBasis.objects.all()}
    acts = [
        {
            "act": act,
            "who": [actor for actor in Actor if actor in right.actors],
            "everybody": _everybody(right.actors),
            "stages": [Stage.Kind(name).label for name in Stage.Kind.values if name in (right.stages or ())],
            "condition": right.condition,
            "basis": bases.get(act.value),
        }
        for act, right in MATRIX.items()
    ]
    roles = [
        {
            "actor": actor,
            "duty": DUTIES[actor],
            # What everybody may do is said once.
            "acts": [act for act in Act if actor in MATRIX[act].actors and not _everybody(MATRIX[act].actors)],
        }
        for actor in Actor
    ]
    return render(request, "portal/charter.html", {"acts": acts, "roles": roles})


def _everybody(actors: frozenset[Actor]) -> str:
    if actors == frozenset(Actor):
        return _("Everybody, without an account")
    return _("Everybody with an account") if actors == frozenset(Actor) - {Actor.VISITOR} else ""
