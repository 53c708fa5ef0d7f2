"""What editors compose a page of. Figures are chosen and drawn from what is published; numbers are never typed in.

A block that shows figures asks with the eyes of whoever reads the page: what is not public stays out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from cms.pages import bound

RICH = ("bold", "link", "document-link", "ol", "ul", "h2", "h3")
PLAIN = ("bold", "link", "ol", "ul")


class BoundBlock(blocks.StructBlock):
    """A block whose figures are read when the page is. ``bound_context`` says what its template needs."""

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        request = context.get("request")
        return {**context, **self.bound_context(value, bound.reader_in(request), request)}

    def bound_context(self, value: Mapping[str, Any], reader: Any, request: Any) -> dict[str, Any]:
        raise NotImplementedError


class CalloutBlock(blocks.StructBlock):
    tone = blocks.ChoiceBlock(
        choices=(("note", _("Note")), ("warn", _("Mind"))), default="note", label=_("tone"), required=True
    )
    text = blocks.RichTextBlock(features=PLAIN, label=_("text"))

    class Meta:
        icon = "info-circle"
        label = _("Callout")
        template = "cms/blocks/callout.html"


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("words"))
    who = blocks.CharBlock(max_length=120, label=_("who said or wrote it"))
    source = blocks.URLBlock(required=False, label=_("where it can be read"))

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        template = "cms/blocks/quote.html"


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=120, label=_("title"))
    text = blocks.TextBlock(required=False, label=_("text"))


class StepsBlock(blocks.StructBlock):
    steps = blocks.ListBlock(StepBlock(), min_num=2, max_num=12, label=_("steps"))

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        template = "cms/blocks/steps.html"


class FrequentQuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(max_length=200, label=_("question"))
    answer = blocks.RichTextBlock(features=PLAIN, label=_("answer"))


class FaqBlock(blocks.StructBlock):
    questions = blocks.ListBlock(FrequentQuestionBlock(), min_num=1, max_num=40, label=_("questions"))

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        template = "cms/blocks/faq.html"


class PictureBlock(blocks.StructBlock):
    """A picture always says in words what it shows."""

    image = ImageChooserBlock(label=_("picture"))
    alt = blocks.CharBlock(
        max_length=250, label=_("what it shows"), help_text=_("Read aloud to those who cannot see the picture.")
    )
    caption = blocks.CharBlock(max_length=250, required=False, label=_("caption"))

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "cms/blocks/picture.html"


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("document"))
    description = blocks.CharBlock(max_length=250, required=False, label=_("what it is"))

    class Meta:
        icon = "doc-full"
        label = _("Document")
        template = "cms/blocks/document.html"


class KeyFigureBlock(BoundBlock):
    """One number of a release, with what it says and where it comes from."""

    release = blocks.ChoiceBlock(choices=bound.release_choices, default=bound.NEWEST, label=_("release"))
    measure = blocks.ChoiceBlock(choices=bound.MEASURES, default="budget", label=_("number"))
    says = blocks.CharBlock(max_length=160, required=False, label=_("what it means"))

    class Meta:
        icon = "decimal"
        label = _("Key figure")
        template = "cms/blocks/key_figure.html"

    def bound_context(self, value: Mapping[str, Any], reader: Any, request: Any) -> dict[str, Any]:
        release = bound.release_chosen(value["release"], reader)
        figure = bound.key_figure(release, value["measure"]) if release else None
        return {"release": release, "figure": figure}


class DataTableBlock(BoundBlock):
    """The largest parts of a release."""

    caption = blocks.CharBlock(max_length=160, label=_("what the table shows"))
    release = blocks.ChoiceBlock(choices=bound.release_choices, default=bound.NEWEST, label=_("release"))
    dimension = blocks.ChoiceBlock(choices=bound.DIMENSIONS, default="department", label=_("one row for each"))
    rows = blocks.IntegerBlock(min_value=3, max_value=40, default=10, label=_("rows at most"))

    class Meta:
        icon = "table"
        label = _("Table from the data")
        template = "cms/blocks/data_table.html"

    def bound_context(self, value: Mapping[str, Any], reader: Any, request: Any) -> dict[str, Any]:
        release = bound.release_chosen(value["release"], reader)
        return {
            "release": release,
            "table": bound.data_table(release, value["dimension"], value["rows"]) if release else None,
        }


class ReleaseComparisonBlock(BoundBlock):
    """Two releases side by side: totals of every phase, and how they differ."""

    earlier = blocks.ChoiceBlock(choices=bound.release_choices, default=bound.BEFORE, label=_("earlier release"))
    later = blocks.ChoiceBlock(choices=bound.release_choices, default=bound.NEWEST, label=_("later release"))

    class Meta:
        icon = "order"
        label = _("Comparison of two releases")
        template = "cms/blocks/comparison.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned["earlier"] == cleaned["later"]:
            message = ValidationError(_("Choose two different releases: one cannot be compared with itself."))
            raise StructBlockValidationError(block_errors={"later": message})
        return cleaned

    def bound_context(self, value: Mapping[str, Any], reader: Any, request: Any) -> dict[str, Any]:
        earlier = bound.release_chosen(value["earlier"], reader)
        later = bound.release_chosen(value["later"], reader)
        return {"comparison": bound.comparison(earlier, later) if earlier and later else None}


class DownloadsBlock(BoundBlock):
    release = blocks.ChoiceBlock(choices=bound.release_choices, default=bound.NEWEST, label=_("release"))

    class Meta:
        icon = "download"
        label = _("Downloads of a release")
        template = "cms/blocks/downloads.html"

    def bound_context(self, value: Mapping[str, Any], reader: Any, request: Any) -> dict[str, Any]:
        release = bound.release_chosen(value["release"], reader)
        return {"release": release, "downloads": bound.downloads(release) if release else []}


class FigureBlock(BoundBlock):
    """A figure of the registry with its finding, table, downloads and address, drawn from what is published now."""

    figure = blocks.ChoiceBlock(choices=bound.figure_choices, label=_("figure"))
    release = blocks.ChoiceBlock(choices=bound.release_choices, default=bound.NEWEST, label=_("release"))
    programme = blocks.CharBlock(
        max_length=36,
        required=False,
        label=_("programme or department"),
        help_text=_("Its number, as it stands in the address of its page. Needed only by figures about one of them."),
    )
    note = blocks.CharBlock(max_length=250, required=False, label=_("what to look at"))

    class Meta:
        icon = "view"
        label = _("Figure")
        template = "cms/blocks/figure.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        given = cleaned.get("programme") or ""
        if not given and bound.needs_subject(cleaned["figure"]):
            message = ValidationError(_("This figure is about one programme or department: say which."))
            raise StructBlockValidationError(block_errors={"programme": message})
        if given:
            try:
                UUID(given)
            except ValueError as error:
                message = ValidationError(
                    _("This is no number of a programme or department. Copy it from the address of its page.")
                )
                raise StructBlockValidationError(block_errors={"programme": message}) from error
        return cleaned

    def bound_context(self, value: Mapping[str, Any], reader: Any, request: Any) -> dict[str, Any]:
        drawn = bound.figure(value["figure"], value["release"], value.get("programme") or "", reader)
        return {"drawn": drawn}


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=250, label=_("answer to choose"))
    is_right = blocks.BooleanBlock(required=False, label=_("right"))


class QuestionBlock(blocks.StructBlock):
    """A question of a quiz. With more than one right answer, all of them have to be chosen."""

    question = blocks.CharBlock(max_length=300, label=_("question"))
    options = blocks.ListBlock(OptionBlock(), min_num=2, max_num=8, label=_("answers to choose from"))
    explanation = blocks.TextBlock(label=_("explanation"), help_text=_("Shown after the answer, right or wrong."))

    class Meta:
        icon = "help"
        label = _("Question")

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        right = [option["is_right"] for option in cleaned["options"]]
        if not any(right):
            message = ValidationError(_("Mark at least one answer as right."))
            raise StructBlockValidationError(block_errors={"question": message})
        if all(right):
            message = ValidationError(_("At least one answer has to be wrong, or there is nothing to choose."))
            raise StructBlockValidationError(block_errors={"question": message})
        return cleaned


class BodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(features=RICH, icon="pilcrow", label=_("Text"), template="cms/blocks/text.html")
    callout = CalloutBlock()
    steps = StepsBlock()
    faq = FaqBlock()
    quote = QuoteBlock()
    picture = PictureBlock()
    figure = FigureBlock(group=_("From the data"))
    key_figure = KeyFigureBlock(group=_("From the data"))
    data_table = DataTableBlock(group=_("From the data"))
    comparison = ReleaseComparisonBlock(group=_("From the data"))
    downloads = DownloadsBlock(group=_("From the data"))
    document = DocumentBlock()

    class Meta:
        template = "cms/blocks/body.html"


class QuizBlock(blocks.StreamBlock):
    question = QuestionBlock()
