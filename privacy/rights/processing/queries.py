"""The record of processing as it stands: what the rooms declare, with what the privacy officer added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from privacy.rights.processing.models import ACTIVITIES, ImpactAssessment, ProcessingDetails
from privacy.rights.purposes import Audience, Basis, Purpose, categories_of
from privacy.rights.registry import PersonalData, personal_data
from privacy.rights.retention.periods import basis_in_words, period_in_words, rule_of

LANGUAGES = ("zh-hans", "en")
# What the officer adds, in the order in which it is shown.
ADDED = ("controller", "contact", "recipients", "abroad", "security", "automated", "notes")
# Uses that publish or pass on, or hold what harms people when it gets out, want an assessment (PIPL art. 55).
SENSITIVE = frozenset({Purpose.IDENTITY, Purpose.REPORTING})
AUTOMATED = frozenset({Purpose.COUNTING})


@dataclass(frozen=True)
class Held:
    """One kind of data within an activity, in words. ``retention`` is how long it is kept, with the basis of that."""

    model: str
    title: str
    fields: tuple[str, ...]
    sealed: tuple[str, ...]
    basis: str
    articles: tuple[str, ...]
    seen_by: str
    retention: str


@dataclass(frozen=True)
class Activity:
    """One use of personal data. ``grounds``: why it wants an assessment, as far as the declarations tell."""

    key: str
    label: str
    categories: tuple[str, ...]
    held: tuple[Held, ...]
    details: ProcessingDetails | None
    assessments: tuple[ImpactAssessment, ...] = field(default=(), compare=False)
    grounds: tuple[str, ...] = ()

    @property
    def approved(self) -> ImpactAssessment | None:
        return next((one for one in self.assessments if one.state == ImpactAssessment.State.APPROVED), None)

    @property
    def draft(self) -> ImpactAssessment | None:
        return next((one for one in self.assessments if one.state == ImpactAssessment.State.DRAFT), None)

    @property
    def is_complete(self) -> bool:
        """Whether the officer has added what a record has to hold."""
        return self.details is not None and bool(self.details.controller and self.details.security)

    @property
    def wants_assessment(self) -> bool:
        return bool(self.grounds) and self.approved is None


def activities() -> list[Activity]:
    """Every use for which something is declared, in the order of the purposes; two queries, and one for each period."""
    declared: dict[str, list[PersonalData]] = {}
    for one in personal_data():
        declared.setdefault(one.purpose, []).append(one)
    details = {one.activity: one for one in ProcessingDetails.objects.select_related("changed_by")}
    assessments: dict[str, list[ImpactAssessment]] = {}
    for assessment in ImpactAssessment.objects.select_related("written_by", "approved_by"):
        assessments.setdefault(assessment.activity, []).append(assessment)
    kept = _periods(one for group in declared.values() for one in group)
    return [
        Activity(
            key=key,
            label=str(label),
            categories=tuple(str(category.label) for category in categories_of(Purpose(key))),
            held=tuple(_held(one, kept[one.retention, bool(one.since)]) for one in declared[key]),
            details=details.get(key),
            assessments=tuple(assessments.get(key, ())),
            grounds=_grounds(key, declared[key]),
        )
        for key, label in ACTIVITIES
        if key in declared
    ]


def activity_found(key: str) -> Activity | None:
    return next((one for one in activities() if one.key == key), None)


def _grounds(key: str, declared: Iterable[PersonalData]) -> tuple[str, ...]:
    ground = ImpactAssessment.Ground
    found = []
    if key in SENSITIVE:
        found.append(ground.SENSITIVE.value)
    if key in AUTOMATED:
        found.append(ground.AUTOMATED.value)
    if any(one.seen_by == Audience.PUBLIC for one in declared):
        found.append(ground.ENTRUSTED.value)
    return tuple(found)


def _held(one: PersonalData, retention: str) -> Held:
    basis = Basis(one.basis)
    return Held(
        model=one.model,
        title=str(one.title),
        fields=tuple(str(one.words(name)) for name in one.names),
        sealed=tuple(str(one.words(name)) for name in one.sealed_names),
        basis=str(basis.label),
        articles=basis.articles,
        seen_by=str(Audience(one.seen_by).label),
        retention=retention,
    )


def _periods(declared: Iterable[PersonalData]) -> dict[tuple[str, bool], str]:
    """How long each kind is kept, with the basis where a rule sets the period; asked once for each key."""
    told: dict[tuple[str, bool], str] = {}
    for one in declared:
        if (one.retention, bool(one.since)) not in told:
            found, period = rule_of(one), period_in_words(one)
            told[one.retention, bool(one.since)] = f"{period} ({basis_in_words(found)})" if found else period
    return told


def record_content() -> dict[str, Any]:
    """What a fixed version holds: everything in both languages, so that it can be read when the code has moved on."""
    written = {}
    for language in LANGUAGES:
        with override(language):
            written[language] = [_plain(one) for one in activities()]
    return {"activities": written}


def _plain(one: Activity) -> dict[str, Any]:
    approved = one.approved
    return {
        "activity": one.key,
        "label": one.label,
        "categories": list(one.categories),
        "held": [
            {
                "model": held.model,
                "title": held.title,
                "fields": list(held.fields),
                "sealed": list(held.sealed),
                "basis": held.basis,
                "articles": list(held.articles),
                "seen_by": held.seen_by,
                "retention": held.retention,
            }
            for held in one.held
        ],
        "added": {name: getattr(one.details, name) if one.details else "" for name in ADDED},
        "assessment": None
        if approved is None
        else {
            "version": approved.version,
            "grounds": [str(ImpactAssessment.Ground(ground).label) for ground in approved.grounds],
            "risk": str(approved.get_risk_display()),
            "necessity": approved.necessity,
            "risks": approved.risks,
            "measures": approved.measures,
            "keep_until": approved.keep_until.isoformat() if approved.keep_until else "",
        },
    }


def rows_of(content: dict[str, Any], language: str) -> list[list[str]]:
    """The record as a table, its head first: one row for each kind of data."""
    head = [
        *(_("Activity"), _("Kinds of information"), _("Data"), _("Fields"), _("Sealed"), _("Legal basis")),
        *(_("Articles"), _("Who sees it"), _("Kept for"), _("Who answers for it"), _("Contact"), _("Recipients")),
        *(_("Abroad"), _("Protection"), _("Decided by a program"), _("Notes"), _("Risk that remains")),
    ]
    written = content["activities"].get(language) or content["activities"][LANGUAGES[0]]
    return [head, *(_cells(one, held) for one in written for held in one["held"])]


def _cells(one: dict[str, Any], held: dict[str, Any]) -> list[str]:
    return [
        *(one["label"], _("; ").join(one["categories"]), held["title"], _("; ").join(held["fields"])),
        *(_("; ").join(held["sealed"]), held["basis"], _("; ").join(held["articles"])),
        *(held["seen_by"], held["retention"], *(one["added"][name] for name in ADDED)),
        one["assessment"]["risk"] if one["assessment"] else "",
    ]
