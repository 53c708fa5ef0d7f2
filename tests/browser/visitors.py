"""People at a browser: what they see is named in their own language, as the site itself translates it."""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from participation.stakeholders.models import User
from portal.demo.people import PASSWORD, email_of

# A loaded machine answers late; a wrong page never does.
PATIENCE_MS = 20_000
# The database behind each served city, by its address.
SERVED: dict[str, Path] = {}


def new_session(database: Path, email: str) -> str:
    """The key of a session in which somebody has just signed in with a password."""
    key = secrets.token_hex(16)
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        (person, password), *_others = connection.execute(
            "SELECT id, password FROM participation_user WHERE email = ?", [email]
        )
        signed_in = {
            "_auth_user_id": str(person),
            "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
            "_auth_user_hash": User(password=password).get_session_auth_hash(),
            "account_authentication_methods": [{"method": "password", "at": time.time(), "email": email}],
        }
        connection.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, '2999-01-01 00:00:00')",
            [key, SessionStore().encode(signed_in)],
        )
    return key


@dataclass
class Town:
    """A served city and the language in which somebody visits it. ``javascript`` False: as in a bare browser."""

    browser: Browser
    url: str
    language: str = settings.LANGUAGE_CODE
    javascript: bool = True
    contexts: list[BrowserContext] = field(default_factory=list)

    def says(self, english: str, **values: Any) -> str:
        with translation.override(self.language):
            text = translation.gettext(english)
        return text % values if values else text

    def path(self, path: str) -> str:
        return path if self.language == settings.LANGUAGE_CODE else f"/{self.language}{path}"

    def visitor(self) -> Visitor:
        context = self.browser.new_context(
            base_url=self.url, java_script_enabled=self.javascript, locale="en" if self.language == "en" else "zh-CN"
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        return Visitor(self, context.new_page())

    def member(self, key: str) -> Visitor:
        """Somebody of the demo, signed in; by a session in the city's database, for the form is slow."""
        visitor = self.visitor()
        session = {"name": settings.SESSION_COOKIE_NAME, "value": new_session(SERVED[self.url], email_of(key))}
        visitor.page.context.add_cookies([{**session, "url": self.url}])
        return visitor

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@dataclass
class Visitor:
    town: Town
    page: Page

    def says(self, english: str, **values: Any) -> str:
        return self.town.says(english, **values)

    def status_of(self, path: str) -> int:
        response = self.page.goto(path)
        return response.status if response else 0

    def opens(self, path: str) -> None:
        assert self.status_of(path) == 200, path

    def sees(self, text: str, within: str = "main") -> None:
        expect(self.page.locator(within).get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)

    def link(self, english: str) -> Locator:
        return self.page.get_by_role("link", name=self.says(english), exact=True).first

    def follows(self, english: str) -> None:
        self.link(english).click()

    def follows_to(self, title: str) -> None:
        """A link in the page itself, by the beginning of the name of what it leads to."""
        name = re.compile("^" + re.escape(title))
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def presses(self, english: str) -> None:
        self.page.get_by_role("button", name=self.says(english), exact=True).first.click()

    def writes(self, label: str, text: str) -> None:
        self.page.get_by_label(self.says(label)).first.fill(text)

    def chooses(self, option: str) -> None:
        self.page.get_by_role("radio", name=self.says(option), exact=True).check()

    def unfolds(self, english: str) -> None:
        self.page.locator("summary").get_by_text(self.says(english)).first.click()

    def attaches(self, label: str, name: str, content: bytes) -> None:
        upload: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.get_by_label(self.says(label)).set_input_files(upload)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.opens(self.town.path("/"))
        self.follows("Sign in")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.presses("Sign in")
        expect(self.link("My page")).to_be_visible()

    def sign_up(self, email: str, name: str, password: str) -> None:
        self.opens(self.town.path("/"))
        self.follows("Sign up")
        self.page.locator("input[name=email]").fill(email)
        self.page.locator("input[name=display_name]").fill(name)
        self.page.locator("input[name=password1]").fill(password)
        self.page.locator("input[name=password2]").fill(password)
        self.presses("Create the account")
        expect(self.link("My page")).to_be_visible()

    def confirms(self, mails: list[str], email: str) -> None:
        mine = next(mail for mail in reversed(mails) if f"To: {email}" in mail)
        found = re.search(r"https?://[^/\s]+(/\S*confirm-email/\S+)", mine)
        assert found, mine
        self.opens(found[1])
        self.presses("Yes, confirm")
        expect(self.page.locator("main")).to_be_visible()
