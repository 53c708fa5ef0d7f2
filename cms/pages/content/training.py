"""What somebody has learned: lessons read, and certificates of courses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cms.pages.content.models import CoursePage, LessonPage
    from participation.stakeholders.models import User


class LessonDoneQuerySet(models.QuerySet["LessonDone"]):
    def visible_to(self, user: User | AnonymousUser) -> LessonDoneQuerySet:
        """What somebody reads is nobody else's business."""
        return self.filter(person=user) if user.is_authenticated else self.none()


class LessonDone(models.Model):
    """Somebody says that a lesson is read. ``lesson`` is its translation key: one lesson in all languages."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    lesson = models.UUIDField()
    done_at = models.DateTimeField(default=timezone.now)

    objects = LessonDoneQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "lesson"), name="lesson_done_once"),)

    def __str__(self) -> str:
        return str(self.lesson)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User | AnonymousUser) -> CertificateQuerySet:
        """One's own. Others find a certificate only by its code, which its holder gave them."""
        return self.filter(person=user) if user.is_authenticated else self.none()

    def with_code(self, code: str) -> CertificateQuerySet:
        return self.filter(code=plain_code(code))


class Certificate(RowIdentity):
    """Somebody has passed the quiz of a course.

    ``course`` is its translation key and ``title``, ``title_en`` what it was called on that day: a course may be
    rewritten afterwards. ``code`` is 16 characters; whoever has it may see whose certificate it is.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    course = models.UUIDField()
    title = models.CharField(_("course"), max_length=255)
    title_en = models.CharField(_("course in English"), max_length=255, blank=True)
    code = models.CharField(max_length=16, unique=True)
    score = models.PositiveSmallIntegerField(_("score in per cent"))
    passed_on = models.DateField(_("passed on"), default=timezone.localdate)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        ordering = ("-passed_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("person", "course"), name="certificate_once"),
            models.CheckConstraint(condition=models.Q(score__range=(0, 100)), name="certificate_score_0_to_100"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def written_code(self) -> str:
        """In groups of four, as it is read aloud."""
        return "-".join(self.code[place : place + 4] for place in range(0, len(self.code), 4))

    def get_absolute_url(self) -> str:
        return reverse("cms:budget:certificate", args=[self.written_code])


def plain_code(code: str) -> str:
    """As it is stored: without the hyphens and blanks that people write, in capitals."""
    return "".join(each for each in code.upper() if each.isalnum())[:32]


@dataclass(frozen=True)
class Progress:
    """How far somebody has come in a course. Nothing is known of a visitor."""

    course: Any
    lessons: list[tuple[Any, bool]]
    certificate: Certificate | None
    is_kept: bool

    @property
    def done(self) -> int:
        return sum(is_done for _lesson, is_done in self.lessons)

    @property
    def next_lesson(self) -> Any:
        return next((lesson for lesson, is_done in self.lessons if not is_done), None)


def progress_in(course: CoursePage, reader: User | AnonymousUser) -> Progress:
    return with_progress([course], reader)[0]


def with_progress(courses: Iterable[CoursePage], reader: User | AnonymousUser) -> list[Progress]:
    """Courses with their lessons and what the reader has done of them; two queries more for somebody signed in."""
    found = [(course, course.lessons()) for course in courses]
    done: set[UUID] = set()
    certificates: dict[UUID, Certificate] = {}
    if reader.is_authenticated:
        keys = [lesson.translation_key for _course, lessons in found for lesson in lessons]
        done = set(LessonDone.objects.visible_to(reader).filter(lesson__in=keys).values_list("lesson", flat=True))
        own = Certificate.objects.visible_to(reader).filter(course__in=[course.translation_key for course, _l in found])
        certificates = {certificate.course: certificate for certificate in own}
    return [
        Progress(
            course,
            [(lesson, lesson.translation_key in done) for lesson in lessons],
            certificates.get(course.translation_key),
            reader.is_authenticated,
        )
        for course, lessons in found
    ]


def place_in(course: CoursePage, lesson: LessonPage, reader: User | AnonymousUser) -> dict[str, Any]:
    """Where a lesson stands in its course, for its page."""
    progress = progress_in(course, reader)
    lessons = [each for each, _done in progress.lessons]
    place = next((place for place, each in enumerate(lessons) if each.pk == lesson.pk), 0)
    return {
        "progress": progress,
        "number": place + 1,
        "count": max(len(lessons), 1),
        "previous_lesson": lessons[place - 1] if place else None,
        "next_lesson": lessons[place + 1] if place + 1 < len(lessons) else None,
        "is_done": any(is_done for each, is_done in progress.lessons if each.pk == lesson.pk),
    }
