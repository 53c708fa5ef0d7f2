"""Learning: a lesson that was read, a certificate for a passed quiz. Translating: a draft for the reviewers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.pages.content.models import CoursePage, LessonPage
from cms.pages.content.quiz import Result
from cms.pages.content.training import Certificate, LessonDone
from cms.pages.content.translation import draft_of, translation_into
from portal.errors import Conflict, NotAllowed, SignInRequired
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

# Neither 0 and O nor 1, I and L: a code is read aloud and typed from paper. 16 of 31 characters are 79 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 16


@transaction.atomic
def mark_lesson(lesson: LessonPage, *, is_done: bool, acting_user: User | AnonymousUser) -> None:
    """Remember, or forget, that somebody has read a lesson; again changes nothing."""
    person = _signed_in(acting_user)
    if is_done:
        LessonDone.objects.get_or_create(person=person, lesson=lesson.translation_key)
    else:
        LessonDone.objects.filter(person=person, lesson=lesson.translation_key).delete()


@transaction.atomic
def issue_certificate(course: CoursePage, result: Result, *, acting_user: User | AnonymousUser) -> Certificate:
    """Certify a passed quiz, once: who passes again keeps the certificate, with the better score.

    Raises ``Conflict`` for a quiz that was not passed.
    """
    person = _signed_in(acting_user)
    if not result.is_passed:
        raise Conflict(_("The quiz was not passed yet. Read the explanations and try again."))
    there = Certificate.objects.select_for_update().filter(person=person, course=course.translation_key).first()
    if there is not None:
        if result.score > there.score:
            there.score = result.score
            there.save(update_fields=["score"])
        return there
    titles = {
        page.locale.language_code: page.title
        for page in course.get_translations(inclusive=True).live().select_related("locale")
    }
    certificate: Certificate = Certificate.objects.create(
        person=person,
        course=course.translation_key,
        title=titles.get("zh-hans") or str(course.title),
        title_en=titles.get("en", ""),
        code="".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH)),
        score=result.score,
    )
    append_leaf(
        LeafKind.CERTIFICATE_ISSUED,
        certificate,
        public={"course": str(course.translation_key), "passed_on": certificate.passed_on.isoformat()},
        committed={"code": certificate.code},
    )
    return certificate


@transaction.atomic
def submit_translation(page: Page, *, acting_user: User) -> None:
    """Hand what was translated of a page to its reviewers, as a draft, by the workflow of the page.

    Raises ``NotAllowed`` for whoever may not edit it, ``Conflict`` where it is no translation, has no workflow, or is
    with the reviewers already.
    """
    if not page.permissions_for_user(acting_user).can_edit():
        raise NotAllowed
    page = type(page).objects.select_for_update().get(pk=page.pk)
    translation = translation_into(page)
    workflow = page.get_workflow()
    if translation is None or workflow is None:
        raise Conflict(_("This page is not a translation that goes through a review."))
    if page.workflow_in_progress:
        raise Conflict(_("This page is with the reviewers already."))
    with acting(acting_user):
        workflow.start(draft_of(page, translation, acting_user), acting_user)


def _signed_in(user: User | AnonymousUser) -> User:
    if not user.is_authenticated:
        raise SignInRequired
    return user
