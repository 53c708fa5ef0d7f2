"""Response policies that depend on where a page is."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

ADMIN_PATHS = ("/admin/", "/django-admin/")


class AdminPolicyMiddleware:
    """Give the editors' administration its own content security policy; the strict one stays on every other page.

    It stands after ``csp.middleware.CSPMiddleware`` in the list, so that the response passes here first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(ADMIN_PATHS):
            # The preview of a page is answered by the page itself, with the policy that forbids to frame it.
            response.headers.pop("Content-Security-Policy", None)
            # django-csp reads this attribute instead of its setting; its decorator sets the same.
            response._csp_config = settings.WAGTAIL_ADMIN_CSP  # type: ignore[attr-defined]
        return response
