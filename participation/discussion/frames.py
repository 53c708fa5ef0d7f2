"""What travels over a socket, in both directions. JSON text, one object a frame; unknown members are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class ClientFrame(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Hello(ClientFrame):
    """The first frame: which protocol, and the last event that the page has."""

    type: Literal["hello"]
    v: Literal[1]
    since: int = Field(default=0, ge=0)
    epoch: UUID | None = None


class Send(ClientFrame):
    """A message. ``cid`` stays the same when it is sent again, so that it is stored once."""

    type: Literal["send"]
    cid: UUID
    body: str
    organisation: UUID | None = None


class Ping(ClientFrame):
    type: Literal["ping"]


INCOMING: TypeAdapter[Hello | Send | Ping] = TypeAdapter(Annotated[Hello | Send | Ping, Field(discriminator="type")])


def welcome(*, head: int, epoch: UUID, role: str, recovered: bool) -> dict[str, Any]:
    return {"type": "welcome", "head": head, "epoch": str(epoch), "role": role, "recovered": recovered}


def ack(*, cid: UUID, seq: int, duplicate: bool) -> dict[str, Any]:
    return {"type": "ack", "cid": str(cid), "seq": seq, "dup": duplicate}
