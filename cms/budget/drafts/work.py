"""What a run in the background does for a draft, telling how far it is and stopping where it is not wanted any more.

Nothing is kept of a run that fails, is stopped, or whose process dies: it can be started again from the beginning.
"""

from __future__ import annotations

import csv
import io
import logging
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cms.budget.actions import import_plan
from cms.budget.checks import run_checks
from cms.budget.drafts.models import ImportDraft
from cms.budget.drafts.preview import preview_of
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.mapping import Mapping, mapping_from
from cms.budget.importing.plan import Plan
from cms.budget.importing.problems import Problem, Severity
from cms.budget.models import Release
from cms.budget.reports import read_and_check, report_on
from portal.errors import Conflict, GongzhiError
from portal.ui.spreadsheets import BYTE_ORDER_MARK, guarded

logger = logging.getLogger(__name__)
State, Work = ImportDraft.State, ImportDraft.Work
# So often (seconds) a run tells how far it is.
TELL_EVERY = 1.0
# Remarks that the page shows; the file to download has all of them.
SHOWN = 100


class NotWanted(Exception):
    """The run was stopped, or another one took its place."""


def run(row_id: str | UUID, attempt: int, user_pk: int, language: str) -> None:
    draft = ImportDraft.objects.filter(row_id=row_id, attempt=attempt).first()
    if draft is None or not draft.work:
        return
    with translation.override(language or translation.get_language()):
        try:
            user = get_user_model().objects.get(pk=user_pk)
            with _on_disk(draft) as path:
                file = BudgetFile(draft.name, path)
                (_check if draft.work == Work.CHECK else _import)(draft, file, user)
        except NotWanted:
            pass
        except GongzhiError as error:
            _finish(draft, **_refused(draft, error))
        except Exception as error:
            logger.exception("An import failed")
            message = _("Something broke on our side (%(kind)s). Nothing was written; please try again.")
            if ImportDraft.objects.filter(pk=draft.pk, release__isnull=False).exists():
                message = _("The lines were imported; then something broke on our side (%(kind)s). Go on from here.")
            _finish(draft, failure=message % {"kind": type(error).__name__})


class _on_disk:  # noqa: N801
    """The stored file as a path: where the storage has none, as a copy."""

    def __init__(self, draft: ImportDraft) -> None:
        self.draft = draft
        self.copy: Any = None

    def __enter__(self) -> Path:
        try:
            return Path(self.draft.file.path)
        except NotImplementedError:
            self.copy = tempfile.NamedTemporaryFile(prefix="gongzhi-import-")
            with self.draft.file.open("rb") as stored:
                shutil.copyfileobj(stored, self.copy)
            self.copy.flush()
            return Path(self.copy.name)

    def __exit__(self, *error: object) -> None:
        if self.copy:
            self.copy.close()


class _Teller:
    """Called with how far reading has come."""

    def __init__(self, draft: ImportDraft) -> None:
        self.draft = draft
        self.told_at = 0.0

    def __call__(self, fraction: float, rows: int) -> None:
        if time.monotonic() - self.told_at < TELL_EVERY:
            return
        self.told_at = time.monotonic()
        _tell(self.draft, progress=min(99, int(fraction * 100)), rows_done=rows)


def _tell(draft: ImportDraft, **fields: Any) -> None:
    """One statement writes how far the run is and asks whether it is still wanted."""
    wanted = ImportDraft.objects.filter(pk=draft.pk, attempt=draft.attempt).exclude(work=Work.NONE)
    if not wanted.update(seen_at=timezone.now(), **fields):
        raise NotWanted


def _finish(draft: ImportDraft, **fields: Any) -> None:
    ImportDraft.objects.filter(pk=draft.pk, attempt=draft.attempt).update(
        work=Work.NONE, is_writing=False, changed_at=timezone.now(), **fields
    )


def _check(draft: ImportDraft, file: BudgetFile, user: Any) -> None:
    plan = read_and_check(file, mapping_from(draft.mapping), progress=_Teller(draft))
    draft.problems_file.save("problems.csv", ContentFile(problems_csv(plan.problems)), save=False)
    state = State.REJECTED if plan.rejected else State.CHECKED
    _finish(
        draft,
        state=state,
        failure="",
        progress=100,
        rows_done=plan.rows_read,
        report=told(plan),
        problems_file=draft.problems_file.name,
    )


def _import(draft: ImportDraft, file: BudgetFile, user: Any) -> None:
    """Write the lines and, once they are there, run the cross-checks: only then is the import done."""
    try:
        release = draft.release or _written(draft, file, user)
    except Conflict as error:
        if error.data.get("problem") != "already_imported":
            raise
        # By another draft, or by the command.
        release = Release.objects.get(row_id=error.data["release"])
        _tell(draft, release=release)
    failure = ""
    try:
        run_checks(release)
    except Exception:
        # The lines are there: it would be wrong to say that nothing was written. Publishing runs the checks again.
        logger.exception("The cross-checks of an import failed")
        failure = _("The lines were imported, but the cross-checks could not be run. Please tell the operator.")
    state = State.SIGNED_OFF if release.signed_off_at else State.IMPORTED
    _finish(draft, state=state, failure=failure)


def _written(draft: ImportDraft, file: BudgetFile, user: Any) -> Release:
    """The release that the file is, noted in the draft by the transaction that writes it."""
    mapping: Mapping = mapping_from(draft.mapping)
    plan = read_and_check(file, mapping, progress=_Teller(draft))
    report = told(plan)
    _tell(draft, progress=100, rows_done=plan.rows_read, is_writing=True)

    def claimed() -> None:
        # Locked until the end: a run that was thought dead and started again must not write a second time.
        locked = ImportDraft.objects.select_for_update(of=("self",)).filter(pk=draft.pk, attempt=draft.attempt).first()
        if locked is None or not locked.work:
            raise NotWanted

    with transaction.atomic():
        release = import_plan(plan, mapping=mapping, acting_user=user, claimed=claimed).release
        if release is None:
            raise Conflict
        _tell(draft, release=release, report={**report, "release": str(release.row_id)})
    return release


def told(plan: Plan) -> dict[str, Any]:
    """What the page says about a file that was read, and about what was there before it."""
    counted = report_on(plan).as_json()
    counts: dict[str, int] = {}
    for problem in plan.problems:
        counts[problem.severity.value] = counts.get(problem.severity.value, 0) + 1
    first = sorted(plan.problems, key=lambda problem: list(Severity).index(problem.severity), reverse=True)[:SHOWN]
    return {
        **counted,
        "problems": [{**problem.as_json(), "column": problem.column, "value": problem.value} for problem in first],
        "counts": counts,
        "untold": plan.untold,
        "government": plan.government,
        "fiscal_year": plan.fiscal_year,
        "currency": plan.currency,
        "preview": {} if plan.rejected else preview_of(plan),
    }


def _refused(draft: ImportDraft, error: GongzhiError) -> dict[str, Any]:
    """A file that could not be read as a whole."""
    failure = {"failure": str(error.message)}
    if draft.work == Work.CHECK:
        return {**failure, "state": State.MAPPED, "report": {}}
    return failure


def problems_csv(problems: list[Problem]) -> bytes:
    """All remarks as a table that spreadsheet programs open: UTF-8 with its mark, nothing that they would compute."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([_("row"), _("kind"), _("code"), _("column"), _("value"), _("message")])
    for problem in problems:
        table.writerow(
            [
                "" if problem.row is None else problem.row,
                problem.severity.label,
                problem.code,
                guarded(problem.column),
                guarded(problem.value),
                guarded(problem.message),
            ]
        )
    return BYTE_ORDER_MARK + text.getvalue().encode()
