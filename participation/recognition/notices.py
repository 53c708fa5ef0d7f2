"""Who is told of a case that is nominated, given an award, or loses it."""

from __future__ import annotations

from collections.abc import Collection

from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import User


def tell_of(task: RectificationTask, step: str, *, url: str, acting_user: User, also: Collection[User] = ()) -> None:
    people = {task.officer, *also}
    announce(Kind.AWARD, task, to=people, of=[task.department], words={"step": step}, url=url, acting_user=acting_user)
