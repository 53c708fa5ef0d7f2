from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from portal.body_limit import FORM_BYTES, MESSAGE, BodyLimit

FILE_BYTES = 1000
LIMIT = FILE_BYTES + FORM_BYTES


@pytest.fixture(autouse=True)
def _small_files(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = FILE_BYTES
    settings.BUDGET_FILE_MAX_BYTES = 2 * FILE_BYTES


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """As Django does: the whole body first, silence where the visitor has left."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def answer(*chunks: bytes, path: str = "/", **headers: str) -> tuple[int, bytes]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "headers": pairs}
    visitor = ApplicationCommunicator(BodyLimit(reading), scope)  # type: ignore[arg-type]
    for place, chunk in enumerate(chunks, 1):
        await visitor.send_input({"type": "http.request", "body": chunk, "more_body": place < len(chunks)})
    start, body = await visitor.receive_output(), await visitor.receive_output()
    return start["status"], body["body"]


@pytest.mark.parametrize(("length", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
async def test_a_body_is_judged_by_the_length_it_declares(length: int, status: int) -> None:
    assert (await answer(b"", content_length=str(length)))[0] == status


async def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    assert await answer(content_length=str(LIMIT + 1)) == (413, MESSAGE.encode())


async def test_a_body_without_a_declared_length_is_cut_off_where_it_passes_the_limit() -> None:
    half = b"x" * (LIMIT // 2)
    assert await answer(half, half) == (200, str(2 * len(half)).encode())
    assert (await answer(half, half, half, half))[0] == 413


async def test_a_body_that_understates_its_length_is_cut_off_too() -> None:
    assert (await answer(b"x" * (LIMIT + 1), content_length="5"))[0] == 413


async def test_a_length_that_is_no_number_is_no_length() -> None:
    assert await answer(b"abc", content_length="-1") == (200, b"3")


@pytest.mark.parametrize(("path", "status"), [("/admin/import/", 200), ("/administration/", 413)])
async def test_the_administration_takes_budget_files(path: str, status: int) -> None:
    assert (await answer(b"", path=path, content_length=str(2 * FILE_BYTES + FORM_BYTES)))[0] == status


@pytest.mark.parametrize("asked", [{"path": "/api/v1/"}, {"accept": "application/json"}])
async def test_programs_are_told_in_json(asked: dict[str, str]) -> None:
    _status, body = await answer(content_length=str(LIMIT + 1), **asked)
    assert json.loads(body) == {"error": {"code": "too_large", "message": MESSAGE}}
