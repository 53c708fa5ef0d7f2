"""Template library ``log_key``: the short form of the verifying key, for the foot of every page."""

from django import template

from privacy.log import shown_key

register = template.Library()


@register.simple_tag
def log_key() -> str:
    return shown_key.short_form()
