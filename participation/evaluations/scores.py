"""What evaluators gave programmes, for the analysis of budgets."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cms.analysis.scores import OutsideScore
from participation.consultations.models import Contribution
from participation.evaluations.models import Evaluation
from participation.evaluations.queries import Reader
from portal.ui.furniture import local


def scores_by_evaluators(programmes: Collection[int], years: Collection[int], reader: Reader) -> Iterator[OutsideScore]:
    """Every public score of some programmes in some fiscal years; one query."""
    public = Evaluation.objects.visible_to(reader).filter(
        status=Contribution.Status.VISIBLE,
        programme__in=programmes,
        consultation__release__fiscal_year__in=years,
    )
    for evaluation in public.select_related("organisation", "consultation__release").order_by("pk"):
        yield OutsideScore(
            programme=evaluation.programme_id,
            fiscal_year=evaluation.consultation.fiscal_year,
            score=evaluation.score,
            by=local(evaluation.organisation, "name"),
            url=evaluation.get_absolute_url(),
        )
