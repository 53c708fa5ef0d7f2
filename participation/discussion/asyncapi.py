"""The protocol of the sockets for other programs: AsyncAPI 3, made from the classes that read the frames."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, get_args

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from participation.discussion.closing import FINAL, MEANING
from participation.discussion.frames import PROTOCOL_VERSION, Incoming, Outgoing


def _name(model: type[BaseModel]) -> str:
    return str(get_args(model.model_fields["type"].annotation)[0])


def _listed(codes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(codes)))


@cache
def asyncapi() -> dict[str, Any]:
    incoming: tuple[type[BaseModel], ...] = get_args(Incoming)
    outgoing: tuple[type[BaseModel], ...] = get_args(Outgoing)
    _keys, schemas = models_json_schema(
        [(model, "validation") for model in (*incoming, *outgoing)], ref_template="#/components/schemas/{model}"
    )
    described = {
        model.__name__: {
            "name": _name(model),
            "summary": " ".join((model.__doc__ or "").split()),
            "contentType": "application/json",
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        }
        for model in (*incoming, *outgoing)
    }
    channel = {"$ref": "#/channels/room"}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gongzhi: live pages",
            "version": str(PROTOCOL_VERSION),
            "description": (
                "JSON text, one frame or an array of frames. Who says hello with the number of the last event that it "
                "has gets what it missed; an event with a number that was seen already is dropped. Close codes: "
                + "; ".join(f"{code} {meaning}" for code, meaning in MEANING.items())
                + f". After {_listed(FINAL)} a page stays away, after the others it comes back. "
                f"A frame has at most {settings.SOCKET_FRAME_MAX_BYTES} bytes."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            "room": {
                "address": "/ws/rooms/{kind}/{id}/",
                "parameters": {
                    "kind": {"enum": ["consultation", "release", "programme", "evaluation", "task"]},
                    "id": {"description": "The UUID of what is talked about."},
                },
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in described},
            }
        },
        "operations": {
            "fromPage": {
                "action": "receive",
                "channel": channel,
                "messages": [{"$ref": f"#/channels/room/messages/{model.__name__}"} for model in incoming],
            },
            "toPage": {
                "action": "send",
                "channel": channel,
                "messages": [{"$ref": f"#/channels/room/messages/{model.__name__}"} for model in outgoing],
            },
        },
        "components": {"messages": described, "schemas": schemas["$defs"]},
    }


@require_GET
def document(request: HttpRequest) -> JsonResponse:
    return JsonResponse(asyncapi())
