"""A page of the case library, drafted from a finished chain for an editor to complete."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from wagtail.models import Locale

from cms.pages.content.models import CaseIndexPage, CasePage
from participation.recognition.cases.chain import Told, told_of
from participation.recognition.permissions import require_case_writer
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting

TITLE_MAX, SUMMARY_MAX = 120, 300
DEFAULT, OTHER = "zh-hans", "en"


@transaction.atomic
def draft_case_page(task: RectificationTask, *, acting_user: User) -> CasePage:
    """Draft the page in both languages, unpublished: finding, what was done, proof and result, as they are on record.

    Once a task: raises ``Conflict`` where there is a page of it, ``Invalid`` for a task that was not verified.
    """
    person = require_case_writer(acting_user)
    locked = RectificationTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if locked.status not in RectificationTask.PROVEN:
        raise Invalid(_("A case is told once it was verified as put right."))
    if CasePage.objects.filter(task=locked.row_id).exists():
        raise Conflict(_("There is a page of this case already."))
    index = CaseIndexPage.objects.filter(locale__language_code=DEFAULT).first()
    if index is None:
        raise Conflict(_("There is no case library on this site yet."))
    told = told_of(locked)
    page = CasePage(
        slug=f"case-{locked.row_id.hex[:12]}",
        locale=index.locale,
        live=False,
        outcome=CasePage.Outcome.KEPT,
        year=timezone.localdate(locked.verified_at).year if locked.verified_at else locked.created.year,
        programme=told.programme,
        task=locked.row_id,
        owner=person,
    )
    with acting(person):
        _write(page, told, DEFAULT)
        index.add_child(instance=page)
        page.save_revision(user=person)
        translated = _translated(page)
        if translated is not None:
            _write(translated, told, OTHER)
            translated.save()
            translated.save_revision(user=person)
    return page


def _translated(page: CasePage) -> CasePage | None:
    """The same page in the other language, where the library has one."""
    locale = Locale.objects.filter(language_code=OTHER).first()
    if locale is None or not CaseIndexPage.objects.filter(locale=locale).exists():
        return None
    copy: CasePage = page.copy_for_translation(locale)
    return copy


def _write(page: CasePage, told: Told, language: str) -> None:
    with override(language):
        title = told.title_in(language)[:TITLE_MAX]
        steps: list[dict[str, Any]] = [
            {"title": str(step.title), "text": step.text} for step in told.steps if step.text
        ]
        page.title = page.draft_title = title
        page.summary = told.finding[:SUMMARY_MAX]
        page.body = [("steps", {"steps": steps})]
