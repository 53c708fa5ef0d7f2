"""What a request says about its reader."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from cms.budget.queries import Reader
from portal.ui.navigation import is_signed_in


def reader_of(request: HttpRequest) -> Reader:
    """Who reads. A visitor without a session is told apart without opening one: such pages stay cacheable."""
    return request.user if is_signed_in(request) else AnonymousUser()
