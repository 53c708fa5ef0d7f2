"""Template library ``search``: what was looked for, marked where it was found."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from portal.search.folding import highlight

register = template.Library()


@register.filter
def marked(text: str, terms: Iterable[str]) -> SafeString:
    """``{{ name|marked:asked.terms }}``: the text, escaped, with every term in ``<mark>``."""
    return highlight(str(text), terms)
