"""A question over the lines of all years, read from an address: what is summed, by what, and of which lines.

Several values of one parameter are repeated or stand with commas between them; an address of ours has them so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.analysis.adhoc import Answer, Dimension, Measure, Question, ask
from cms.analysis.asking import one_of, row_id_of, values_of, whole_of, year_of
from cms.analysis.comparing import governments_for
from cms.budget.models import Department, Phase
from cms.budget.queries import Reader
from portal.errors import Invalid, NotFound

DIMENSIONS_AT_MOST = 3
CODE_MAX_CHARS = 64
OFFERED: dict[Dimension, str | Promise] = {
    Dimension.FISCAL_YEAR: gettext_lazy("Year"),
    Dimension.GOVERNMENT: gettext_lazy("Region"),
    Dimension.DEPARTMENT: gettext_lazy("Department"),
    Dimension.PROGRAMME: gettext_lazy("Programme"),
    Dimension.FUNCTION_CLASS: gettext_lazy("Function: class (3 digits)"),
    Dimension.FUNCTION_GROUP: gettext_lazy("Function: group (5 digits)"),
    Dimension.FUNCTION: gettext_lazy("Function: item (7 digits)"),
    Dimension.ECONOMIC_CLASS: gettext_lazy("Type of spending: class (3 digits)"),
    Dimension.ECONOMIC: gettext_lazy("Type of spending: item (5 digits)"),
    Dimension.FUND: gettext_lazy("Fund"),
}
# A filter by code finds what is kept of codes of its length.
OF_LENGTH = {3: Dimension.FUNCTION_CLASS, 5: Dimension.FUNCTION_GROUP}


def measure_label(measure: Measure) -> str:
    if measure is Measure.LINES:
        return _("Lines")
    phase = Phase(measure.removeprefix("median_"))
    if measure.startswith("median_"):
        return _("%(phase)s: median of the lines") % {"phase": phase.label}
    return str(phase.label)


@dataclass(frozen=True)
class Asked:
    """``governments``: primary keys. ``department``: its row id. ``function``, ``economic``: a code or a name."""

    by: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    years: tuple[int, ...] = ()
    governments: tuple[int, ...] = ()
    department: str = ""
    function: str = ""
    economic: str = ""

    @property
    def is_whole(self) -> bool:
        return bool(self.by and self.measures)

    @property
    def question(self) -> Question:
        filters: dict[Dimension, list[str | int]] = {}
        if self.department:
            filters[Dimension.DEPARTMENT] = [self.department]
        if self.function:
            filters[OF_LENGTH.get(len(self.function), Dimension.FUNCTION)] = [self.function]
        if self.economic:
            is_class = len(self.economic) == len("301")
            filters[Dimension.ECONOMIC_CLASS if is_class else Dimension.ECONOMIC] = [self.economic]
        return Question(self.by, self.measures, filters)

    @property
    def parameters(self) -> dict[str, str]:
        """What asks this again; what is not narrowed is left out."""
        told = {
            "by": ",".join(self.by),
            "measure": ",".join(self.measures),
            "year": ",".join(map(str, self.years)),
            "government": ",".join(map(str, self.governments)),
            "department": self.department,
            "function": self.function,
            "economic": self.economic,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def address(self) -> str:
        return "?" + urlencode(self.parameters, safe=",")


def read_asked(parameters: Mapping[str, str]) -> Asked:
    """Raises ``Invalid`` that names the ``field`` and what is the matter; what is missing is no fault."""
    by = tuple(one_of(Dimension, value, "by") for value in values_of(parameters, "by"))
    if len(by) > DIMENSIONS_AT_MOST:
        raise Invalid(_("Group by three things at most: more cannot be read."), field="by")
    if Dimension.CURRENCY in by:
        raise Invalid(_("Currencies are always told apart; choose something else to group by."), field="by")
    years = [year for text in values_of(parameters, "year") if (year := year_of(text, "year"))]
    department = (parameters.get("department") or "").strip()
    return Asked(
        by,
        tuple(one_of(Measure, value, "measure") for value in values_of(parameters, "measure")),
        tuple(sorted(years)),
        tuple(int(whole_of(text, "government")) for text in values_of(parameters, "government")),
        row_id_of(department, "department") if department else "",
        _code(parameters, "function"),
        _code(parameters, "economic"),
    )


def answer_to(asked: Asked, reader: Reader) -> Answer:
    """Raises ``NotFound`` for a department or government of which nothing is public, ``Invalid`` for too large an
    answer: it is never cut in silence."""
    if asked.department and not Department.objects.visible_to(reader).filter(row_id=asked.department).exists():
        raise NotFound
    if asked.governments:
        known = set(governments_for(reader).filter(pk__in=asked.governments).values_list("pk", flat=True))
        if known != set(asked.governments):
            raise NotFound
    answer = ask(asked.question, reader, governments=asked.governments, years=asked.years)
    if answer.is_cut:
        raise Invalid(
            _("The answer has more than %(most)d rows. Group by fewer things, or choose fewer years or one department.")
            % {"most": len(answer.rows)}
        )
    return answer


def _code(parameters: Mapping[str, str], name: str) -> str:
    code = (parameters.get(name) or "").strip()
    if len(code) > CODE_MAX_CHARS or not code.isprintable():
        raise Invalid(_("This is no code."), field=name)
    return code
