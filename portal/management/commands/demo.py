"""``manage.py demo``: load the made-up city of Yunchuan and serve it."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.demo.content import read
from portal.demo.loading import load, start_over
from portal.demo.people import PASSWORD, email_of

HOST = "127.0.0.1"
ACCOUNTS = (
    ("citizen", "市民", "citizen"),
    ("social", "社会组织成员", "member of a social organisation"),
    ("enterprise", "企业成员", "member of an enterprise"),
    ("moderator", "主持人", "moderator"),
    ("officer", "部门经办人（教育局）", "officer of the Education Bureau"),
    ("editor", "预算公开编辑", "budget editor"),
    ("reviewer", "预算公开审核", "budget reviewer"),
    ("auditor", "审计员", "auditor"),
    ("integrity", "廉政专员", "integrity officer"),
    ("admin", "系统管理员", "administrator"),
    ("unverified", "邮箱未确认的市民", "citizen with an unconfirmed address"),
)
LINKS = (
    ("预算公开", "Open budgets", "budget/"),
    ("正在征求意见", "Have your say", "consultations/"),
    ("整改跟踪", "Promises kept", "rectification/"),
    ("举报", "Report wrongdoing", "whistleblowing/"),
)


class Command(BaseCommand):
    help = "Load the made-up city of Yunchuan, and serve it. Loading again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="empty the database first: everything in it is lost")
        parser.add_argument("--no-serve", action="store_true", help="only load")
        parser.add_argument("--port", type=int, default=8000, help="where to serve (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SECRET_KEY != settings.PUBLISHED_SECRET_KEY:
            raise CommandError(
                "Refused: the demo's password is published, and this installation has a secret key of its own, so "
                "it may serve real people. Use the development settings and an empty database."
            )
        if not options["no_serve"]:
            require_free(options["port"])
        call_command("migrate", interactive=False, verbosity=0)
        if options["reset"]:
            start_over()
        for step in load():
            if options["verbosity"]:
                self.stdout.write(f"  {step}")
                self.stdout.flush()
        self.greet(options["port"])
        if not options["no_serve"]:
            serve(options["port"])

    def greet(self, port: int) -> None:
        base = f"http://{HOST}:{port}"
        city = read("city")["government"]
        width = max(len(email_of(key)) for key, _zh, _en in ACCOUNTS)
        lines = [
            "",
            f"{city['name']} · {city['name_en']}",
            "",
            f"  中文     {base}/",
            f"  English  {base}/en/",
            "",
            *(f"  {base}/{path}   {zh} · {en}" for zh, en, path in LINKS),
            "",
            f"账号（密码均为 {PASSWORD}）· Accounts (the password of each is {PASSWORD})",
            *(f"  {email_of(key):<{width}}  {zh} · {en}" for key, zh, en in ACCOUNTS),
            "",
            "停止：Ctrl+C · Stop with Ctrl+C",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken. Choose another one: make demo PORT={port + 80}") from error


def serve(port: int) -> None:
    """Become the server: signals reach it directly, and nothing of loading stays in memory."""
    # One process serves, so it also numbers and signs the entries of the log.
    os.environ["LOG_SEQUENCER_IN_PROCESS"] = "1"
    arguments = ["-m", "daphne", "-v", "0", "-b", HOST, "-p", str(port), "portal.asgi:application"]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606
