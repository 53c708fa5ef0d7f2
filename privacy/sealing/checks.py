"""A process does not start with the wrong key-encryption key: it could read nothing that the others sealed.

Run as a system check by every management command, ``migrate`` and the worker among them, and by ``portal.asgi``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from privacy.sealing.errors import KeyKeeperFailed, Tampered
from privacy.sealing.keys import EARLIER, key_provider, key_providers
from privacy.sealing.models import DataKey
from privacy.sealing.providers.base import KeyProvider
from privacy.sealing.wrapping import unwrapped


def faults() -> list[str]:
    """What is wrong with the key-encryption keys, naming the variable; empty where all is well.

    One data key of each is unwrapped. A database that is not there yet says nothing about keys.
    """
    try:
        providers = key_providers()
        current = key_provider()
    except ImproperlyConfigured as error:
        return [str(error)]
    living = DataKey.objects.exclude(state=DataKey.State.SHREDDED).order_by()
    try:
        strangers = list(living.exclude(kek_id__in=providers)[:1])
        samples = [(providers[kek_id], list(living.filter(kek_id=kek_id)[:1])) for kek_id in providers]
    except DatabaseError:
        return []
    found = [
        f"Data keys are wrapped under key-encryption key {key.kek_id}, which is not here: {current.origin} holds "
        f"{current.kek_id}. Put the right one into {current.origin}, or the earlier one into {', '.join(EARLIER[:-1])} "
        f"or {EARLIER[-1]}."
        for key in strangers
    ]
    return found + [fault for provider, keys in samples for key in keys if (fault := _fault(provider, key))]


def _fault(provider: KeyProvider, key: DataKey) -> str:
    try:
        unwrapped(key)
    except Tampered:
        return f"{provider.origin} does not hold the key-encryption key that data key {key.id} is wrapped under."
    except KeyKeeperFailed as error:
        return f"{provider.origin}: {error}."
    return ""


@checks.register("sealing")
def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    return [checks.Error(fault, id="privacy.E010") for fault in faults()]


def refuse_wrong_key() -> None:
    """For what is started without a management command. Raises ``ImproperlyConfigured``."""
    # In a thread of its own: some servers load the application inside their event loop.
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(_faults_and_disconnect).result()
    if found:
        raise ImproperlyConfigured("Refusing to start: " + " ".join(found))


def _faults_and_disconnect() -> list[str]:
    try:
        return faults()
    finally:
        connection.close()
