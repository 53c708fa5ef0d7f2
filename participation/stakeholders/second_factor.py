"""The second factor for signing in: how its secrets are kept, and where those are sent who need it and have none."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from participation.stakeholders.models import User

ADMIN_PATHS = ("/admin/", "/django-admin/")
# What an office would have been asked for, without it.
REFUSED = (403, 404)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps and recovery codes lie encrypted under the secret key of the site."""

    def build_totp_svg(self, url: str) -> SafeString:
        """The picture stands in the page: the policy of the site takes none from a data address."""
        picture = str(super().build_totp_svg(url))
        # Drawn by a library from an address that is made here.
        return mark_safe(picture[picture.index("<svg") :])  # noqa: S308

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"gongzhi/second-factor/v1" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SecondFactorMiddleware:
    """Send whoever holds an office and has no second factor to set it up, before any page of the office.

    ``User.role_names`` is empty until then, so everything denies the office anyway; this says what would help.
    Administrators, whose rights Django asks for itself, and the administration are kept out altogether.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.REQUIRE_MFA or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        user = request.user
        if not isinstance(user, User) or not user.needs_second_factor or _is_own_account(request):
            return self.get_response(request)
        if user.is_superuser or user.is_staff or request.path_info.startswith(ADMIN_PATHS):
            return _sent_to_set_it_up(request)
        response = self.get_response(request)
        return _sent_to_set_it_up(request) if response.status_code in REFUSED else response


def _is_own_account(request: HttpRequest) -> bool:
    accounts = reverse("account_login").removesuffix("login/")
    return request.path.startswith((accounts, settings.STATIC_URL))


def _sent_to_set_it_up(request: HttpRequest) -> HttpResponse:
    messages.warning(
        request,
        _("Your office needs a second step for signing in. Please set one up here: an app that shows codes, or a key."),
    )
    return redirect("mfa_index")
