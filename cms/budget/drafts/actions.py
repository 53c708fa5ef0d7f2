"""Every step of an import that somebody takes. Reading and writing themselves are in ``work.py``."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cms.budget.drafts.models import ImportDraft, MappingProfile
from cms.budget.drafts.tasks import do_work
from cms.budget.duties import Duty, require_separate
from cms.budget.importing.budget_file import require_size
from cms.budget.importing.mapping import Mapping, mapping_from
from cms.budget.models import Department, ImportProblem, Release
from cms.budget.permissions import require_may_import
from portal.errors import Closed, Conflict, NotFound
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

State, Work = ImportDraft.State, ImportDraft.Work
# The remark that readers find with a release which no editor answers for by name.
OPERATOR_SIGNED = "signed_off_by_operator"


def upload_draft(
    file: File[Any],
    *,
    name: str,
    sha256: str,
    settings: dict[str, Any] | None = None,
    mapping: Mapping | None = None,
    acting_user: User,
) -> ImportDraft:
    """Store a file for an import, with what its columns mean where that is known already.

    Raises ``TooLarge`` above the limit and ``Invalid`` for an empty one.
    """
    require_may_import(acting_user)
    require_size(file.size or 0)
    with transaction.atomic(), acting(acting_user):
        draft: ImportDraft = ImportDraft.objects.create(
            owner=acting_user,
            name=PurePath(name).name[-255:],
            size=file.size or 0,
            sha256=sha256,
            settings=settings or {},
            mapping=mapping.as_json() if mapping else {},
            state=State.MAPPED if mapping else State.UPLOADED,
            file=file,
        )
    return draft


@transaction.atomic
def set_mapping(
    draft: ImportDraft, *, settings: dict[str, Any], mapping: dict[str, Any] | None, acting_user: User
) -> ImportDraft:
    """How the file is to be read, and, with ``mapping``, what its columns mean. What was found before is void.

    Raises ``Invalid`` that names every key that cannot be used, and ``Closed`` once the file was imported.
    """
    locked = _locked(draft, acting_user)
    _require_idle(locked)
    _require_not_imported(locked)
    if mapping is not None:
        locked.mapping = mapping_from(mapping).as_json()
    locked.settings = settings
    locked.state = State.MAPPED if mapping is not None else State.UPLOADED
    locked.report = {}
    locked.failure = ""
    _drop_problems(locked)
    locked.save()
    return locked


@transaction.atomic
def start_work(draft: ImportDraft, *, work: str, acting_user: User) -> ImportDraft:
    """Have the file checked or imported in the background. Raises ``Conflict`` while that is being done already."""
    locked = _locked(draft, acting_user)
    if locked.is_at_work:
        raise Conflict(_("This is being done already."))
    # With the lines there, the cross-checks of a run that ended too early are still to be done.
    if work != Work.IMPORT or locked.state != State.CHECKED:
        _require_not_imported(locked)
    if work == Work.IMPORT and locked.state != State.CHECKED:
        raise Closed(_("Only a file that was checked and has no rejected row can be imported."))
    if not locked.mapping:
        raise Closed(_("The columns have not been chosen yet."))
    locked.work = work
    locked.attempt += 1
    locked.progress = locked.rows_done = 0
    locked.is_writing = False
    locked.seen_at = timezone.now()
    locked.failure = ""
    locked.save()
    arguments = (str(locked.row_id), locked.attempt, acting_user.pk, get_language() or "")
    transaction.on_commit(lambda: do_work.enqueue(*arguments))
    return locked


def cancel_work(draft: ImportDraft, *, acting_user: User) -> ImportDraft:
    """Stop what is being done; nothing of it is kept. Raises ``Conflict`` while lines are being written."""
    # Asked before the row is locked: on SQLite whoever writes lines keeps everybody else from writing.
    draft.refresh_from_db(fields=["is_writing", "seen_at"])
    if draft.is_writing and not draft.is_silent:
        raise Conflict(_("The lines are being written now, which takes a moment and cannot be stopped half-way."))
    with transaction.atomic():
        locked = _locked(draft, acting_user)
        locked.work = Work.NONE
        locked.is_writing = False
        # The run finds out that it is not the one that is waited for.
        locked.attempt += 1
        locked.save()
    return locked


@transaction.atomic
def remove_draft(draft: ImportDraft, *, acting_user: User) -> None:
    """Remove an upload with its file, but not before the release that was made of it is signed off; that one stays."""
    locked = _locked(draft, acting_user)
    _require_idle(locked)
    if locked.release_id and locked.state != State.SIGNED_OFF:
        raise Closed(_("Its release is not signed off yet: that is done here."))
    files = [(field.storage, field.name) for field in (locked.file, locked.problems_file) if field]
    locked.delete()

    def remove_files() -> None:
        for storage, name in files:
            storage.delete(str(name))

    transaction.on_commit(remove_files)


@transaction.atomic
def save_profile(
    draft: ImportDraft, *, name: str, department: Department | None = None, acting_user: User
) -> MappingProfile:
    """Keep the mapping of a draft for the next file of its government; one of the same name is replaced."""
    locked = _locked(draft, acting_user)
    if not locked.mapping:
        raise Closed(_("The columns have not been chosen yet."))
    mapping = mapping_from(locked.mapping)
    government = mapping.release.government
    if not isinstance(government, str):
        government = ""
    found: MappingProfile
    found, _created = MappingProfile.objects.update_or_create(
        government=government,
        name=name.strip()[:100],
        defaults={"mapping": mapping.as_json(), "department": department, "saved_by": acting_user},
    )
    return found


@transaction.atomic
def remove_profile(profile: MappingProfile, *, acting_user: User) -> None:
    require_may_import(acting_user)
    MappingProfile.objects.visible_to(acting_user).filter(pk=profile.pk).delete()


def sign_off_release(release: Release, *, note: str, acting_user: User | None) -> Release:
    """Answer for an imported release, so that a reviewer may publish it. Once for each release.

    ``acting_user`` is an editor or reviewer who did not import it, or None for the operator; every reader is told of
    the latter. Raises ``Conflict`` or ``Closed`` where it was signed off or published before, or is still checked.
    """
    require_may_import(acting_user)
    with transaction.atomic(), acting(acting_user, reason=_("Signed off")):
        locked = Release.objects.select_for_update(of=("self",)).select_related("government").get(pk=release.pk)
        if locked.signed_off_at:
            raise Conflict(_("This release is signed off already."), release=str(locked.row_id))
        if locked.published_at:
            raise Closed(_("This release is public already."))
        if locked.drafts.exclude(state=State.IMPORTED).exists():
            raise Closed(_("The cross-checks of this release are still being run."))
        require_separate(Duty.SIGN_OFF, locked, acting_user)
        locked.signed_off_at = timezone.now()
        locked.signed_off_by = acting_user
        locked.sign_off_note = note.strip()
        locked.save(update_fields=["signed_off_at", "signed_off_by", "sign_off_note"])
        append_leaf(
            LeafKind.RELEASE_SIGNED_OFF,
            locked,
            public={
                "government": locked.government.name,
                "fiscal_year": locked.fiscal_year,
                "version": locked.version,
                "source_sha256": locked.source_sha256,
            },
            committed={"note": locked.sign_off_note},
        )
        if acting_user is None:
            _tell_of_the_operator(locked)
        ImportDraft.objects.filter(release=locked).update(state=State.SIGNED_OFF, changed_at=timezone.now())
    return locked


def _tell_of_the_operator(release: Release) -> None:
    ImportProblem.objects.create(
        release=release,
        severity=ImportProblem.Severity.INFO,
        code=OPERATOR_SIGNED,
        message=_("The operator of this portal signed this release off at the command line, not an editor by name."),
    )


def _locked(draft: ImportDraft, acting_user: User) -> ImportDraft:
    require_may_import(acting_user)
    found = ImportDraft.objects.visible_to(acting_user).select_for_update(of=("self",)).filter(pk=draft.pk).first()
    if found is None:
        raise NotFound
    return found


def _require_idle(draft: ImportDraft) -> None:
    if draft.is_at_work:
        raise Conflict(_("The file is being read. Stop that first."))


def _require_not_imported(draft: ImportDraft) -> None:
    if draft.release_id:
        raise Closed(_("This file was imported; a correction is a new import."))


def _drop_problems(draft: ImportDraft) -> None:
    if not draft.problems_file:
        return
    storage, name = draft.problems_file.storage, draft.problems_file.name
    draft.problems_file = ""
    transaction.on_commit(lambda: storage.delete(name or ""))
