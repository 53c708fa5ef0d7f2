"""Sorting what was said by themes. Only moderators make themes, and only they say what belongs to one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from participation.balance.themes import Theme, ThemeTag
from participation.consultations.models import Consultation
from participation.consultations.stages import Deed, require
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid

NAME_MAX_CHARS = 60


@transaction.atomic
def make_theme(consultation: Consultation, *, name: str, acting_user: User) -> Theme:
    moderator = require(acting_user, Deed.MODERATE, consultation)
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > NAME_MAX_CHARS:
        raise Invalid(_("Please name the theme in at most 60 characters."), field="name")
    Consultation.objects.select_for_update().get(pk=consultation.pk)
    if Theme.objects.filter(consultation=consultation, name=name).exists():
        raise Conflict(_("There is a theme of this name already."), field="name")
    return Theme.objects.create(consultation=consultation, name=name, made_by=moderator)


@transaction.atomic
def tag_inputs(
    theme: Theme,
    *,
    feedback: Sequence[Feedback] = (),
    evaluations: Sequence[Evaluation] = (),
    acting_user: User,
) -> int:
    """Say that these inputs are about a theme; returns how many were not before."""
    moderator = require(acting_user, Deed.MODERATE, theme.consultation)
    inputs = [*feedback, *evaluations]
    if any(each.consultation_id != theme.consultation_id for each in inputs):
        raise Invalid(_("A theme sorts the input of one consultation."))
    Theme.objects.select_for_update().get(pk=theme.pk)
    known = set(theme.tags.values_list("feedback", "evaluation"))
    new = [
        *(
            ThemeTag(theme=theme, feedback=each, tagged_by=moderator)
            for each in feedback
            if (each.pk, None) not in known
        ),
        *(
            ThemeTag(theme=theme, evaluation=each, tagged_by=moderator)
            for each in evaluations
            if (None, each.pk) not in known
        ),
    ]
    ThemeTag.objects.bulk_create(new)
    return len(new)


@transaction.atomic
def remove_theme(theme: Theme, *, acting_user: User) -> None:
    """Take a theme away; what was said stays as it is."""
    require(acting_user, Deed.MODERATE, theme.consultation)
    theme.delete()
