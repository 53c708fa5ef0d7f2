"""The link by which somebody without an account finds their request again: signed, and good for a while only."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.utils import timezone

from privacy.rights.requests.models import DataRequest

_SIGNER = signing.Signer(salt="privacy.rights.requests")
# Long enough to read the answer; whatever asks later asks again.
GOOD_AFTER_CLOSING = timedelta(days=90)


def token_of(request: DataRequest) -> str:
    return _SIGNER.sign(request.row_id.hex)


def request_of(token: str) -> DataRequest | None:
    """None for a link that was never ours, or is not good any more."""
    try:
        row_id = _SIGNER.unsign(token)
    except signing.BadSignature:
        return None
    found = DataRequest.objects.filter(row_id=row_id, asked_by=None).first()
    if found is None or (found.closed_at is not None and found.closed_at + GOOD_AFTER_CLOSING < timezone.now()):
        return None
    return found
