"""Addresses that only tests have: views that change a record without an action."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.urls import urlpatterns as portal_urls
from privacy.history.actor import acting


def rename(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    person.display_name = "新名字"
    person.save()
    return HttpResponse()


async def rename_async(request: HttpRequest) -> HttpResponse:
    person: Any = await request.auser()
    person.display_name = "新名字"
    with acting(person, reason="typed in a coroutine"):
        await sync_to_async(person.save)()
    return HttpResponse()


urlpatterns = [path("rename/", rename), path("rename/async/", rename_async), *portal_urls]
