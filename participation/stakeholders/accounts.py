"""How accounts are made by django-allauth: in this project's words and with its rules."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.utils import translation

from participation.stakeholders.models import User
from portal.rates import spend


class AccountAdapter(DefaultAccountAdapter):
    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        spend("account", str(user.pk))
        return super().pre_login(request, user, **kwargs)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.preferred_language = translation.get_language() or user.preferred_language
        return super().save_user(request, user, form, commit)  # type: ignore[no-any-return]

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """There are no user names: people sign in by e-mail address."""


class SocialAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Keep of another provider's account only which one it is: what else it tells would lie here in the clear."""
        account = sociallogin.account
        account.extra_data = {}
        if account.pk:
            account.save(update_fields=["extra_data"])

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """Only the address is taken over; the public name is chosen by the person."""
        return super().populate_user(request, sociallogin, {"email": data.get("email")})  # type: ignore[no-any-return]
