"""A channel layer that loses messages, as every layer may."""

from __future__ import annotations

import random
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

LOST = 0.02


class Forgetful(RedisPubSubChannelLayer):
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if random.random() > LOST:
            await super().group_send(group, message)
