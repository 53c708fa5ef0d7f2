"""Open API: sums over the lines of all years and regions, by whatever is asked for."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Schema
from pydantic import Field

from cms.analysis.adhoc import Dimension, Measure
from cms.analysis.adhoc_answers import labelled_rows
from cms.analysis.adhoc_asking import OFFERED, answer_to, read_asked
from cms.budget.requests import reader_of
from cms.open_data.api.budget import Code
from cms.open_data.api.paging import refuse_unknown
from portal.errors import Invalid
from portal.rates import client_address, spend

router = Router(tags=["analysis"])
List = Annotated[str, Field(max_length=300)]


class SumsAsked(Schema):
    by: Annotated[
        List,
        Field(
            description=_(
                "What is grouped by: one to three names with commas between them, such as fiscal_year,function_class"
            )
        ),
    ] = ""
    measure: Annotated[
        List,
        Field(description=_("What is summed, such as adopted,executed,lines")),
    ] = Measure.LINES.value
    year: Annotated[List, Field(description=_("Years with commas between them; none means all"))] = ""
    government: Annotated[
        List,
        Field(description=_("Numbers of regions, as the page has them; none means all")),
    ] = ""
    department: UUID | None = None
    function: Annotated[Code, Field(description=_("205, 20502 or 2050202: a class, a group or an item"))] = ""
    economic: Annotated[Code, Field(description=_("301 or 30101: a class or an item"))] = ""


class SumsOut(Schema):
    """``rows``: what is grouped by (and its name), ``currency``, and the measures; amounts in minor units, or null.

    ``releases``: those that were asked, the newest public version of every year.
    """

    by: list[Dimension]
    measures: list[Measure]
    count: int
    rows: list[dict[str, Any]]
    releases: list[UUID]
    url: str


@router.get(
    "/sums",
    response=SumsOut,
    summary=_("Sums over the lines of all years and regions, by whatever you choose"),
)
def sums(request: HttpRequest, asked: Query[SumsAsked]) -> dict[str, Any]:
    refuse_unknown(request, asked)
    question = read_asked({name: str(value or "") for name, value in asked.model_dump().items()})
    if not question.is_whole:
        message = f"{gettext('Choose what is summed, and by what.')} by: {', '.join(OFFERED)}"
        raise Invalid(message, problems=[{"field": "by", "message": message}])
    spend("question", client_address(request))
    answer = answer_to(question, reader_of(request))
    return {
        "by": question.by,
        "measures": question.measures,
        "count": len(answer.rows),
        "rows": labelled_rows(question, answer),
        "releases": answer.releases,
        "url": reverse("cms:analysis:ask") + question.address,
    }
