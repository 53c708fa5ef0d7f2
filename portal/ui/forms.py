"""How forms are drawn: one accessible template for every field, found among the project's own templates."""

from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

from portal.errors import GongzhiError


class FormRenderer(TemplatesSetting):
    """Draws forms from ``templates/django/forms/``; widgets without a template there keep Django's own.

    A field is its label, its hint, its error and its control, in this order; the control names hint and error in
    ``aria-describedby``. A form starts with a summary of its errors unless ``{% field_error_summary form %}`` has
    already shown one further up the page.
    """

    form_template_name = "django/forms/div.html"
    field_template_name = "django/forms/field.html"


def show_refusal(form: BaseForm, error: GongzhiError) -> int:
    """Put what an action refused beside the field that it concerns, or on top of the form.

    Returns the status to answer with. What was typed stays in the form.
    """
    field = error.data.get("field")
    form.add_error(field if field in form.fields else None, str(error.message))
    return error.status
