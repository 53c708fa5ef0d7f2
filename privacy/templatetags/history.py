"""Template library ``history``: the way from a record to its history."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def history_link(record: Any, label: str = "") -> str:
    """``{% history_link record %}``: a link to who changed the record, when and why.

    Whether the reader may see that is asked there, and is the same as for the record.
    """
    if hasattr(record, "get_history_url"):
        url = record.get_history_url()
    else:
        url = reverse("privacy:history:record", args=[record._meta.label_lower, record.row_id])
    return format_html('<a class="history-link" href="{}">{}</a>', url, label or _("Change history"))
