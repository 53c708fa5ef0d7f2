"""What travels over a socket, in both directions. JSON text, one frame or an array of frames; unknown members are
refused. These classes are the protocol: what comes in is read by them, ``asyncapi.py`` publishes them, and the tests
hold every frame that goes out against them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PROTOCOL_VERSION = 1
Seq = Annotated[int, Field(ge=0, lt=2**53)]


class Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


# From the page --------------------------------------------------------------------------------------


class Hello(Frame):
    """The first frame: which protocol, and the last event that the page has."""

    type: Literal["hello"]
    v: Literal[1]
    since: Seq = 0
    epoch: UUID | None = None


class Send(Frame):
    """A message. ``cid`` stays the same when it is sent again, so that it is stored once."""

    type: Literal["send"]
    cid: UUID
    body: str
    organisation: UUID | None = None
    reply_to: Seq | None = None
    line: UUID | None = None


class Edit(Frame):
    """Another text for one's own message ``seq``."""

    type: Literal["edit"]
    cid: UUID
    seq: Seq
    body: str


class Moderate(Frame):
    """What a moderator does without leaving the page, with the ``reason`` that the same asks for there.

    ``seq`` names a message (pin, mute, hide, restore), ``rule`` the house rule under which it is hidden, ``seconds``
    how long each person waits (slow), ``holds`` what is looked at before it is shown (hold), ``hours`` how long
    somebody is silent (mute), ``body`` what is announced.
    """

    type: Literal["moderate"]
    cid: UUID
    deed: Literal["pin", "unpin", "lock", "unlock", "slow", "hold", "mute", "hide", "restore", "announce"]
    seq: Seq | None = None
    reason: str = ""
    rule: Annotated[int, Field(ge=1, lt=2**15)] | None = None
    seconds: Annotated[int, Field(ge=0, lt=2**31)] = 0
    holds: Literal["", "links", "all"] = ""
    hours: Annotated[int, Field(ge=0, lt=2**31)] = 24
    body: str = ""


class Typing(Frame):
    type: Literal["typing"]


class Read(Frame):
    """How far the reader has read."""

    type: Literal["read"]
    seq: Seq


class Ping(Frame):
    type: Literal["ping"]


Incoming = Hello | Send | Edit | Moderate | Typing | Read | Ping
INCOMING: TypeAdapter[Incoming] = TypeAdapter(Annotated[Incoming, Field(discriminator="type")])


# To the page ----------------------------------------------------------------------------------------


class Rules(Frame):
    """What a moderator has set for the room."""

    is_locked: bool
    slow_seconds: int
    holds: Literal["", "links", "all"]


class Limits(Frame):
    body_chars: int
    frame_bytes: int


class Welcome(Frame):
    """The answer to ``hello``. ``recovered``: what was missed follows; where it is false, more was missed than that."""

    type: Literal["welcome"]
    v: Literal[1]
    head: Seq
    epoch: UUID
    role: Literal["reader", "member", "moderator"]
    recovered: bool
    rules: Rules
    pinned: Seq | None
    limits: Limits


class LineLink(Frame):
    title: str
    url: str


class PassageLink(Frame):
    """The beginning of the paragraph that a message is about, and where it stands."""

    text: str
    url: str


class Ev(Frame):
    """An event of the room. The text of what is hidden is empty for all but its author and those who check."""

    type: Literal["ev"]
    seq: Seq
    kind: Literal["message", "edit", "hide", "restore", "pin", "unpin", "state"]
    form: Literal["", "question", "summary", "announcement", "closing"]
    row_id: UUID
    author: str
    group: str
    organisation: str
    body: str
    hidden: bool
    hidden_reason: str
    hidden_rule: int | None
    held: bool
    edited: bool
    mine: bool
    target_seq: Seq | None
    reply_to: Seq | None
    line: LineLink | None
    passage: PassageLink | None
    rules: Rules | None
    created: str


class Ack(Frame):
    """Stored and committed, as number ``seq``; ``dup``: it had been stored before."""

    type: Literal["ack"]
    cid: UUID
    seq: Seq
    dup: bool


class Head(Frame):
    """The number of the last event, now and then: who has less asks for the rest."""

    type: Literal["head"]
    head: Seq


class Eph(Frame):
    """What holds for a moment only: how many are here (nothing for fewer than five), and whether somebody writes."""

    type: Literal["eph"]
    here: int | None
    typing: bool


class Counter(Frame):
    """A number that counts from now on. The last one wins: one with a smaller ``ver`` is late and is dropped."""

    type: Literal["counter"]
    key: str
    value: dict[str, int | None]
    ver: int


class Hint(Frame):
    """Something changed that is kept elsewhere; ``html_url`` gives the card to show."""

    type: Literal["hint"]
    kind: str
    row_id: UUID
    html_url: str | None = None


class You(Frame):
    """What the reader may do here has changed, with the reason in words."""

    type: Literal["you"]
    role: Literal["reader", "member", "moderator"]
    message: str


class Resync(Frame):
    """The numbers that the page has no longer count: load it again."""

    type: Literal["resync"]


class Pong(Frame):
    type: Literal["pong"]


class Error(Frame):
    """Why something was not done. ``cid`` names what was sent; ``retry_after`` seconds until it may be tried again."""

    type: Literal["error"]
    code: str
    message: str
    cid: UUID | None
    field: str | None = None
    retry_after: int | None = None


Outgoing = Welcome | Ev | Ack | Head | Eph | Counter | Hint | You | Resync | Pong | Error
OUTGOING: TypeAdapter[Outgoing] = TypeAdapter(Annotated[Outgoing, Field(discriminator="type")])


def ack(*, cid: UUID, seq: int, duplicate: bool) -> dict[str, Any]:
    return {"type": "ack", "cid": str(cid), "seq": seq, "dup": duplicate}
