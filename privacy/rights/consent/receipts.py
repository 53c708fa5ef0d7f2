"""The receipt of one consent: JSON that the key of the log signs, which its holder can check anywhere.

The signature is a signed note (C2SP signed-note) over the canonical JSON of the receipt: no checkpoint can be mistaken
for one, because a checkpoint begins with the name of the log and a receipt with a brace.
"""

from __future__ import annotations

import json
from typing import Any

from privacy.log.canonical import canonical
from privacy.log.notes import NoteError, VerifierKey, open_note, sign_note
from privacy.log.signing import origin, present_key, signing_key
from privacy.log.states import plain
from privacy.rights.consent.models import PARTS, Consent

TYPE = "gongzhi/consent-receipt/v1"


def receipt_of(consent: Consent) -> dict[str, Any]:
    """What the file holds. Names nobody: ``person`` is a reference that only this portal can tell apart."""
    content = consent.notice.content
    said = {
        "type": TYPE,
        "id": str(consent.row_id),
        "log": origin(),
        "person": str(consent.person_ref),
        "purpose": consent.purpose,
        "state": consent.state,
        "method": consent.method,
        "language": consent.language,
        "time": plain(consent.created),
        "notice": {
            "version": consent.notice.version,
            "sha256": consent.notice_sha256,
            **{name: content[name] for part in PARTS for name in (part, f"{part}_en")},
        },
    }
    # One line: canonical JSON has no line feeds of its own.
    note = sign_note(canonical(said) + "\n", origin(), signing_key())
    return {"receipt": said, "note": note, "verifier_key": str(present_key())}


def verified(file: str, verifier_key: str) -> dict[str, Any]:
    """What a receipt says, once ``verifier_key`` (name+id+key, from elsewhere) has been found to have signed just that.

    Raises ``ValueError`` otherwise.
    """
    held = json.loads(file)
    if not isinstance(held, dict) or not isinstance(held.get("note"), str):
        raise NoteError("this is no receipt")
    signed: dict[str, Any] = json.loads(open_note(held["note"], [VerifierKey.parse(verifier_key)]).text)
    if signed != held.get("receipt") or signed.get("type") != TYPE:
        raise NoteError("the receipt says something else than what was signed")
    return signed
