"""The actor is known wherever an action runs: in views, coroutines and threads."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from privacy.history.actor import Actor, acting, current_actor
from privacy.history.middleware import ActorMiddleware

User = get_user_model()


def somebody(pk: int = 1) -> Any:
    return User(pk=pk, email=f"{pk}@example.org", display_name=f"Person {pk}")


def a_request(user: Any) -> HttpRequest:
    request = HttpRequest()
    request.user = user
    return request


def test_outside_everything_the_system_acts() -> None:
    assert current_actor() == Actor(None, "", "")


def test_acting_names_user_and_reason_and_ends() -> None:
    user = somebody()
    with acting(user, reason="because"):
        assert current_actor() == Actor(user, "because", "")
    assert current_actor() == Actor()


def test_the_innermost_actor_acts() -> None:
    outer, inner = somebody(1), somebody(2)
    with acting(outer, reason="outer"):
        with acting(inner, reason="inner"):
            assert current_actor() == Actor(inner, "inner")
        assert current_actor() == Actor(outer, "outer")


def test_it_ends_when_the_action_fails() -> None:
    with pytest.raises(RuntimeError), acting(somebody()):
        raise RuntimeError
    assert current_actor().user is None


@pytest.mark.parametrize("user", [None, AnonymousUser(), User(email="unsaved@example.org")])
def test_who_is_not_a_saved_user_is_nobody(user: Any) -> None:
    with acting(user):
        assert current_actor().user is None


async def test_threads_started_from_coroutines_know_the_actor() -> None:
    user = somebody()
    with acting(user, reason="socket"):
        assert await sync_to_async(current_actor)() == Actor(user, "socket")


def test_the_middleware_names_the_user_of_the_request_and_ends() -> None:
    user, seen = somebody(), []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current_actor())
        return HttpResponse()

    ActorMiddleware(view)(a_request(user))
    assert (seen[0].user, seen[0].reason, len(seen[0].request_id)) == (user, "", 32)
    assert current_actor() == Actor()


def test_each_request_has_an_id_of_its_own_that_acting_keeps() -> None:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        with acting(somebody(2), reason="inner"):
            seen.append(current_actor().request_id)
        seen.append(current_actor().request_id)
        return HttpResponse()

    middleware = ActorMiddleware(view)
    middleware(a_request(somebody()))
    middleware(a_request(somebody()))
    assert seen[0] == seen[1]
    assert seen[1] != seen[2]


def test_who_signs_in_during_the_request_is_the_actor_from_then_on() -> None:
    user, seen = somebody(), []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current_actor().user)
        request.user = user
        seen.append(current_actor().user)
        return HttpResponse()

    ActorMiddleware(view)(a_request(AnonymousUser()))
    assert seen == [None, user]


async def test_the_middleware_works_in_an_asynchronous_chain() -> None:
    user, seen = somebody(), []

    async def view(request: HttpRequest) -> HttpResponse:
        seen.append(await sync_to_async(current_actor)())
        return HttpResponse()

    response = ActorMiddleware(view)(a_request(user))
    await response  # type: ignore[misc]
    assert seen[0].user == user
    assert current_actor() == Actor()


def test_a_failing_view_leaves_no_actor_behind() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ActorMiddleware(view)(a_request(somebody()))
    assert current_actor() == Actor()
