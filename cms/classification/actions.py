"""Loading and correcting classifications, and saying which names belong to one department or programme."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.classification.editions import EditionDefinition
from cms.classification.identity import predecessors_of
from cms.classification.models import (
    Alias,
    ClassificationCorrection,
    ClassificationEntry,
    ClassificationMatch,
    ClassificationVersion,
    DepartmentAlias,
    DepartmentMerger,
    ProgrammeAlias,
)
from cms.classification.permissions import require_may_declare, require_may_load
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from cms.budget.models import Department, Programme
    from participation.stakeholders.models import User

CORRECTABLE = ("name", "name_en", "meaning", "meaning_en")


@transaction.atomic
def load_edition(definition: EditionDefinition, *, acting_user: User | None) -> ClassificationVersion:
    """Enter an edition of a classification, once: one that is there already stays as it is, corrections included.

    Raises ``Conflict`` where an edition of that label was loaded from something else.
    """
    require_may_load(acting_user)
    found = ClassificationVersion.objects.filter(
        scheme=definition.scheme, jurisdiction=definition.jurisdiction, label=definition.label
    ).first()
    if found is not None:
        if found.content_sha256 != definition.sha256:
            message = _("%(edition)s was loaded already and said something else. Give the new edition another label.")
            raise Conflict(message % {"edition": found})
        return found
    with acting(acting_user, reason=_("Classification loaded")):
        version: ClassificationVersion = ClassificationVersion.objects.create(
            scheme=definition.scheme,
            label=definition.label,
            jurisdiction=definition.jurisdiction,
            name=definition.name,
            name_en=definition.name_en,
            valid_from=definition.valid_from,
            valid_until=definition.valid_until,
            source=definition.source,
            content_sha256=definition.sha256,
        )
    _write_entries(version, definition)
    append_leaf(
        LeafKind.CLASSIFICATION_LOADED,
        version,
        public={
            "scheme": version.scheme,
            "entries": len(definition.entries),
            "content_sha256": definition.sha256,
        },
        committed={},
    )
    return version


def _write_entries(version: ClassificationVersion, definition: EditionDefinition) -> None:
    """Level by level: a child needs its parent's key."""
    codes = {entry.code for entry in definition.entries}
    parent_code = {
        code: next((code[:length] for length in range(len(code) - 1, 0, -1) if code[:length] in codes), "")
        for code in codes
    }
    level: dict[str, int] = {}
    for code in sorted(codes, key=len):
        level[code] = level.get(parent_code[code], 0) + 1
    stored: dict[str, ClassificationEntry] = {}
    for depth in range(1, max(level.values()) + 1):
        created = ClassificationEntry.objects.bulk_create(
            ClassificationEntry(
                version=version,
                parent=stored.get(parent_code[entry.code]),
                level=depth,
                code=entry.code,
                name=entry.name,
                name_en=entry.name_en,
                meaning=entry.meaning,
                meaning_en=entry.meaning_en,
                basis=entry.basis,
            )
            for entry in definition.entries
            if level[entry.code] == depth
        )
        stored |= {entry.code: entry for entry in created}
    ClassificationMatch.objects.bulk_create(
        ClassificationMatch(entry=stored[entry.code], scheme=scheme, code=code, closeness=closeness, source=source)
        for entry in definition.entries
        for scheme, code, closeness, source in entry.matches
    )


@transaction.atomic
def correct_entry(
    entry: ClassificationEntry, *, reason: str, acting_user: User | None, **words: str
) -> ClassificationCorrection | None:
    """Correct the words of a code: ``name``, ``name_en``, ``meaning`` or ``meaning_en``. The code itself stays.

    Returns None where nothing differs. Raises ``Invalid`` without a reason or without a name.
    """
    require_may_declare(acting_user)
    locked = ClassificationEntry.objects.select_for_update(of=("self",)).select_related("version").get(pk=entry.pk)
    after = {name: words[name].strip() for name in CORRECTABLE if name in words}
    before = {name: getattr(locked, name) for name in after}
    if unknown := sorted(set(words) - set(CORRECTABLE)):
        raise TypeError(f"{', '.join(unknown)} cannot be corrected")
    if before == after:
        return None
    if not after.get("name", locked.name):
        raise Invalid(_("A code needs a name."), field="name")
    if not reason.strip():
        raise Invalid(_("Say why: the reason is published beside the correction."), field="reason")
    for name, value in after.items():
        setattr(locked, name, value)
        setattr(entry, name, value)
    locked.save(update_fields=list(after))
    correction = ClassificationCorrection.objects.create(
        entry=locked, before=before, after=after, reason=reason.strip(), corrected_by=acting_user
    )
    append_leaf(
        LeafKind.CLASSIFICATION_CORRECTED,
        correction,
        public={"version": str(locked.version.row_id), "scheme": locked.version.scheme},
        committed={"correction": canonical({"code": locked.code, "before": before, "after": after, "reason": reason})},
    )
    return correction


class Said(TypedDict, total=False):
    """What an alias says: another code, another name or both, from one fiscal year to another."""

    code: str
    name: str
    name_en: str
    valid_from: int | None
    valid_until: int | None
    note: str
    note_en: str
    source: str


@transaction.atomic
def declare_department_alias(
    department: Department,
    *,
    reason: str = "",
    acting_user: User | None,
    **said: Unpack[Said],
) -> DepartmentAlias:
    """Say what a department is also called in sources of some years, so that imports recognise it.

    Raises ``Invalid`` for an alias that says nothing, ``Conflict`` where another one already claims that name.
    """
    require_may_declare(acting_user)
    # Whoever holds the department's row gives it names.
    type(department)._default_manager.select_for_update().get(pk=department.pk)
    alias = DepartmentAlias(department=department, **_said(said))
    others = DepartmentAlias.objects.standing().filter(department__government=department.government_id)
    _require_sound(alias, others)
    _declare(alias, department, reason, acting_user)
    return alias


@transaction.atomic
def declare_programme_alias(
    programme: Programme,
    *,
    under: Department | None = None,
    reason: str = "",
    acting_user: User | None,
    **said: Unpack[Said],
) -> ProgrammeAlias:
    """Say under which code or name a programme stands in sources of some years; ``under`` defaults to its department.

    Raises ``Invalid`` for an alias that says nothing or a department of another government, ``Conflict`` where
    another one already claims that name.
    """
    require_may_declare(acting_user)
    under = under or programme.department
    type(under)._default_manager.select_for_update().get(pk=under.pk)
    if under.government_id != programme.department.government_id:
        raise Invalid(_("That department belongs to another government."), field="under")
    alias = ProgrammeAlias(programme=programme, under=under, **_said(said))
    _require_sound(alias, ProgrammeAlias.objects.standing().filter(under=under))
    _declare(alias, programme, reason, acting_user)
    return alias


def _said(said: Said) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}


def _require_sound(alias: Alias, others: Any) -> None:
    if not alias.code and not alias.name:
        raise Invalid(_("Give the other code, the other name, or both."), field="code")
    if alias.valid_from and alias.valid_until and alias.valid_until < alias.valid_from:
        raise Invalid(_("The last year comes before the first one."), field="valid_until")
    for other in others:
        if alias.overlaps(other):
            raise Conflict(_("“%(alias)s” is claimed already, in some of these years.") % {"alias": other})


def _declare(alias: Alias, owner: Department | Programme, reason: str, acting_user: User | None) -> None:
    with acting(acting_user, reason=reason or _("Other name declared")):
        alias.save()
    append_leaf(
        LeafKind.ALIAS_DECLARED,
        alias,
        public={"of": str(owner.row_id), "valid_from": alias.valid_from, "valid_until": alias.valid_until},
        committed={"names": canonical({"code": alias.code, "name": alias.name, "name_en": alias.name_en})},
    )


@transaction.atomic
def declare_merger(
    predecessor: Department,
    successor: Department,
    *,
    since: date,
    note: str = "",
    note_en: str = "",
    source: str = "",
    reason: str = "",
    acting_user: User | None,
) -> DepartmentMerger:
    """Say that ``successor`` carries on what ``predecessor`` did, from a day on. Two for one predecessor are a split.

    Raises ``Invalid`` where one would carry on itself, also through others, and ``Conflict`` where it was said before.
    """
    require_may_declare(acting_user)
    # In the order of their keys, so that two who declare at once wait for each other and do not lock up.
    departments = type(predecessor)._default_manager.select_for_update().order_by("pk")
    list(departments.filter(government=predecessor.government_id))
    if predecessor.government_id != successor.government_id:
        raise Invalid(_("That department belongs to another government."), field="successor")
    if predecessor.pk == successor.pk or successor.pk in predecessors_of(predecessor):
        raise Invalid(_("A department cannot carry on itself."), field="successor")
    if DepartmentMerger.objects.standing().filter(predecessor=predecessor, successor=successor).exists():
        raise Conflict(_("This was declared already."))
    with acting(acting_user, reason=reason or _("Merger or split declared")):
        merger: DepartmentMerger = DepartmentMerger.objects.create(
            predecessor=predecessor, successor=successor, since=since, note=note, note_en=note_en, source=source
        )
    append_leaf(
        LeafKind.MERGER_DECLARED,
        merger,
        public={
            "predecessor": str(predecessor.row_id),
            "successor": str(successor.row_id),
            "since": since.isoformat(),
        },
        committed={"grounds": canonical({"note": note, "note_en": note_en, "source": source})},
    )
    return merger


@transaction.atomic
def withdraw_declaration(
    declared: DepartmentAlias | ProgrammeAlias | DepartmentMerger, *, reason: str, acting_user: User | None
) -> None:
    """Take back an alias or a merger that was declared in error. It stays on record with both reasons.

    What imports have put under the department or programme meanwhile stays there: releases are never changed.
    """
    require_may_declare(acting_user)
    if not reason.strip():
        raise Invalid(_("Say why: the reason stands in the history."), field="reason")
    locked: Any = type(declared)._default_manager.select_for_update().get(pk=declared.pk)
    if locked.withdrawn_at:
        raise Conflict(_("This was withdrawn already."))
    locked.withdrawn_at = timezone.now()
    with acting(acting_user, reason=reason):
        locked.save(update_fields=["withdrawn_at"])
    append_leaf(LeafKind.DECLARATION_WITHDRAWN, locked, public={}, committed={"reason": reason})
    declared.withdrawn_at = locked.withdrawn_at
