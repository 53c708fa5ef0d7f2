"""Forms of content pages: for the editors who write them, and for the reader who answers a quiz."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm

from cms.pages.content.quiz import Question


class ContentPageForm(WagtailAdminPageForm):  # type: ignore[misc]
    """A picture is only taken with words that say what it shows."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("teaser") and not (cleaned.get("teaser_alt") or "").strip():
            self.add_error("teaser_alt", _("Say what the picture shows, for those who cannot see it."))
        return cleaned


class QuizForm(forms.Form):
    """One field for each question: one answer, or several where several are right."""

    def __init__(self, questions: list[Question], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, question in enumerate(questions):
            choices = list(enumerate(question.options))
            kind = forms.TypedMultipleChoiceField if question.has_several else forms.TypedChoiceField
            self.fields[f"q{place}"] = kind(
                label=f"{place + 1}. {question.text}",
                help_text=_("More than one answer is right.") if question.has_several else "",
                choices=choices,
                coerce=int,
                widget=forms.CheckboxSelectMultiple if question.has_several else forms.RadioSelect,
                error_messages={"required": _("Choose an answer to this question.")},
            )

    def answers(self) -> list[frozenset[int]]:
        """What was chosen for each question, by place."""
        chosen = (self.cleaned_data[f"q{place}"] for place in range(len(self.fields)))
        return [frozenset(value if isinstance(value, list) else [value]) for value in chosen]
